#pragma once
// FITS files (Standard 4.0) read by our own strict scanner: nothing of a header is believed before it has
// been compared with the length of the file. Uncompressed images and tables are read by offset in this
// process; .gz, .bz2 and tile-compressed images go through the decode worker.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/table.h"
#include "io/byte_source.h"
#include "io/fits_header.h"

namespace galatea {

enum class FitsKind { Image, CompressedImage, BinaryTable, AsciiTable, RandomGroups, Unknown };

struct FitsColumn {
    std::string name;                ///< TTYPEn, made unique and never empty ("column7")
    char type = ' ';                 ///< L X B I J K A E D C M P Q; ASCII tables: A I F E D
    int64_t repeat = 1;              ///< elements per row; A: characters
    int64_t offset = 0, bytes = 0;   ///< place within a row
    std::vector<int64_t> dimensions; ///< TDIMn in FITS order (fastest first); empty if not given
    double scale = 1, zero = 0;
    std::optional<int64_t> null;
    std::string nullText; ///< TNULLn of ASCII tables
    std::string unit, ucd, description;
    bool isNumber() const;
};

/// What one header says, after it has been checked.
struct FitsHdu {
    int64_t index = 0; ///< 0 is the primary
    FitsKind kind = FitsKind::Unknown;
    FitsHeader header;
    std::string name; ///< EXTNAME; empty if none
    int64_t version = 1;
    std::string extension; ///< XTENSION; empty for the primary
    /// Why it cannot be read although its extent is known; empty if it can. Reading it throws this.
    std::string fault;

    // Images, tile-compressed ones by their Z keywords.
    int bitpix = 0;
    std::vector<int64_t> axes; ///< FITS order: x, y, planes…; empty or with a 0: no pixels
    double bscale = 1, bzero = 0;
    std::optional<int64_t> blank;
    std::string unit; ///< BUNIT
    bool hasPixels() const;
    int64_t width() const { return axes.empty() ? 0 : axes[0]; }
    int64_t height() const { return axes.size() < 2 ? 1 : axes[1]; }
    int64_t planes() const; ///< product of the axes beyond the second

    // Tables.
    int64_t rowBytes = 0, rows = 0;
    std::vector<FitsColumn> columns;

    int64_t headerOffset = 0;
    int64_t dataOffset = 0, dataBytes = 0; ///< of the data unit, heap included, padding not
};

/// Pixels of one plane: rows [y0,y1), columns [x0,x1), counted from 0.
struct FitsRegion {
    int64_t plane = 0;
    int64_t y0 = 0, y1 = 0, x0 = 0, x1 = 0;
};

struct FitsTableLimits {
    int64_t cells = 50'000'000; ///< in all
    int64_t columns = 4000;     ///< more are left out with a note
    int64_t expand = 16;        ///< vector columns up to this length become name_1 …; longer are left out
};

/// May be read from several threads at once.
class FitsReader {
  public:
    /// A file packed with gzip or bzip2 is unpacked first. Throws InputError if it is missing, no FITS, or
    /// nothing in it can be trusted. HDUs behind a damaged or missing place are left out with a note.
    explicit FitsReader(const std::string& path);
    explicit FitsReader(ByteSourcePtr bytes); ///< as it is

    const std::string& path() const { return bytes_->name(); }
    const std::vector<FitsHdu>& hdus() const { return hdus_; }
    const std::vector<std::string>& notes() const { return notes_; }
    const ByteSource& bytes() const { return *bytes_; }

    // Pixels as float32 = BZERO + BSCALE × stored, computed in double and rounded once; BLANK and NaN give
    // NaN. Array axes are the FITS axes reversed (C order): row 0 of an image is the first row of the file,
    // which FITS viewers draw at the bottom. Throws InputError if the HDU is no image or damaged,
    // std::out_of_range for what it does not have, and InputError above `maxReadBytes` of result.

    /// All axes, e.g. [planes,h,w].
    Array readImage(const FitsHdu& hdu) const;
    /// Planes [begin,end) as [n,h,w]; axes beyond the third are counted through.
    Array readPlanes(const FitsHdu& hdu, int64_t begin, int64_t end) const;
    Array readRegion(const FitsHdu& hdu, const FitsRegion& region) const; ///< [h,w]

    /// Scalar columns of a binary or ASCII table: integers (also unsigned by TZERO) as int64, numbers with
    /// scaling or nulls as double, text trimmed of trailing blanks. Columns that do not fit are left out
    /// with a note.
    Table readTable(const FitsHdu& hdu, std::vector<std::string>& notes,
                    const FitsTableLimits& limits = {}) const;

    /// The height and width of the images in a table's column, by TDIM (2 axes, or 3: then channels too) or
    /// a square number of elements; nothing if it holds none.
    static std::optional<std::vector<int64_t>> imageShape(const FitsColumn& column); ///< [c,h,w]
    /// Rows [begin,end) of such a column as [n,c,h,w].
    Array readImageColumn(const FitsHdu& hdu, const FitsColumn& column, int64_t begin, int64_t end) const;

    static constexpr int64_t maxReadBytes = int64_t{2} << 30; ///< of float32 given out by one call

  private:
    void scan();
    void requirePixels(const FitsHdu& hdu, int64_t values) const;
    /// Rows of a tile-compressed image, planes counted through, by the decode worker: [n,w].
    Array decodedRows(const FitsHdu& hdu, int64_t begin, int64_t end) const;

    std::vector<std::string> notes_; // first: opening the file may add to them
    ByteSourcePtr bytes_;
    std::vector<FitsHdu> hdus_;
};

/// True if these first bytes of a file are a FITS file's ("SIMPLE  ="). Says nothing of .gz or .bz2.
bool looksLikeFits(const std::string& firstBytes);

} // namespace galatea
