#pragma once
// Inside engine/io only: the strict scanner of FITS headers and the conversion of stored values.

#include <string>
#include <vector>

#include "io/fits_reader.h"

namespace galatea {

struct FitsScan {
    std::vector<FitsHdu> hdus;
    std::vector<std::string> notes;
};

/// Every header of the file, checked. Throws InputError if the first is no FITS header.
FitsScan scanFits(const ByteSource& bytes);

/// A header that cannot be believed; what() is the fault in words.
struct FitsFault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The columns of a binary or ASCII table by TFIELDS, TFORMn and the like. Throws FitsFault.
void readFitsColumns(FitsHdu& hdu, std::vector<std::string>& notes);

/// The Z keywords of a tile-compressed image. Throws FitsFault.
void readFitsTiling(FitsHdu& hdu, std::vector<std::string>& notes);

/// BSCALE, BZERO, BLANK and BUNIT of an image. Throws FitsFault.
void readFitsScaling(FitsHdu& hdu, std::vector<std::string>& notes);

/// Value that must be a whole number written as one; throws FitsFault naming the keyword.
int64_t fitsCount(const FitsHeader& header, const std::string& key, int64_t least, int64_t most);

/// True for the six values the standard knows.
bool legalBitpix(int64_t bitpix);

/// `count` stored big-endian values as physical float32. `raw` holds count × |bitpix|/8 bytes.
struct FitsScaling {
    int bitpix = 8;
    double scale = 1, zero = 0;
    std::optional<int64_t> blank{};
    bool plain() const { return scale == 1 && zero == 0 && !blank; }
};
void convertFitsPixels(const std::byte* raw, float* out, int64_t count, const FitsScaling& scaling);

} // namespace galatea
