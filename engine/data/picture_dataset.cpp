#include "data/picture_dataset.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "data/catalog.h"
#include "data/readers.h"

namespace galatea {

namespace {
constexpr size_t firstTries = 1000; // pictures looked at before a data set is given up

std::string shapeText(const std::vector<int64_t>& shape) {
    return std::to_string(shape[2]) + " x " + std::to_string(shape[1]) + " pixels in " +
           std::to_string(shape[0]) + (shape[0] == 1 ? " channel" : " channels");
}
} // namespace

PictureDataset::PictureDataset(DatasetInfo info, std::vector<PictureFile> files, const Table& catalog)
    : info_(std::move(info)), files_(std::move(files)) {
    std::vector<std::string> names;
    for (const PictureFile& file : files_)
        names.push_back(file.name);
    catalog_ = withIds(catalog, size(), names, info_.notes);
    learnShape();
}

void PictureDataset::learnShape() {
    const size_t tries = std::min(files_.size(), firstTries);
    for (size_t i = 0; i < tries; ++i) {
        try {
            const Raster first = readPicture(static_cast<int64_t>(i));
            info_.channels = first.pixels.dim(0);
            info_.height = first.pixels.dim(1);
            info_.width = first.pixels.dim(2);
            info_.bands = info_.channels == 3 ? std::vector<std::string>{"red", "green", "blue"}
                                              : std::vector<std::string>{"gray"};
            return;
        } catch (const InputError&) {
            if (i + 1 == tries)
                throw;
        }
    }
}

Raster PictureDataset::readPicture(int64_t row) const {
    return readRaster(files_.at(static_cast<size_t>(row)).path);
}

Array PictureDataset::read(std::span<const int64_t> rows) const {
    for (const int64_t row : rows)
        if (row < 0 || row >= size())
            throw std::out_of_range("picture outside the data set");
    const std::vector<int64_t> shape{info_.channels, info_.height, info_.width};
    const int64_t samples = checkedElementCount(shape);
    Array result({static_cast<int64_t>(rows.size()), info_.channels, info_.height, info_.width});
    for (size_t i = 0; i < rows.size(); ++i) {
        const Array pixels = readPicture(rows[i]).pixels;
        if (pixels.shape() != shape)
            throw InputError(files_[static_cast<size_t>(rows[i])].path,
                             "the picture has " + shapeText(pixels.shape()) + ", the others " +
                                 shapeText(shape),
                             "import the pictures with one crop or size, and gray, to make them alike");
        std::copy_n(pixels.data(), samples, result.data() + static_cast<int64_t>(i) * samples);
    }
    return result;
}

DatasetPtr openPicture(const std::string& path, const OpenOptions&) {
    namespace fs = std::filesystem;
    DatasetInfo info;
    info.name = fs::path(path).stem().string();
    info.source = fs::absolute(path).string();
    const std::string name = fs::path(path).filename().string();
    return std::make_shared<PictureDataset>(info, std::vector<PictureFile>{{info.source, name}}, Table());
}

} // namespace galatea
