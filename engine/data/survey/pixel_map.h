#pragma once
// Where a pixel of the reference frame lies in another band's frame: through the sky, or the same place where
// there are no sky coordinates.

#include <cstdint>
#include <optional>
#include <vector>

#include "io/wcs.h"

namespace galatea::survey {

/// Immutable. Positions are those of pixel centres, from 0.
class PixelMap {
  public:
    /// Position in the band and its change per pixel of the reference.
    struct Local {
        double x = 0, y = 0;
        double dxdx = 1, dxdy = 0, dydx = 0, dydy = 1; ///< d(band x)/d(reference x), …
        /// Area of a reference pixel in pixels of the band.
        double area() const;
    };

    PixelMap() = default; ///< the identity
    /// Exact at every 32nd pixel from `margin` pixels outside the reference frame on; bilinear between. The
    /// error of that is below 0.001 pixel for the distortions of survey cameras.
    PixelMap(const WorldCoordinates& reference, const WorldCoordinates& band, int64_t width, int64_t height,
             int64_t margin);

    /// Moves every place in the band by so many of its pixels.
    void shift(double x, double y);
    bool isIdentity() const { return nodes_.empty(); }
    /// NaN where the sky of one frame has no place in the other.
    Local at(double x, double y) const;

  private:
    int64_t columns_ = 0, rows_ = 0;
    double left_ = 0, bottom_ = 0, step_ = 32;
    std::vector<PixelPosition> nodes_;
};

} // namespace galatea::survey
