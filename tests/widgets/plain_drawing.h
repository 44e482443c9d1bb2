#pragma once
// All points drawn one after the other, in floating point and without haste: what the map's own drawing must
// come to.

#include "widgets/map/colouring.h"
#include "widgets/map/map_camera.h"

#include <QImage>

#include <algorithm>
#include <cmath>
#include <vector>

namespace galatea {

struct PlainPoint {
    double x = 0, y = 0, depth = 0; ///< device pixels
    double diameter = 2, opacity = 1;
    Rgba colour;
};

struct PlainPicture {
    int width, height;
    std::vector<double> pixels; ///< red, green, blue of 0 to 255

    PlainPicture(int w, int h, const Rgba& ground) : width(w), height(h) {
        for (int i = 0; i < w * h; ++i)
            pixels.insert(pixels.end(), {double(ground.r), double(ground.g), double(ground.b)});
    }
    explicit PlainPicture(const QImage& image) : width(image.width()), height(image.height()) {
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const QRgb p = image.pixel(x, y);
                pixels.insert(pixels.end(), {double(qRed(p)), double(qGreen(p)), double(qBlue(p))});
            }
    }

    /// A disc with an anti-aliased edge, its centre rounded to eighths of a pixel.
    void add(const PlainPoint& point, bool rim) {
        const double cx = std::floor(point.x * 8 + 0.5) / 8, cy = std::floor(point.y * 8 + 0.5) / 8;
        const double faint = std::min(1.0, point.diameter / 1.5), radius = std::max(1.5, point.diameter) / 2;
        const auto unit = [](double v) { return std::clamp(v, 0.0, 1.0); };
        for (int y = static_cast<int>(cy - radius) - 2; y <= cy + radius + 2; ++y)
            for (int x = static_cast<int>(cx - radius) - 2; x <= cx + radius + 2; ++x) {
                if (x < 0 || y < 0 || x >= width || y >= height)
                    continue;
                const double inside = radius - std::hypot(x + 0.5 - cx, y + 0.5 - cy);
                const double cover =
                    unit(inside + 0.5) * point.opacity * faint * faint * point.colour.a / 255.0;
                const double shade = 1 - (rim ? 0.28 * (1 - unit(inside)) : 0);
                const double colour[3]{double(point.colour.r), double(point.colour.g),
                                       double(point.colour.b)};
                for (int k = 0; k < 3; ++k) {
                    double& here = pixels[static_cast<size_t>(3 * (y * width + x) + k)];
                    here += (colour[k] * shade - here) * cover;
                }
            }
    }
};

struct PictureDifference {
    double largest = 0, mean = 0;
    int64_t beyond = 0; ///< pixels that differ by more than four levels
};

/// Within `region`, in levels of 256.
inline PictureDifference compare(const PlainPicture& plain, const QImage& image, const QRect& region) {
    PictureDifference difference;
    for (int y = region.top(); y <= region.bottom(); ++y)
        for (int x = region.left(); x <= region.right(); ++x) {
            const QRgb p = image.pixel(x, y);
            const double* wanted = plain.pixels.data() + 3 * (y * plain.width + x);
            const double most = std::max({std::abs(wanted[0] - qRed(p)), std::abs(wanted[1] - qGreen(p)),
                                          std::abs(wanted[2] - qBlue(p))});
            difference.largest = std::max(difference.largest, most);
            difference.mean += most / (double(region.width()) * region.height());
            difference.beyond += most > 4;
        }
    return difference;
}

} // namespace galatea
