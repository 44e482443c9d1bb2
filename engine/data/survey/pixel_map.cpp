#include "data/survey/pixel_map.h"

#include <algorithm>
#include <cmath>

namespace galatea::survey {

double PixelMap::Local::area() const {
    return std::abs(dxdx * dydy - dxdy * dydx);
}

PixelMap::PixelMap(const WorldCoordinates& reference, const WorldCoordinates& band, int64_t width,
                   int64_t height, int64_t margin)
    : left_(-static_cast<double>(margin)), bottom_(-static_cast<double>(margin)) {
    const auto count = [&](int64_t length) {
        return static_cast<int64_t>(std::ceil(static_cast<double>(length + 2 * margin) / step_)) + 1;
    };
    columns_ = count(width);
    rows_ = count(height);
    std::vector<PixelPosition> places;
    for (int64_t row = 0; row < rows_; ++row)
        for (int64_t column = 0; column < columns_; ++column)
            places.push_back(
                {left_ + static_cast<double>(column) * step_, bottom_ + static_cast<double>(row) * step_});
    std::vector<SkyPosition> sky(places.size());
    reference.toSky(places, sky);
    nodes_.resize(places.size());
    band.toPixel(sky, nodes_);
}

void PixelMap::shift(double x, double y) {
    for (PixelPosition& node : nodes_) {
        node.x += x;
        node.y += y;
    }
}

PixelMap::Local PixelMap::at(double x, double y) const {
    if (isIdentity())
        return {x, y};
    const double u = (x - left_) / step_, v = (y - bottom_) / step_;
    const auto column =
        static_cast<int64_t>(std::clamp(std::floor(u), 0.0, static_cast<double>(columns_ - 2)));
    const auto row = static_cast<int64_t>(std::clamp(std::floor(v), 0.0, static_cast<double>(rows_ - 2)));
    const double s = u - static_cast<double>(column), t = v - static_cast<double>(row);
    const PixelPosition* node = nodes_.data() + row * columns_ + column;
    const PixelPosition &p00 = node[0], &p10 = node[1], &p01 = node[columns_], &p11 = node[columns_ + 1];
    Local local;
    local.x = (1 - t) * ((1 - s) * p00.x + s * p10.x) + t * ((1 - s) * p01.x + s * p11.x);
    local.y = (1 - t) * ((1 - s) * p00.y + s * p10.y) + t * ((1 - s) * p01.y + s * p11.y);
    local.dxdx = ((1 - t) * (p10.x - p00.x) + t * (p11.x - p01.x)) / step_;
    local.dydx = ((1 - t) * (p10.y - p00.y) + t * (p11.y - p01.y)) / step_;
    local.dxdy = ((1 - s) * (p01.x - p00.x) + s * (p11.x - p10.x)) / step_;
    local.dydy = ((1 - s) * (p01.y - p00.y) + s * (p11.y - p10.y)) / step_;
    return local;
}

} // namespace galatea::survey
