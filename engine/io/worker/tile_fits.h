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

/// A column as the table declares it.
struct TileField {
    std::string name, format;
};

/// What the header says of the tiles, checked against the image and the length of the data.
struct TileTable {
    std::string algorithm;           ///< of ZCMPTYPE
    std::vector<int64_t> axes, tile; ///< FITS order
    int bitpix = 0;
    int64_t rows = 0, rowBytes = 0, heapOffset = 0, heapBytes = 0; ///< from the start of the data
    int64_t behindTable = 0;                                       ///< PCOUNT
    std::vector<TileColumn> columns;                               ///< those that point into the heap
    std::vector<TileField> fields;                                 ///< all
    std::vector<std::string> notes;
    int64_t tilePixels() const;
};

/// Throws InputError naming `name` if anything in the header contradicts itself, the image or `dataBytes`.
TileTable checkTileHeader(const FitsHeader& header, const CompressedFitsImage& image,
                          const std::string& name);

/// A header of just `bytes` that says what the checked one says and nothing else: the library must not see
/// cards that it may read differently. Throws InputError if that is not enough room.
std::string plainTileHeader(const TileTable& table, const FitsHeader& header, int64_t bytes,
                            const std::string& name);

/// Compares every descriptor with the heap, the dimensions in HCOMPRESS streams with the tiles, and the
/// length of what is in gzip streams with the tiles that have pixels in rows [begin,end). `data`: table and
/// heap.
void checkTiles(const TileTable& table, std::span<const std::byte> data, int64_t begin, int64_t end,
                const std::string& name);

} // namespace galatea::decode
