#pragma once
// Tile-compressed FITS images (Standard 4.0, section 10: RICE_1, GZIP_1, GZIP_2, HCOMPRESS_1, PLIO_1, floats
// quantised or not), decoded by the decode worker. The caller's strict header scan comes first; the worker
// checks the tiles' table and heap again before its library sees them.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/array.h"

namespace galatea {

/// Where one compressed image lies, as the header scan found it.
struct CompressedFitsImage {
    int64_t headerOffset = 0;  ///< of the XTENSION card in the file
    int64_t headerBytes = 0;   ///< a multiple of 2880
    int64_t dataBytes = 0;     ///< table and heap behind the header; padding need not be counted
    std::vector<int64_t> axes; ///< ZNAXISn in FITS order: x, y, planes…
};

struct CompressedFitsRows {
    Array values; ///< [rows, axes[0]]
    std::vector<std::string> notes;
};

/// Rows [begin,end) of the image as float32, where axes beyond the second are counted through (an image of
/// axes {x, y, z} has y·z rows). Values are BZERO + BSCALE × stored, computed in double and rounded once;
/// BLANK, ZBLANK and NaN give NaN. `descriptor`: the open file or shared memory; `name`: for messages. May be
/// called from several threads at once. Throws InputError if it is damaged, std::out_of_range for rows it
/// does not have.
CompressedFitsRows readCompressedFits(int descriptor, const std::string& name,
                                      const CompressedFitsImage& image, int64_t begin, int64_t end);

} // namespace galatea
