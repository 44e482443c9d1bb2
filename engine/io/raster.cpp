#include "io/raster.h"

#include <algorithm>
#include <string_view>

#include "core/error.h"
#include "io/raster_codec.h"
#include "io/regular_file.h"

namespace galatea {

namespace {

constexpr int64_t maxFileBytes = int64_t{256} << 20;

bool isPng(std::string_view bytes) {
    return bytes.starts_with("\x89PNG\r\n\x1a\n");
}

bool isJpeg(std::string_view bytes) {
    return bytes.starts_with("\xff\xd8\xff");
}

bool isTiff(std::string_view bytes) {
    using namespace std::string_view_literals;
    return bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) || bytes.starts_with("II+\0"sv) ||
           bytes.starts_with("MM\0+"sv);
}

} // namespace

void raster::checkSize(const std::string& name, int64_t channels, int64_t height, int64_t width,
                       int64_t maxSamples) {
    if (channels < 1 || height < 1 || width < 1)
        throw InputError(name, "the picture has no pixels", "get it again");
    if (width > maxSamples / height / channels)
        throw InputError(name,
                         "the picture claims " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels, more than is read at once",
                         "make it smaller");
}

void raster::addNote(std::vector<std::string>& notes, const std::string& note) {
    if (notes.size() < 5 && std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(note);
}

Raster decodeRaster(const std::string& bytes, const std::string& name, int64_t maxSamples) {
    if (isPng(bytes))
        return raster::decodePng(bytes, name, maxSamples);
    if (isJpeg(bytes))
        return raster::decodeJpeg(bytes, name, maxSamples);
    if (bytes.empty())
        throw InputError(name, "the file is empty", "get it again");
    if (isTiff(bytes))
        return raster::decodeTiff(bytes, name, maxSamples);
    throw InputError(name, "this is no PNG, JPEG or TIFF picture", "convert it to PNG");
}

Raster readRaster(const std::string& path, int64_t maxSamples) {
    const RegularFile file = openRegular(path);
    if (isTiff(file.firstBytes(8)))
        return raster::decodeTiff(file, maxSamples); // read by the worker itself, as it needs it
    return decodeRaster(file.readAll(maxFileBytes), path, maxSamples);
}

bool looksLikeRaster(const std::string& path) {
    try {
        const std::string start = openRegular(path).firstBytes(8);
        return isPng(start) || isJpeg(start) || isTiff(start);
    } catch (const InputError&) {
        return false;
    }
}

} // namespace galatea
