#include "data/dataset.h"

#include <algorithm>
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

/// A run of rows of another data set.
class RowRange : public Dataset {
  public:
    RowRange(DatasetPtr data, int64_t begin, int64_t end) : data_(std::move(data)), begin_(begin) {
        std::vector<int64_t> rows(static_cast<size_t>(end - begin));
        std::iota(rows.begin(), rows.end(), begin);
        catalog_ = data_->catalog().select(rows);
        size_ = end - begin;
    }
    const DatasetInfo& info() const override { return data_->info(); }
    int64_t size() const override { return size_; }
    Array read(std::span<const int64_t> rows) const override {
        std::vector<int64_t> there(rows.begin(), rows.end());
        for (int64_t& row : there) {
            if (row < 0 || row >= size_)
                throw std::out_of_range("images outside the data set");
            row += begin_;
        }
        return data_->read(there);
    }
    const Table& catalog() const override { return catalog_; }
    std::string wcsCards(int64_t row) const override { return data_->wcsCards(row + begin_); }

  private:
    DatasetPtr data_;
    int64_t begin_, size_ = 0;
    Table catalog_;
};

} // namespace

DatasetPtr rowsOf(DatasetPtr data, int64_t begin, int64_t end) {
    begin = std::clamp<int64_t>(begin, 0, data->size());
    end = std::clamp<int64_t>(end, begin, data->size());
    return std::make_shared<RowRange>(std::move(data), begin, end);
}

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
