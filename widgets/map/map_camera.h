#pragma once
// Where the eye is. One description for two and three dimensions: the place looked at, three axes, and how
// much of the world the viewport's height shows there. Knows neither Qt widgets nor OpenGL, so it is tested
// by itself.

#include <QPointF>
#include <QSizeF>

#include <array>

namespace galatea {

using MapPlace = std::array<double, 3>;

/// World to screen for many points at once: rotates, scales and, with an eye at a finite distance, divides.
struct MapProjector {
    std::array<double, 9> axes{}; ///< rows: right, up, towards the eye
    MapPlace focus{};
    double pixelsPerUnit = 1; ///< at the place looked at
    double distance = 0;      ///< of the eye from it; 0: parallel projection
    double nearest = 0;       ///< what is nearer to the eye than this is behind it, as far as we care
    double middleX = 0, middleY = 0;

    /// Logical pixels from the top left, and the depth (distance from the eye, or along its axis if
    /// parallel). False for a place behind the eye.
    template <class Real>
    bool operator()(Real px, Real py, Real pz, double& x, double& y, double& depth) const {
        const double dx = px - focus[0], dy = py - focus[1], dz = pz - focus[2];
        const double vx = axes[0] * dx + axes[1] * dy + axes[2] * dz;
        const double vy = axes[3] * dx + axes[4] * dy + axes[5] * dz;
        const double vz = axes[6] * dx + axes[7] * dy + axes[8] * dz;
        double scale = pixelsPerUnit;
        depth = distance - vz;
        if (distance > 0) {
            if (!(depth > nearest))
                return false;
            scale *= distance / depth;
        }
        x = middleX + vx * scale;
        y = middleY - vy * scale;
        return true;
    }
};

class MapCamera {
  public:
    void setDimensions(int dimensions); ///< 2: parallel, from above; 3: perspective
    int dimensions() const { return dimensions_; }
    void setViewport(const QSizeF& logicalPixels);
    const QSizeF& viewport() const { return viewport_; }

    /// Shows the box [low, high], inset by these many logical pixels; a 3-D camera also takes its first
    /// direction.
    void fit(const MapPlace& low, const MapPlace& high, double left, double top, double right, double bottom);
    void centreOn(const MapPlace& place) { focus_ = place; }
    void pan(const QPointF& logicalPixels);           ///< the world follows the mouse by so much
    void orbit(const QPointF& logicalPixels);         ///< 3-D: about the place looked at
    void zoom(double factor, const QPointF& at);      ///< > 1: nearer; keeps the place under `at` where it is
    void zoomAbout(double factor, const MapPlace& p); ///< the same about a place in the world

    MapProjector projector() const;
    /// The place under a screen position, in the plane through the place looked at.
    MapPlace unproject(const QPointF& position) const;
    double unitsPerPixel() const { return height_ / viewport_.height(); }
    double distance() const;   ///< of the eye; any positive number if parallel
    static double viewAngle(); ///< degrees, vertical
    /// A sphere that holds the data: how near and far there is something to see.
    void setExtent(const MapPlace& centre, double radius);
    std::array<double, 2> clippingRange() const;

    const MapPlace& focus() const { return focus_; }
    const std::array<double, 9>& axes() const { return axes_; }
    double visibleHeight() const { return height_; }
    /// Takes a stored view; axes that are no rotation and sizes that are not positive are refused with false.
    bool restore(const MapPlace& focus, const std::array<double, 9>& axes, double visibleHeight);

  private:
    void limitHeight();
    void fitSpace(const MapPlace& low, const MapPlace& high, double width, double height);

    int dimensions_ = 2;
    QSizeF viewport_{640, 480};
    MapPlace focus_{};
    std::array<double, 9> axes_{1, 0, 0, 0, 1, 0, 0, 0, 1};
    double height_ = 2;
    MapPlace extentCentre_{};
    double extentRadius_ = 1;
};

} // namespace galatea
