#pragma once
// Inside engine/io only: one function per decoder, so that the libraries' headers stay apart.

#include <string>

#include "io/raster.h"
#include "io/regular_file.h"

namespace galatea::raster {

/// Throws InputError unless 1 ≤ channels·height·width ≤ maxSamples.
void checkSize(const std::string& name, int64_t channels, int64_t height, int64_t width, int64_t maxSamples);

/// Keeps a few notes, each once.
void addNote(std::vector<std::string>& notes, const std::string& note);

Raster decodePng(const std::string& bytes, const std::string& name, int64_t maxSamples);
Raster decodeJpeg(const std::string& bytes, const std::string& name, int64_t maxSamples);
/// By the decode worker.
Raster decodeTiff(const RegularFile& file, int64_t maxSamples);
Raster decodeTiff(const std::string& bytes, const std::string& name, int64_t maxSamples);

} // namespace galatea::raster
