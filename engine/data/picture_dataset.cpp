#include "data/picture_dataset.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/readers.h"
#include "io/fits_reader.h"
#include "io/inflate.h"
#include "io/npy.h"
#include "io/raster.h"
#include "io/regular_file.h"

namespace galatea {

namespace {
constexpr size_t firstTries = 1000; // pictures looked at before a data set is given up

std::string shapeText(const std::vector<int64_t>& shape) {
    return std::to_string(shape[2]) + " x " + std::to_string(shape[1]) + " pixels in " +
           std::to_string(shape[0]) + (shape[0] == 1 ? " channel" : " channels");
}
Picture pictureFrom(Raster raster) {
    Picture picture{std::move(raster.pixels), {}, std::move(raster.notes)};
    picture.bands = picture.pixels.dim(0) == 3 ? std::vector<std::string>{"red", "green", "blue"}
                                               : std::vector<std::string>{"gray"};
    return picture;
}

Picture pictureFrom(const std::string& path, const Dataset& data) {
    if (data.size() != 1)
        throw InputError(path, "it holds " + std::to_string(data.size()) + " images where one was expected",
                         "import it by itself");
    return {data.readOne(0), data.info().bands, data.info().notes};
}

} // namespace

namespace {
std::vector<std::string> bandsOf(const PictureFile& file) {
    try {
        return readPictureFile(file.path).bands;
    } catch (const InputError&) {
        return {};
    }
}
} // namespace

Picture readPictureFile(const std::string& path) {
    const std::string start = openRegular(path).firstBytes(10);
    if (looksLikeFits(start) || packingOf(start) != Packing::None)
        return pictureFrom(path, *openFits(path, {}));
    if (looksLikeNpy(start))
        return pictureFrom(path, *openNumPy(path, {}));
    return pictureFrom(readRaster(path));
}

bool hasPictureName(const std::string& path) {
    static constexpr std::array endings{".png", ".jpg", ".jpeg",    ".tif",    ".tiff",     ".fits", ".fit",
                                        ".fts", ".fz",  ".fits.gz", ".fit.gz", ".fits.bz2", ".npy"};
    const std::string name = lowerCase(path);
    return std::any_of(endings.begin(), endings.end(), [&](const char* end) { return name.ends_with(end); });
}

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
            const Picture first = readPicture(static_cast<int64_t>(i));
            info_.channels = first.pixels.dim(0);
            info_.height = first.pixels.dim(1);
            info_.width = first.pixels.dim(2);
            info_.bands = first.bands;
            // A folder of FITS files may hold stamps of several filters; then none can be named.
            if (first.pixels.dim(0) == 1 && first.bands.size() == 1 && first.bands[0] != "gray" &&
                tries > 1 && bandsOf(files_.back()) != first.bands)
                info_.bands.clear();
            return;
        } catch (const InputError&) {
            if (i + 1 == tries)
                throw;
        }
    }
}

Picture PictureDataset::readPicture(int64_t row) const {
    return readPictureFile(files_.at(static_cast<size_t>(row)).path);
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
