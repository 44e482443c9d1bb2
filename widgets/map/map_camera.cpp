#include "widgets/map/map_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace galatea {

namespace {

constexpr double degrees = std::numbers::pi / 180;
constexpr double viewAngleDegrees = 30;
const std::array<double, 9> fromAbove{1, 0, 0, 0, 1, 0, 0, 0, 1};

/// The usual three-quarter view: `azimuth` about the third axis, then `elevation` above the plane of the
/// first two.
std::array<double, 9> axesFrom(double azimuth, double elevation) {
    const double ca = std::cos(azimuth), sa = std::sin(azimuth), ce = std::cos(elevation),
                 se = std::sin(elevation);
    return {-sa, ca, 0, -se * ca, -se * sa, ce, ce * ca, ce * sa, se};
}

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector unit(const Vector& a) {
    const double length = std::sqrt(dot(a, a));
    return {a[0] / length, a[1] / length, a[2] / length};
}

Vector rowOf(const std::array<double, 9>& axes, int row) {
    const auto first = static_cast<size_t>(3 * row);
    return {axes[first], axes[first + 1], axes[first + 2]};
}

/// `v` turned about the unit vector `axis` (Rodrigues' formula).
Vector turned(const Vector& v, const Vector& axis, double angle) {
    const double c = std::cos(angle), s = std::sin(angle), along = dot(v, axis) * (1 - c);
    const Vector side = cross(axis, v);
    return {v[0] * c + side[0] * s + axis[0] * along, v[1] * c + side[1] * s + axis[1] * along,
            v[2] * c + side[2] * s + axis[2] * along};
}

} // namespace

void MapCamera::setDimensions(int dimensions) {
    dimensions_ = dimensions == 3 ? 3 : 2;
    axes_ = dimensions_ == 3 ? axesFrom(-60 * degrees, 22 * degrees) : fromAbove;
}

void MapCamera::setViewport(const QSizeF& size) {
    viewport_ = {std::max(1.0, size.width()), std::max(1.0, size.height())};
}

void MapCamera::fit(const MapPlace& low, const MapPlace& high, double left, double top, double right,
                    double bottom) {
    const double width = std::max(50.0, viewport_.width() - left - right);
    const double height = std::max(50.0, viewport_.height() - top - bottom);
    for (size_t k = 0; k < 3; ++k)
        focus_[k] = 0.5 * (low[k] + high[k]);
    if (dimensions_ == 3) {
        fitSpace(low, high, width, height);
    } else {
        focus_[2] = 0;
        const double perPixel = std::max((high[0] - low[0]) / width, (high[1] - low[1]) / height);
        height_ = (perPixel > 0 ? perPixel : 1 / height) * viewport_.height();
    }
    limitHeight();
    pan({0.5 * (left - right), 0.5 * (top - bottom)});
}

void MapCamera::fitSpace(const MapPlace& low, const MapPlace& high, double width, double height) {
    axes_ = axesFrom(-60 * degrees, 22 * degrees);
    double square = 0;
    for (size_t k = 0; k < 3; ++k)
        square += (high[k] - low[k]) * (high[k] - low[k]);
    height_ = square > 0 ? 2 * std::sqrt(square) : 1;
    // Nearer until the corners just fit; perspective makes it a short search rather than a formula.
    for (int round = 0; round < 6; ++round) {
        const MapProjector project = projector();
        double most = 0, x = 0, y = 0, depth = 0;
        for (int corner = 0; corner < 8; ++corner)
            if (project(corner & 1 ? high[0] : low[0], corner & 2 ? high[1] : low[1],
                        corner & 4 ? high[2] : low[2], x, y, depth))
                most = std::max({most, 2 * std::abs(x - project.middleX) / width,
                                 2 * std::abs(y - project.middleY) / height});
        if (!(most > 0))
            return;
        height_ *= most;
    }
}

void MapCamera::pan(const QPointF& pixels) {
    const double scale = unitsPerPixel();
    for (size_t k = 0; k < 3; ++k)
        focus_[k] += scale * (-pixels.x() * axes_[k] + pixels.y() * axes_[3 + k]);
}

