#pragma once
// Tile-compressed FITS images through cfitsio, which gets to see only one HDU in memory, and that only after
// the tiles' table and heap have been compared with it (a ZTILE of 0, a descriptor past the heap or lying
// HCOMPRESS dimensions kill cfitsio 4.2).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/compressed_fits.h"
#include "io/fits_header.h"
#include "io/regular_file.h"

namespace galatea::decode {

/// Decodes rows [begin,end) as [rows, axes[0]] into `out` of just that length; returns notes. `file` holds
/// the whole FITS file. Errors are those of readCompressedFits().
std::vector<std::string> decodeTileRows(const RegularFile& file, const CompressedFitsImage& image,
                                        int64_t begin, int64_t end, std::span<float> out);

/// Number of rows of the image; axes beyond the second are counted through. 0 if it has no pixels.
int64_t rowCount(const std::vector<int64_t>& axes);

/// One column of the tiles' table that points into the heap.
struct TileColumn {
    std::string name;
    int64_t offset = 0; ///< of its descriptor in a row
    bool wide = false;  ///< descriptors of two 64-bit numbers, not 32
    int64_t elementBytes = 1;
};

/// What the header says of the tiles, checked against the image and the length of the data.
struct TileTable {
    std::string algorithm;           ///< of ZCMPTYPE
    std::vector<int64_t> axes, tile; ///< FITS order
    int bitpix = 0;
    int64_t rows = 0, rowBytes = 0, heapOffset = 0, heapBytes = 0; ///< from the start of the data
    std::vector<TileColumn> columns;
    std::vector<std::string> notes;
    int64_t tilePixels() const;
};

/// Throws InputError naming `name` if anything in the header contradicts itself, the image or `dataBytes`.
TileTable checkTileHeader(const FitsHeader& header, const CompressedFitsImage& image,
                          const std::string& name);

/// Compares every descriptor with the heap, and the dimensions in HCOMPRESS streams with the tiles. `data`:
/// table and heap.
void checkTiles(const TileTable& table, std::span<const std::byte> data, const std::string& name);

} // namespace galatea::decode
