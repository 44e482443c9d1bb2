#include "data/dataset_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "data/catalog.h"
#include "io/hdf5.h"

namespace galatea {

namespace {

/// HDF5 takes '/' for a step into a group and "." for the group itself.
std::string storableName(const std::string& name, std::set<std::string>& taken) {
    std::string base = name;
    for (char& c : base)
        if (c == '/' || c == '\0')
            c = '_';
    if (base.empty() || base == ".")
        base.assign(1, '_');
    std::string result = base;
    for (int n = 2; !taken.insert(result).second; ++n)
        result = base + "_" + std::to_string(n);
    return result;
}

} // namespace

struct DatasetWriter::State {
    Hdf5Writer file;
    DatasetInfo info;
    int64_t rows = 0;
    WcsTable wcs;
    void writeWcs();
};

void DatasetWriter::State::writeWcs() {
    if (!wcs.anyKnown())
        return;
    if (wcs.rowCount() != rows)
        throw std::length_error("the sky coordinates do not have one row per image");
    std::vector<double> origins;
    for (const PixelPosition& origin : wcs.origins()) {
        origins.push_back(origin.x);
        origins.push_back(origin.y);
    }
    file.writeTexts("/wcs/cards", wcs.frames());
    file.writeIntegers("/wcs/frame", wcs.frameOfRow());
    file.writeDoubles("/wcs/origin", origins, {rows, 2});
}

DatasetWriter::DatasetWriter(std::string path, const DatasetInfo& info, bool halfPrecision)
    : state_(new State{Hdf5Writer(path), info, 0, {}}) {
    if (info.channels < 1 || info.height < 1 || info.width < 1)
        throw std::invalid_argument("a data set file needs channels, height and width");
    Hdf5Writer& file = state_->file;
    file.createFloat("/images", {info.channels, info.height, info.width}, {.halfPrecision = halfPrecision});
    if (!info.bands.empty())
        file.setAttribute("/", "bands", info.bands);
    if (std::isfinite(info.pixelScale))
        file.setAttribute("/", "pixel_scale", info.pixelScale);
    if (info.bottomUp)
        file.setAttribute("/", "row_order", std::string("bottom-up"));
    file.setAttribute("/", "unit", info.unit);
    file.setAttribute("/", "source", info.source);
}

DatasetWriter::~DatasetWriter() = default;

void DatasetWriter::append(const Array& images) {
    state_->file.append("/images", images);
    state_->rows += images.dim(0);
}

void DatasetWriter::setWcs(WcsTable wcs) {
    state_->wcs = std::move(wcs);
}

void DatasetWriter::finish(const Table& catalog) {
    if (!catalog.columns().empty() && catalog.rowCount() != state_->rows)
        throw std::length_error("the catalogue does not have one row per image");
    std::vector<std::string> notes;
    const Table table = catalog.find("id") != nullptr ? catalog : withIds(catalog, state_->rows, {}, notes);
    std::set<std::string> taken;
    for (const Column& column : table.columns()) {
        const std::string stored = storableName(column.name, taken);
        state_->file.writeColumn("/catalog/" + stored, column);
        if (stored != column.name)
            state_->file.setAttribute("/catalog/" + stored, "name", column.name);
    }
    state_->writeWcs();
    state_->file.commit();
}

void writeDataset(const Dataset& data, const std::string& path) {
    constexpr int64_t batchBytes = int64_t{32} << 20;
    const DatasetInfo& info = data.info();
    const int64_t imageBytes = info.channels * info.height * info.width * 4;
    const int64_t batch = std::clamp<int64_t>(batchBytes / std::max<int64_t>(imageBytes, 1), 1, 256);
    DatasetWriter writer(path, info);
    for (int64_t begin = 0; begin < data.size(); begin += batch)
        writer.append(data.readRange(begin, std::min(begin + batch, data.size())));
    WcsTable wcs;
    for (int64_t row = 0; row < data.size(); ++row)
        wcs.add(data.wcsCards(row));
    writer.setWcs(std::move(wcs));
    writer.finish(data.catalog());
}

} // namespace galatea
