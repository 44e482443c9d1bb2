#pragma once
// Frames whose truth is known: Gaussian sources on noise, written as FITS.

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/random.h"
#include "io/fits_writer.h"

namespace galatea {

struct MadeSource {
    double x = 0, y = 0, flux = 0;
    double a = 1.5, b = 1.5, theta = 0; ///< standard deviations along the axes, pixels; radians
};

/// Values of elliptical Gaussians at pixel centres, which for these widths is their integral to 1e-4.
inline void addSources(Array& image, const std::vector<MadeSource>& sources) {
    for (const MadeSource& s : sources) {
        const double c = std::cos(s.theta), t = std::sin(s.theta), reach = 7 * s.a + 2;
        for (int64_t y = 0; y < image.dim(0); ++y)
            for (int64_t x = 0; x < image.dim(1); ++x) {
                const double dx = static_cast<double>(x) - s.x, dy = static_cast<double>(y) - s.y;
                if (std::abs(dx) > reach || std::abs(dy) > reach)
                    continue;
                const double u = (c * dx + t * dy) / s.a, v = (c * dy - t * dx) / s.b;
                image.at(y, x) += static_cast<float>(s.flux / (2 * std::numbers::pi * s.a * s.b) *
                                                     std::exp(-(u * u + v * v) / 2));
            }
    }
}

inline void addNoise(Array& image, double deviation, uint64_t seed) {
    RandomStream random(seed, "made frames");
    for (float& value : image.values())
        value += static_cast<float>(deviation * random.normal());
}

/// On a jittered grid, none nearer than `margin` to the edge; fluxes from low to high.
inline std::vector<MadeSource> scattered(int64_t width, int64_t height, int64_t step, double low,
                                         double high) {
    RandomStream random(5, "scattered");
    std::vector<MadeSource> sources;
    for (int64_t y = step; y + step <= height; y += step)
        for (int64_t x = step; x + step <= width; x += step) {
            MadeSource s;
            s.x = static_cast<double>(x) + 6 * (random.uniform() - 0.5);
            s.y = static_cast<double>(y) + 6 * (random.uniform() - 0.5);
            s.flux = low * std::pow(high / low, random.uniform());
            sources.push_back(s);
        }
    return sources;
}

/// Tangent plane with square pixels; the sky moves by (dx, dy) pixels on the frame.
inline std::vector<FitsCard> skyCards(double dx, double dy, double scale = 0.4) {
    return {{"CTYPE1", std::string("RA---TAN")},
            {"CTYPE2", std::string("DEC--TAN")},
            {"CRVAL1", 150.0},
            {"CRVAL2", 2.0},
            {"CRPIX1", 129.0 + dx},
            {"CRPIX2", 129.0 + dy},
            {"CDELT1", -scale / 3600},
            {"CDELT2", scale / 3600}};
}

inline void writeFrame(const std::string& path, const Array& pixels, std::vector<FitsCard> cards,
                       const std::string& filter, const std::string& unit = "nanomaggy") {
    if (!filter.empty())
        cards.push_back({"FILTER", filter});
    if (!unit.empty())
        cards.push_back({"BUNIT", unit});
    writeFitsCube(path, pixels, cards);
}

} // namespace galatea
