#pragma once
// Images of a data set as files other programs read. Nothing is turned over: row 0 of an array is the first
// row of a FITS file (io/fits_writer.h); PNG pictures stand upright.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "io/fits_writer.h"

namespace galatea {

enum class ImageLayout {
    Cube,       ///< one image [N,C,H,W]
    Extensions, ///< one HDU per image
    Files       ///< a folder with one file per image and catalog.csv
};

struct ImageExport {
    ImageLayout layout = ImageLayout::Cube;
    std::vector<FitsCard> provenance{}; ///< behind ORIGIN, DATASET, BUNIT and the like, in the first header
};

struct ImageExportReport {
    int64_t images = 0;
    std::vector<std::string> notes;
};

/// The given rows, in that order, as float32 FITS with the catalogue as binary table CATALOG (Cube and
/// Extensions), band names, unit, pixel scale and, where the data set knows them, sky coordinates (one image,
/// Extensions and Files: a cube of several has no place for them). EXTNAME and file names are the ids. `path`
/// is a file, or for Files a new or empty folder; it appears when complete. Images are read a few at a time.
/// Throws UsageError if no row is given, Interrupted on stop, otherwise as Dataset::read() and AtomicFile.
ImageExportReport exportFits(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                             const ImageExport& options, const StopToken& stop = {},
                             ProgressSink& progress = silentProgress());

/// A folder with one 8-bit PNG per image (1 channel gray, 3 channels as red, green, blue) and catalog.csv,
/// which importing reads as a list. Values from 0 to 1 are written as they are (exact where they are
/// multiples of 1/255); others are stretched linearly, one stretch for all images, with a note. Throws
/// UsageError for other numbers of channels.
ImageExportReport exportPngs(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                             const StopToken& stop = {}, ProgressSink& progress = silentProgress());

/// The given rows as a data set file, catalogue and all.
ImageExportReport exportDataset(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                                const StopToken& stop = {}, ProgressSink& progress = silentProgress());

} // namespace galatea
