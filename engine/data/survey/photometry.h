#pragma once
// Measuring sources in one band. Formulas: Kron (1980, ApJS 43, 305) radius and automatic aperture as in
// Source Extractor (Bertin & Arnouts 1996, section 7): r_K = Σ r I / Σ I within 6 a; the flux is summed
// within the ellipse of 2.5 r_K, or within a circle of 1.75 pixels radius where that ellipse is smaller.

#include <cstdint>
#include <span>
#include <vector>

#include "data/survey/detection.h"
#include "data/survey/pixel_map.h"

namespace galatea::survey {

/// What a source looks like in the reference frame, pixels and radians.
struct Shape {
    double x = 0, y = 0;
    double a = 0, b = 0, theta = 0;  ///< as DetectedSource; 0 if it was not detected
    int32_t label = 0;               ///< in the segmentation; 0: none
    std::span<const int32_t> pixels; ///< of its isophote, y · width + x of the reference frame
};

/// One band's frame, ready to be measured: background subtracted, bad pixels 0. Nothing is owned.
struct BandPlane {
    const Array* pixels = nullptr; ///< [H,W]
    const Mask* mask = nullptr;
    const std::vector<int32_t>* segmentation = nullptr; ///< on this band's grid; may be empty
    const Background* background = nullptr;             ///< gives the noise
    const PixelMap* map = nullptr;                      ///< from the reference frame
    int64_t referenceWidth = 0;
};

/// Sums in the plane's unit, with the deviation that the sky's noise alone gives them.
struct BandFluxes {
    double isophotal = 0, isophotalError = 0;
    double kron = 0, kronError = 0;
    double aperture = 0, apertureError = 0;
    int64_t flags = 0; ///< SourceFlag of the apertures
};

/// Semi-axes of the automatic aperture in units of the shape's a and b, and the radius of the circle that
/// takes its place (0: the ellipse is used). Measured on the reference band.
struct KronAperture {
    double factor = 0;
    double circle = 0;
    int64_t flags = 0;
};

KronAperture kronAperture(const BandPlane& reference, const Shape& shape);

/// `apertureRadius` in pixels of the reference frame. Neighbours' pixels are replaced by the mean of the
/// rest.
BandFluxes measure(const BandPlane& plane, const Shape& shape, const KronAperture& kron,
                   double apertureRadius);

/// Radius of the circle that holds half of `flux`, pixels; NaN if there is none.
double halfLightRadius(const BandPlane& plane, const Shape& shape, double flux, double outermost);

/// The labels of the reference frame on another band's grid (nearest pixel).
std::vector<int32_t> mappedSegmentation(const std::vector<int32_t>& labels, int64_t referenceWidth,
                                        int64_t referenceHeight, const PixelMap& map, int64_t width,
                                        int64_t height);

} // namespace galatea::survey
