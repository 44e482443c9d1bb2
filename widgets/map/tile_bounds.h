#pragma once
// Where a tile's points can lie on the screen, and how deep: an upper bound, so that what lies elsewhere is
// skipped without a look at its points.

#include "widgets/map/map_camera.h"
#include "widgets/map/tile_order.h"

#include <algorithm>
#include <cmath>

namespace galatea {

struct TileBounds {
    double left = 0, right = -1, top = 0, bottom = -1; ///< in the projector's pixels; empty behind the eye
    double nearest = 0, farthest = 0;                  ///< depth

    bool meets(double x0, double y0, double x1, double y1) const {
        return left <= x1 && right >= x0 && top <= y1 && bottom >= y0;
    }
};

inline TileBounds boundsOf(const Tile& tile, const MapProjector& projector) {
    double low[3], high[3]; // along right, up, towards the eye
    for (size_t axis = 0; axis < 3; ++axis) {
        double middle = 0, half = 0;
        for (size_t k = 0; k < 3; ++k) {
            const double a = projector.axes[3 * axis + k];
            middle += a * (0.5 * (double(tile.low[k]) + tile.high[k]) - projector.focus[k]);
            half += std::abs(a) * 0.5 * (double(tile.high[k]) - tile.low[k]);
        }
        half += 1e-9 * (half + std::abs(middle)); // rounding must not lose a point at the very edge
        low[axis] = middle - half;
        high[axis] = middle + half;
    }
    TileBounds bounds;
    bounds.nearest = projector.distance - high[2];
    bounds.farthest = projector.distance - low[2];
    double small = projector.pixelsPerUnit, large = small;
    if (projector.distance > 0) {
        if (!(bounds.farthest > projector.nearest))
            return bounds;
        bounds.nearest = std::max(bounds.nearest, projector.nearest);
        large *= projector.distance / bounds.nearest;
        small *= projector.distance / bounds.farthest;
    }
    bounds.left = projector.middleX + std::min(low[0] * small, low[0] * large);
    bounds.right = projector.middleX + std::max(high[0] * small, high[0] * large);
    bounds.top = projector.middleY - std::max(high[1] * small, high[1] * large);
    bounds.bottom = projector.middleY - std::min(low[1] * small, low[1] * large);
    return bounds;
}

} // namespace galatea
