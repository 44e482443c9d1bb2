#pragma once
// Inside engine/data only: which pixels of a FITS file are the images of a data set.

#include <string>
#include <vector>

#include "data/open_dataset.h"
#include "io/fits_reader.h"

namespace galatea {

struct FitsLayout {
    enum class Kind {
        Cube,   ///< planes of one HDU: image by image, within an image band by band
        Stamps, ///< one HDU per image, its planes the bands
        Bands,  ///< one HDU per band, its planes the images
        Column, ///< one table row per image
    };
    Kind kind = Kind::Cube;
    std::vector<int64_t> hdus;   ///< Stamps: per image; Bands: per band; else one
    std::vector<size_t> columns; ///< Column: of the table; several are bands
    int64_t size = 0;            ///< images
    int64_t channels = 0, height = 0, width = 0;
    std::vector<std::string> bands; ///< one per channel, or empty
    std::vector<std::string> notes;
    /// The HDU whose header speaks of an image.
    int64_t hduOf(int64_t row) const {
        return kind == Kind::Stamps ? hdus[static_cast<size_t>(row)] : hdus[0];
    }
};

/// `options.images` names an HDU (EXTNAME, "EXTNAME,version" or its number) or an image column. Throws
/// InputError if the file holds no images.
FitsLayout chooseFitsLayout(const FitsReader& file, const OpenOptions& options);

/// The filter an image was taken through, by FILTER, BAND, FILTNAM or a telling EXTNAME; empty if unknown.
std::string fitsBand(const FitsHdu& hdu);

/// Arcsec per pixel by the celestial keywords (CD matrix or CDELT); NaN if there are none.
double fitsPixelScale(const FitsHeader& header);

} // namespace galatea