void MapCamera::orbit(const QPointF& pixels) {
    if (dimensions_ != 3)
        return;
    // A turntable: left-right turns about the data's third axis, up-down tilts about the screen's horizontal.
    const double turn = -pixels.x() * 0.4 * degrees;
    double tilt = -pixels.y() * 0.4 * degrees;
    const double elevation = std::asin(std::clamp(axes_[8], -1.0, 1.0));
    tilt = std::clamp(elevation - tilt, -89 * degrees, 89 * degrees) - elevation;
    Vector right = rowOf(axes_, 0), up = rowOf(axes_, 1), back = rowOf(axes_, 2);
    back = turned(back, right, -tilt);
    up = turned(up, right, -tilt);
    const Vector third{0, 0, 1};
    back = unit(turned(back, third, turn));
    right = unit(cross(turned(up, third, turn), back));
    up = cross(back, right);
    axes_ = {right[0], right[1], right[2], up[0], up[1], up[2], back[0], back[1], back[2]};
}

void MapCamera::zoom(double factor, const QPointF& at) {
    zoomAbout(factor, unproject(at));
}

void MapCamera::zoomAbout(double factor, const MapPlace& place) {
    if (!(factor > 0) || !std::isfinite(factor))
        return;
    const double before = height_;
    height_ /= factor;
    limitHeight();
    const double shrink = height_ / before;
    for (size_t k = 0; k < 3; ++k)
        focus_[k] = place[k] + (focus_[k] - place[k]) * shrink;
    if (dimensions_ == 2)
        focus_[2] = 0;
}

double MapCamera::viewAngle() {
    return viewAngleDegrees;
}

double MapCamera::distance() const {
    return 0.5 * height_ / std::tan(0.5 * viewAngleDegrees * degrees);
}

MapProjector MapCamera::projector() const {
    MapProjector projector;
    projector.axes = axes_;
    projector.focus = focus_;
    projector.pixelsPerUnit = viewport_.height() / height_;
    projector.distance = dimensions_ == 3 ? distance() : 0;
    projector.nearest = dimensions_ == 3 ? clippingRange()[0] : 0;
    projector.middleX = 0.5 * viewport_.width();
    projector.middleY = 0.5 * viewport_.height();
    return projector;
}

MapPlace MapCamera::unproject(const QPointF& position) const {
    const double scale = unitsPerPixel();
    const double x = (position.x() - 0.5 * viewport_.width()) * scale;
    const double y = (0.5 * viewport_.height() - position.y()) * scale;
    MapPlace place;
    for (size_t k = 0; k < 3; ++k)
        place[k] = focus_[k] + x * axes_[k] + y * axes_[3 + k];
    return place;
}

void MapCamera::setExtent(const MapPlace& centre, double radius) {
    extentCentre_ = centre;
    extentRadius_ = std::max(radius, 1e-12);
}

std::array<double, 2> MapCamera::clippingRange() const {
    double along = 0;
    for (size_t k = 0; k < 3; ++k)
        along += axes_[6 + k] * (extentCentre_[k] - focus_[k]);
    const double depth = distance() - along, reach = 1.01 * extentRadius_;
    // A floor relative to the distance keeps the depth buffer's precision when the eye is among the points.
    const double nearest = std::max(depth - reach, 0.02 * distance());
    return {nearest, std::max(depth + reach, 2 * nearest)};
}

bool MapCamera::restore(const MapPlace& focus, const std::array<double, 9>& axes, double visibleHeight) {
    const auto finite = [](double value) { return std::isfinite(value); };
    if (!std::all_of(focus.begin(), focus.end(), finite) || !std::all_of(axes.begin(), axes.end(), finite) ||
        !finite(visibleHeight) || !(visibleHeight > 0))
        return false;
    for (int i = 0; i < 3; ++i)
        for (int j = i; j < 3; ++j)
            if (std::abs(dot(rowOf(axes, i), rowOf(axes, j)) - (i == j ? 1 : 0)) > 1e-6)
                return false;
    if (dimensions_ == 2 && axes != fromAbove)
        return false;
    focus_ = focus;
    axes_ = axes;
    height_ = visibleHeight;
    return true;
}

void MapCamera::limitHeight() {
    height_ = std::clamp(height_, 1e-5 * extentRadius_, 200 * extentRadius_);
}

} // namespace galatea
