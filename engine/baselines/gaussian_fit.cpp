#include "baselines/gaussian_fit.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "baselines/minimise.h"
#include "core/error.h"

namespace galatea {

namespace {

constexpr double pi = 3.14159265358979323846;

// The six parameters, in units of the image's smaller side so that all are of order one: peak height, mean,
// log l11, l21, log l22.
enum : size_t { Peak, MeanX, MeanY, LogL11, L21, LogL22, Count };

struct Pixels {
    std::vector<double> values;
    int64_t height = 0, width = 0;
    double side = 1; // pixels to a unit
};

/// Mean squared error and its gradient.
double meanSquaredError(const Pixels& image, const std::vector<double>& p, std::vector<double>& gradient) {
    const double l11 = std::exp(p[LogL11]), l21 = p[L21], l22 = std::exp(p[LogL22]);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double sum = 0;
    const double* value = image.values.data();
    for (int64_t row = 0; row < image.height; ++row) {
        const double dy = static_cast<double>(row) / image.side - p[MeanY];
        for (int64_t column = 0; column < image.width; ++column) {
            // The whitened offset (u, v) solves L (u, v) = (dx, dy).
            const double u = (static_cast<double>(column) / image.side - p[MeanX]) / l11;
            const double v = (dy - l21 * u) / l22;
            const double shape = std::exp(-0.5 * (u * u + v * v));
            const double error = p[Peak] * shape - *value++;
            sum += error * error;
            const double common = error * p[Peak] * shape;
            gradient[Peak] += error * shape;
            // −½ d(u² + v²): with dv = (… − l21 du) / l22
            const double viaU = u - v * l21 / l22;
            gradient[MeanX] += common * viaU / l11;
            gradient[MeanY] += common * v / l22;
            gradient[LogL11] += common * viaU * u;
            gradient[L21] += common * v * u / l22;
            gradient[LogL22] += common * v * v;
        }
    }
    const double pixels = static_cast<double>(image.values.size());
    for (double& component : gradient)
        component *= 2 / pixels;
    return sum / pixels;
}

/// Mean and spread of the light within `reach` units of (x, y), above the level of the image's border.
std::vector<double> momentStart(const Pixels& image, double x, double y, double reach) {
    std::vector<double> sorted = image.values;
    const auto quarter = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4);
    std::nth_element(sorted.begin(), quarter, sorted.end());
    const double ground = *quarter;
    double sum = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0, peak = 0;
    for (int64_t row = 0; row < image.height; ++row)
        for (int64_t column = 0; column < image.width; ++column) {
            const double dx = static_cast<double>(column) / image.side - x,
                         dy = static_cast<double>(row) / image.side - y;
            const double value = image.values[static_cast<size_t>(row * image.width + column)];
            if (dx * dx + dy * dy > reach * reach || value <= ground)
                continue;
            const double weight = value - ground;
            sum += weight;
            sx += weight * dx;
            sy += weight * dy;
            sxx += weight * dx * dx;
            sxy += weight * dx * dy;
            syy += weight * dy * dy;
            peak = std::max(peak, value);
        }
    if (sum <= 0)
        return {image.values[sorted.size() / 2], x, y, std::log(0.25), 0, std::log(0.25)};
    const double mx = sx / sum, my = sy / sum;
    constexpr double least = 1e-4; // of a variance
    const double vxx = std::max(sxx / sum - mx * mx, least), vyy = std::max(syy / sum - my * my, least),
                 vxy = sxy / sum - mx * my;
    const double l11 = std::sqrt(vxx), l21 = vxy / l11;
    return {peak, x + mx, y + my, 0.5 * std::log(vxx), l21, 0.5 * std::log(std::max(vyy - l21 * l21, least))};
}

std::vector<std::vector<double>> starts(const Pixels& image) {
    const double cx = 0.5 * static_cast<double>(image.width - 1) / image.side,
                 cy = 0.5 * static_cast<double>(image.height - 1) / image.side;
    const auto brightest = std::max_element(image.values.begin(), image.values.end()) - image.values.begin();
    const double bx = static_cast<double>(brightest % image.width) / image.side,
                 by = static_cast<double>(brightest / image.width) / image.side;
    return {momentStart(image, cx, cy, 10), momentStart(image, cx, cy, 0.25),
            momentStart(image, bx, by, 0.12)};
}

Pixels pixelsOf(const Array& image) {
    if (image.rank() != 2 || image.empty())
        throw std::invalid_argument("a Gaussian is fitted to an image [H,W]");
    Pixels pixels;
    pixels.height = image.dim(0);
    pixels.width = image.dim(1);
    pixels.side = static_cast<double>(std::max<int64_t>(1, std::min(pixels.height, pixels.width)));
    const Array whole = image.contiguousCopy();
    for (const float value : whole.values()) {
        if (!std::isfinite(value))
            throw UsageError("", "a pixel of the image is not finite, so no Gaussian can be fitted",
                             "leave such images out");
        pixels.values.push_back(static_cast<double>(value));
    }
    return pixels;
}

} // namespace

GaussianFit fitGaussian(const Array& image) {
    const Pixels pixels = pixelsOf(image);
    const auto function = [&](const std::vector<double>& p, std::vector<double>& gradient) {
        return meanSquaredError(pixels, p, gradient);
    };
    MinimiseReport best;
    bool found = false;
    for (std::vector<double>& start : starts(pixels)) {
        MinimiseReport fit =
            minimiseBfgs(function, std::move(start), {.iterations = 300, .gradientTolerance = 1e-9});
        if (!found || fit.value < best.value)
            best = std::move(fit);
        found = true;
    }
    const std::vector<double>& p = best.x;
    GaussianFit fit;
    fit.x = p[MeanX] * pixels.side;
    fit.y = p[MeanY] * pixels.side;
    fit.l11 = std::exp(p[LogL11]) * pixels.side;
    fit.l21 = p[L21] * pixels.side;
    fit.l22 = std::exp(p[LogL22]) * pixels.side;
    fit.scale = p[Peak] * 2 * pi * fit.l11 * fit.l22;
    fit.squaredError = best.value * static_cast<double>(pixels.values.size());
    fit.converged = best.converged;
    return fit;
}

Array drawGaussian(const GaussianFit& fit, int64_t height, int64_t width) {
    Array image({height, width});
    const double peak = fit.scale / (2 * pi * fit.l11 * fit.l22);
    for (int64_t row = 0; row < height; ++row)
        for (int64_t column = 0; column < width; ++column) {
            const double u = (static_cast<double>(column) - fit.x) / fit.l11;
            const double v = (static_cast<double>(row) - fit.y - fit.l21 * u) / fit.l22;
            image.at(row, column) = static_cast<float>(peak * std::exp(-0.5 * (u * u + v * v)));
        }
    return image;
}

double sharedVarianceLogLikelihood(double squaredError, int64_t pixels) {
    const double count = static_cast<double>(pixels);
    // An exact fit would have an infinite likelihood; no float image is known better than this.
    const double variance = std::max(squaredError / count, 1e-14);
    return -0.5 * count * (std::log(2 * pi * variance) + squaredError / count / variance);
}

} // namespace galatea
