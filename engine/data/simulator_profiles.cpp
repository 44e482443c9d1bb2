#include "data/simulator_profiles.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace galatea::simulation {

namespace {
constexpr double pi = std::numbers::pi;

/// P(a, x) by its series, for x < a + 1.
double gammaSeries(double a, double x) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < 500 && term > sum * 1e-15; ++n) {
        term *= x / (a + n);
        sum += term;
    }
    return sum * std::exp(-x + a * std::log(x) - std::lgamma(a));
}

/// 1 − P(a, x) by Lentz's continued fraction, for x ≥ a + 1.
double gammaFraction(double a, double x) {
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int n = 1; n < 500; ++n) {
        const double numerator = -n * (n - a);
        b += 2;
        d = 1 / (numerator * d + b);
        c = b + numerator / c;
        const double factor = c * d;
        h *= factor;
        if (std::abs(factor - 1) < 1e-15)
            break;
    }
    return h * std::exp(-x + a * std::log(x) - std::lgamma(a));
}
} // namespace

double incompleteGamma(double a, double x) {
    if (x <= 0)
        return 0;
    return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
}

double sersicB(double n) {
    return 2 * n - 1.0 / 3 + 4 / (405 * n) + 46 / (25515 * n * n) + 131 / (1148175 * n * n * n);
}

SersicProfile::SersicProfile(double index, double effectiveRadius, double axisRatio)
    : index_(index), b_(sersicB(index)), inverseRadiusSquared_(1 / (effectiveRadius * effectiveRadius)),
      halfPower_(0.5 / index) {
    const double total = 2 * pi * index * std::exp(std::lgamma(2 * index) - 2 * index * std::log(b_)) *
                         effectiveRadius * effectiveRadius * axisRatio;
    peak_ = 1 / total;
}

double SersicProfile::operator()(double radiusSquared) const {
    const auto scaled = static_cast<float>(radiusSquared * inverseRadiusSquared_);
    return peak_ * std::exp(static_cast<float>(-b_) * std::pow(scaled, static_cast<float>(halfPower_)));
}

double SersicProfile::enclosed(double radius) const {
    const double scaled = radius * radius * inverseRadiusSquared_;
    return incompleteGamma(2 * index_, b_ * std::pow(scaled, halfPower_));
}

PointSpread::PointSpread(double fullWidth) {
    // Nodes and weights of generalised Gauss–Laguerre quadrature, weight t e^−t.
    constexpr double nodes[] = {0.7432919280, 2.5716350076, 5.7311787517, 10.9538943127};
    constexpr double weights[] = {0.4468705932, 0.4776357724, 0.0741777847, 0.0013158497};
    const double alpha = fullWidth / (2 * std::sqrt(std::cbrt(2.0) - 1));
    for (size_t part = 0; part < parts.size(); ++part)
        parts[part] = {weights[part], alpha / std::sqrt(2 * nodes[part])};
}

Plane::Plane(int64_t size, int64_t margin)
    : size_(size), margin_(margin),
      values_(static_cast<size_t>((size + 2 * margin) * (size + 2 * margin)), 0.f) {}

double Plane::sum() const {
    return std::accumulate(values_.begin(), values_.end(), 0.0);
}

namespace {
/// Integral of the profile over a square cell by repeated division near the cusp.
struct CellIntegral {
    const SersicProfile& profile;
    const Placement& place;

    double brightness(double dx, double dy) const {
        const double major = dx * place.cosine + dy * place.sine;
        const double minor = (dy * place.cosine - dx * place.sine) / place.axisRatio;
        return profile(major * major + minor * minor);
    }

