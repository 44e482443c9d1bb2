#pragma once
// Frames of a survey as they lie on disk: one band of one piece of sky each.

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/array.h"
#include "io/fits_reader.h"
#include "io/wcs.h"

namespace galatea::survey {

/// What is known of a frame without its pixels.
struct Frame {
    std::string path;
    int64_t hdu = 0, plane = 0;
    std::string band;    ///< empty if neither header nor name tells
    std::string field;   ///< frames of one field have the same key
    bool isMask = false; ///< marks bad pixels (not 0) of its field instead of holding light
    /// From here on only after the header has been read: survey names tell band and field without it.
    bool described = false;
    int64_t width = 0, height = 0;
    std::string unit;
    std::optional<double> zeroPoint; ///< magnitude of a flux of 1 per unit of the pixels
    std::optional<WorldCoordinates> wcs;
    std::vector<std::string> notes;
};

/// One file that is of no use, and why.
struct FileProblem {
    std::string path, problem;
};

struct FrameList {
    std::vector<Frame> frames;
    std::vector<FileProblem> problems;
    std::vector<std::string> notes;
};

/// Keeps a few files open, so that what had to be inflated for its header need not be inflated again for its
/// pixels. Safe to use from several threads.
class FrameFiles {
  public:
    std::shared_ptr<const FitsReader> open(const std::string& path);
    void close(const std::string& path);

  private:
    struct Kept {
        std::string path;
        std::shared_ptr<const FitsReader> reader;
        int64_t bytes = 0;
    };
    std::mutex lock_;
    std::vector<Kept> kept_; ///< oldest first
};

/// Frames among files and folders (subfolders too). Images of at least 100 × 100 pixels count, in any HDU and
/// each plane of a cube (at most 64). Named files that hold none are problems; other files in folders are
/// passed over.
/// `mostFiles`: of each folder no more are looked at.
FrameList findFrames(const std::vector<std::string>& sources, FrameFiles& files,
                     size_t mostFiles = std::numeric_limits<size_t>::max());

/// Fills in what the header says. Throws InputError.
void describe(Frame& frame, FrameFiles& files);

/// [H,W] float32. Throws InputError.
Array readPixels(const Frame& frame, FrameFiles& files);

/// The band a file name tells ("frame-r-000094-6-0100.fits.bz2": r), empty if it does not, and the name
/// without it, which is the same for all bands of a field.
struct NameParts {
    std::string band, rest;
};
NameParts partsOfName(const std::string& path);

/// Bands in the order of their wavelengths as far as they are known: place in that order, or a large number.
int64_t bandOrder(const std::string& band);

/// Magnitude of a flux of 1 from cards that surveys use: unit (nanomaggy, Jy …), MAGZERO, MAGZPT, ZEROPNT,
/// PHOTZP, FLUXMAG0, PHOTFLAM with PHOTPLAM (Hubble) … in the AB system but where the survey has another.
std::optional<double> zeroPointOf(const FitsHeader& header, const std::string& unit);

} // namespace galatea::survey
