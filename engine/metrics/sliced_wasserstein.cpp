#include "metrics/sliced_wasserstein.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace galatea {

namespace {

std::vector<double> unitVector(int64_t size, RandomStream& random) {
    std::vector<double> direction(static_cast<size_t>(size));
    double square = 0;
    for (double& component : direction) {
        component = random.normal();
        square += component * component;
    }
    for (double& component : direction)
        component /= std::sqrt(square);
    return direction;
}

std::vector<double> sortedProjections(const Array& points, const std::vector<double>& direction) {
    std::vector<double> projections;
    const int64_t columns = points.dim(1);
    for (int64_t row = 0; row < points.dim(0); ++row) {
        const float* values = points.data() + row * columns;
        double sum = 0;
        for (int64_t column = 0; column < columns; ++column)
            sum += static_cast<double>(values[column]) * direction[static_cast<size_t>(column)];
        projections.push_back(sum);
    }
    std::sort(projections.begin(), projections.end());
    return projections;
}

/// Value at the middle of the i-th of `parts` equal parts of the distribution.
double quantile(const std::vector<double>& sorted, size_t i, size_t parts) {
    const double place =
        (static_cast<double>(i) + 0.5) * static_cast<double>(sorted.size()) / static_cast<double>(parts) -
        0.5;
    const auto low = static_cast<size_t>(std::max(0.0, std::floor(place)));
    const size_t high = std::min(low + 1, sorted.size() - 1);
    const double share = std::max(0.0, place - static_cast<double>(low));
    return sorted[low] * (1 - share) + sorted[high] * share;
}

} // namespace

double slicedWasserstein(const Array& a, const Array& b, int64_t directions, uint64_t seed) {
    if (a.rank() != 2 || b.rank() != 2 || a.empty() || b.empty() || a.dim(1) != b.dim(1) || directions < 1)
        throw UsageError("sliced Wasserstein distance", "needs two tables of equal columns",
                         "give both at least one row");
    const Array first = a.contiguousCopy(), second = b.contiguousCopy();
    RandomStream random(seed, "directions");
    double sum = 0;
    for (int64_t d = 0; d < directions; ++d) {
        const std::vector<double> direction = unitVector(a.dim(1), random);
        const std::vector<double> x = sortedProjections(first, direction),
                                  y = sortedProjections(second, direction);
        const size_t parts = std::min(x.size(), y.size());
        for (size_t i = 0; i < parts; ++i)
            sum += std::pow(quantile(x, i, parts) - quantile(y, i, parts), 2) / static_cast<double>(parts);
    }
    return std::sqrt(sum / static_cast<double>(directions));
}

} // namespace galatea
