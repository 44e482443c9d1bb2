#pragma once
// Finding sources in a frame, as Source Extractor does (Bertin & Arnouts 1996; SEP, Barbary 2016): the frame
// is convolved with a small kernel, pixels above a threshold that touch each other make a source, and sources
// with several peaks are divided.

#include <cstdint>
#include <string>
#include <vector>

#include "data/survey/background.h"

namespace galatea::survey {

struct DetectionOptions {
    /// A source's brightest pixel must reach this many standard deviations of the convolved frame's noise: a
    /// faint star is then about a 5 σ detection. (Source Extractor's DETECT_THRESH 1.5, of the frame before
    /// the convolution, is 4.0 here.)
    double sigma = 5;
    /// Isophote: pixels above this many deviations of one pixel's noise belong to a source (Source
    /// Extractor's ANALYSIS_THRESH); sources whose brightest pixel stays below sigma are dropped. Lowered
    /// where sigma asks.
    double isophote = 1.5;
    int64_t minArea = 5;            ///< pixels above the threshold (DETECT_MINAREA)
    double kernelFwhm = 0;          ///< of a Gaussian kernel, pixels; 0: the 3 × 3 pyramid "default.conv"
    int64_t deblendLevels = 32;     ///< DEBLEND_NTHRESH
    double deblendContrast = 0.005; ///< DEBLEND_MINCONT; 1: never divide
    double clean = 1;               ///< CLEAN_PARAM; 0: keep sources that only a bright neighbour makes
};

/// SEP's flags of a source; our own follow in source_catalog.h.
enum SourceFlag : int64_t {
    flagDeblended = 1,          ///< one of several parts of a blend
    flagTruncated = 2,          ///< cut by the frame's edge
    flagSingular = 8,           ///< its pixels lie on one line
    flagApertureCut = 16,       ///< an aperture reaches beyond the frame
    flagApertureMasked = 32,    ///< bad pixels or a neighbour's within an aperture
    flagApertureAllMasked = 64, ///< nothing else within an aperture
    flagKronFailed = 128,       ///< the Kron radius has no positive light to weigh
};

/// Positions are those of pixel centres, from 0.
struct DetectedSource {
    double x = 0, y = 0;         ///< barycentre of the isophote
    double peakX = 0, peakY = 0; ///< brightest pixel of the convolved frame
    double a = 0, b = 0;         ///< semi-axes: standard deviations along the isophote's axes, pixels
    double theta = 0;            ///< of the major axis, from +x to +y, radians
    double flux = 0;             ///< isophotal: sum of its pixels
    double peak = 0;             ///< highest pixel
    int64_t area = 0;            ///< pixels
    int64_t flags = 0;
    int64_t firstPixel = 0; ///< its `area` pixels start there in Detection::pixels
};

struct Detection {
    std::vector<DetectedSource> sources;
    std::vector<int32_t> pixels; ///< y · width + x of every source's pixels, one source after the other
    int64_t width = 0, height = 0;
    std::vector<std::string> notes;

    /// [H · W]: index + 1 of the source a pixel belongs to, 0 for the sky.
    std::vector<int32_t> segmentation() const;
};

/// `pixels` [H,W] with the background subtracted and bad pixels 0, `noise` [H,W] of the same unit. The unit
/// is best such that the noise is of the order of 1. Throws std::runtime_error with a sentence if SEP cannot.
Detection detect(const Array& pixels, const Array& noise, const Mask& mask, const DetectionOptions& options);

/// What the import's live preview shows: sources of a frame or a part of one as it is on disk, any unit.
struct PreviewDetection {
    Detection detection; ///< fluxes in the frame's unit
    double level = 0, noise = 0;
};
PreviewDetection detectSources(const Array& frame, const DetectionOptions& options = {},
                               const BackgroundOptions& background = {});

/// Marks the pixels that are not finite, sets them to 0 and divides all by a power of two near the noise: SEP
/// computes in float32 and some surveys count in 1e-12. Returns the divisor, 0 if nothing is finite.
double prepare(Array& pixels, Mask& mask);

} // namespace galatea::survey