    double over(double dx, double dy, double side, int depth) const {
        const double distance = std::max(std::abs(dx), std::abs(dy));
        if (depth == 0 || distance > 6 * side)
            return brightness(dx, dy) * side * side;
        const double q = side / 4;
        const int deeper = distance > 2 * side ? 0 : depth - 1;
        return over(dx - q, dy - q, side / 2, deeper) + over(dx + q, dy - q, side / 2, deeper) +
               over(dx - q, dy + q, side / 2, deeper) + over(dx + q, dy + q, side / 2, deeper);
    }
};

struct Box {
    int64_t x0, x1, y0, y1;
};

Box boxAround(const Plane& plane, double x, double y, double reach) {
    const auto clamp = [&](double value) {
        return static_cast<int64_t>(
            std::clamp(value, static_cast<double>(plane.begin()), static_cast<double>(plane.end())));
    };
    return {clamp(std::floor(x - reach)), clamp(std::ceil(x + reach) + 1), clamp(std::floor(y - reach)),
            clamp(std::ceil(y + reach) + 1)};
}

/// Share of a unit Gaussian in each pixel of [begin, end).
void pixelShares(double centre, double sigma, int64_t begin, int64_t end, std::vector<double>& shares) {
    shares.clear();
    const double scale = 1 / (sigma * std::numbers::sqrt2);
    double before = std::erf((static_cast<double>(begin) - 0.5 - centre) * scale);
    for (int64_t pixel = begin; pixel < end; ++pixel) {
        const double after = std::erf((static_cast<double>(pixel) + 0.5 - centre) * scale);
        shares.push_back(0.5 * (after - before));
        before = after;
    }
}

std::vector<float> gaussianKernel(double sigma) {
    const auto reach = static_cast<int64_t>(std::ceil(3.6 * sigma));
    std::vector<float> kernel;
    double sum = 0;
    for (int64_t offset = -reach; offset <= reach; ++offset)
        sum += std::exp(-0.5 * static_cast<double>(offset * offset) / (sigma * sigma));
    for (int64_t offset = -reach; offset <= reach; ++offset)
        kernel.push_back(static_cast<float>(
            std::exp(-0.5 * static_cast<double>(offset * offset) / (sigma * sigma)) / sum));
    return kernel;
}

/// out[y][x] += weight · Σ kernel · in, first along the rows, then along the columns; zero outside.
void accumulateBlurred(const std::vector<float>& in, int64_t side, const PointSpread::Gaussian& part,
                       std::vector<float>& scratch, std::vector<float>& out) {
    const auto kernel = gaussianKernel(part.sigma);
    const auto reach = static_cast<int64_t>(kernel.size() / 2);
    std::fill(scratch.begin(), scratch.end(), 0.f);
    for (int64_t y = 0; y < side; ++y)
        for (int64_t k = -reach; k <= reach; ++k) {
            const float value = kernel[static_cast<size_t>(k + reach)];
            const int64_t begin = std::max<int64_t>(0, -k), end = std::min(side, side - k);
            const float* source = in.data() + y * side + k;
            float* target = scratch.data() + y * side;
            for (int64_t x = begin; x < end; ++x)
                target[x] += value * source[x];
        }
    for (int64_t y = 0; y < side; ++y)
        for (int64_t k = std::max(-reach, -y); k <= std::min(reach, side - 1 - y); ++k) {
            const float value = static_cast<float>(part.weight) * kernel[static_cast<size_t>(k + reach)];
            const float* source = scratch.data() + (y + k) * side;
            float* target = out.data() + y * side;
            for (int64_t x = 0; x < side; ++x)
                target[x] += value * source[x];
        }
}
} // namespace

void addSersic(Plane& plane, const SersicProfile& profile, const Placement& place, double flux,
               double reach) {
    const CellIntegral cell{profile, place};
    const Box box = boxAround(plane, place.x, place.y, reach);
    for (int64_t y = box.y0; y < box.y1; ++y) {
        float* row = plane.row(y);
        const double dy = static_cast<double>(y) - place.y;
        for (int64_t x = box.x0; x < box.x1; ++x)
            row[x] += static_cast<float>(flux * cell.over(static_cast<double>(x) - place.x, dy, 1, 6));
    }
}

void addGaussian(Plane& plane, double x, double y, double sigma, double flux) {
    thread_local std::vector<double> across, down;
    const Box box = boxAround(plane, x, y, 4.5 * sigma + 0.5);
    pixelShares(x, sigma, box.x0, box.x1, across);
    pixelShares(y, sigma, box.y0, box.y1, down);
    for (int64_t row = box.y0; row < box.y1; ++row) {
        float* target = plane.row(row);
        const double share = flux * down[static_cast<size_t>(row - box.y0)];
        for (int64_t column = box.x0; column < box.x1; ++column)
            target[column] += static_cast<float>(share * across[static_cast<size_t>(column - box.x0)]);
    }
}

void addPoint(Plane& plane, const PointSpread& spread, double x, double y, double flux) {
    for (const auto& part : spread.parts)
        addGaussian(plane, x, y, part.sigma, flux * part.weight);
}

void convolve(Plane& plane, const PointSpread& spread) {
    thread_local std::vector<float> scratch;
    thread_local std::vector<float> result;
    scratch.assign(plane.values().size(), 0.f);
    result.assign(plane.values().size(), 0.f);
    for (const auto& part : spread.parts)
        accumulateBlurred(plane.values(), plane.stride(), part, scratch, result);
    plane.values().swap(result);
}

} // namespace galatea::simulation
