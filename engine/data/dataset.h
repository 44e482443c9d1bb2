#pragma once
// The one interface through which everything sees images: readers yield it, transforms decorate it.

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/table.h"

namespace galatea {

struct DatasetInfo {
    std::string name;   ///< short, for people
    std::string source; ///< absolute path of the file or folder it came from; empty if made in memory
    int64_t channels = 0, height = 0, width = 0;
    std::vector<std::string> bands;                               ///< one name per channel; empty if unknown
    double pixelScale = std::numeric_limits<double>::quiet_NaN(); ///< arcsec per pixel, NaN if unknown
    /// Row 0 of the arrays is the bottom of the picture, as in FITS; otherwise its top, as in PNG. Arrays are
    /// never turned over for it: only what draws them for people does.
    bool bottomUp = false;
    std::string unit;               ///< of the pixel values, e.g. "nanomaggy"; empty if unknown
    std::vector<std::string> notes; ///< what was odd on opening; each becomes a warning
};

/// Immutable once made; read() may be called from several threads at once.
class Dataset {
  public:
    virtual ~Dataset() = default;
    virtual const DatasetInfo& info() const = 0;
    virtual int64_t size() const = 0; ///< number of images
    /// Images [rows.size(), C, H, W], contiguous. Throws InputError if one cannot be read,
    /// std::out_of_range for a row outside the set.
    virtual Array read(std::span<const int64_t> rows) const = 0;
    /// One row per image; the column "id" is always there (text or integer).
    virtual const Table& catalog() const = 0;
    /// Sky coordinates of one image as FITS cards of 80 bytes, without END (io/wcs.h reads them); empty if
    /// unknown.
    virtual std::string wcsCards(int64_t row) const {
        static_cast<void>(row);
        return {};
    }

    /// Images of rows [begin, end).
    Array readRange(int64_t begin, int64_t end) const;
    Array readOne(int64_t row) const; ///< [C,H,W]
};

using DatasetPtr = std::shared_ptr<const Dataset>;

/// A data set held in memory. `images` [N,C,H,W]; `catalog` gets an "id" column 0…N-1 if it has none.
DatasetPtr makeMemoryDataset(DatasetInfo info, Array images, Table catalog);

/// The rows [begin, end) of another data set, in place; empty if end is not beyond begin.
DatasetPtr rowsOf(DatasetPtr data, int64_t begin, int64_t end);

} // namespace galatea
