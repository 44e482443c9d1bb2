#include "data/dataset.h"

#include <numeric>
#include <stdexcept>

#include "data/catalog.h"

namespace galatea {

namespace {

class MemoryDataset : public Dataset {
  public:
    MemoryDataset(DatasetInfo info, Array images, Table catalog)
        : info_(std::move(info)), images_(std::move(images)), catalog_(std::move(catalog)) {}

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return images_.dim(0); }
    Array read(std::span<const int64_t> rows) const override { return gatherRows(images_, rows); }
    const Table& catalog() const override { return catalog_; }

  private:
    DatasetInfo info_;
    Array images_;
    Table catalog_;
};

} // namespace

Array Dataset::readRange(int64_t begin, int64_t end) const {
    if (begin < 0 || end < begin || end > size())
        throw std::out_of_range("images outside the data set");
    std::vector<int64_t> rows(static_cast<size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    return read(rows);
}

Array Dataset::readOne(int64_t row) const {
    return read(std::span(&row, 1)).row(0);
}

DatasetPtr makeMemoryDataset(DatasetInfo info, Array images, Table catalog) {
    if (images.rank() != 4)
        throw std::invalid_argument("a data set needs images [N,C,H,W]");
    if (!catalog.columns().empty() && catalog.rowCount() != images.dim(0))
        throw std::length_error("the catalogue does not have one row per image");
    info.channels = images.dim(1);
    info.height = images.dim(2);
    info.width = images.dim(3);
    if (catalog.find("id") == nullptr)
        catalog = withIds(catalog, images.dim(0), {}, info.notes);
    return std::make_shared<MemoryDataset>(std::move(info), std::move(images), std::move(catalog));
}

} // namespace galatea
