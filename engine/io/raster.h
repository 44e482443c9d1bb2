#pragma once
// PNG, JPEG and TIFF pictures. The first bytes decide what a file is, never its name. TIFF is decoded by the
// decode worker.

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"

namespace galatea {

struct Raster {
    /// [C,H,W] in 0…1, C = 1 (gray) or 3 (RGB); row 0 is the top. Floating-point TIFF keeps its values.
    Array pixels;
    int bitsPerSample = 8;          ///< 8 or 16, as stored; TIFF also 32 and 64
    std::vector<std::string> notes; ///< what was odd: "the picture is cut short", dropped transparency
};

/// Samples (channels × height × width) a picture may have; checked before anything is decoded.
inline constexpr int64_t maxRasterSamples = int64_t{1} << 27;

/// Gray, RGB, palette and alpha PNG of 1 to 16 bits; gray, RGB and CMYK JPEG; gray, RGB, palette and CMYK
/// TIFF of 1 to 32 bits and floats, the first page of several. Transparency is dropped, an EXIF
/// orientation is not applied. Throws InputError if it is none of them, damaged or larger than
/// `maxSamples`; a JPEG that is cut short is read with a note, its lost part gray.
Raster readRaster(const std::string& path, int64_t maxSamples = maxRasterSamples);

/// The same for bytes in memory; `name` is used in messages.
Raster decodeRaster(const std::string& bytes, const std::string& name, int64_t maxSamples = maxRasterSamples);

/// True if the file starts like a PNG, JPEG or TIFF. False if it cannot be read.
bool looksLikeRaster(const std::string& path);

/// [C,H,W] (C = 1 or 3) or [H,W] as an 8-bit PNG; values are clamped to 0…1, NaN is black. Whole or not at
/// all.
void writePng(const std::string& path, const Array& image);

} // namespace galatea
