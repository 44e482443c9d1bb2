#include "latent/traversal.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.h"
#include "mixture/row_blocks.h"
#include "mixture/row_tiles.h"

namespace galatea {

namespace {

/// `values` sorted. Linear between the two nearest ranks.
double percentile(const std::vector<float>& values, double percent) {
    const double place = percent / 100 * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const double low = values[below], high = values[std::min(below + 1, values.size() - 1)];
    return low + (high - low) * (place - static_cast<double>(below));
}

LatentRange rangeOf(std::vector<float> values) {
    std::sort(values.begin(), values.end());
    const auto count = static_cast<double>(values.size());
    LatentRange range;
    range.min = values.front();
    range.max = values.back();
    range.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const float value : values)
        squares += (value - range.mean) * (value - range.mean);
    range.deviation = std::sqrt(squares / count);
    for (int percent = 0; percent <= 100; ++percent)
        range.percentiles.push_back(percentile(values, percent));
    return range;
}

void requirePoint(const Array& point, const char* subject) {
    if (point.rank() != 1 || point.size() == 0)
        throw UsageError(subject, "it is not one latent vector", "give one value per latent variable");
    const Array values = point.contiguousCopy();
    for (const float value : values.values())
        if (!std::isfinite(value))
            throw UsageError(subject, "it has a value that is not finite", "start from another point");
}

/// Both ends exact; a single step is the middle.
double stepValue(double low, double high, int64_t step, int64_t steps) {
    if (steps == 1)
        return 0.5 * (low + high);
    if (step == steps - 1)
        return high;
    return low + (high - low) * static_cast<double>(step) / static_cast<double>(steps - 1);
}

} // namespace

std::vector<LatentRange> latentRanges(const Array& z) {
    requireFiniteRows(z);
    if (z.dim(0) == 0)
        throw UsageError("latents", "there are none", "embed some images first");
    std::vector<LatentRange> ranges(static_cast<size_t>(z.dim(1)));
    forEachBlock(RowBlocks(z.dim(1), 1), {}, [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t d = begin; d < end; ++d) {
            std::vector<float> values(static_cast<size_t>(z.dim(0)));
            for (int64_t n = 0; n < z.dim(0); ++n)
                values[static_cast<size_t>(n)] = z.at(n, d);
            ranges[static_cast<size_t>(d)] = rangeOf(std::move(values));
        }
    });
    return ranges;
}

Traversal traverse(const Array& start, const std::vector<int64_t>& dims, const std::vector<double>& low,
                   const std::vector<double>& high, int64_t steps) {
    requirePoint(start, "start");
    if (low.size() != dims.size() || high.size() != dims.size())
        throw UsageError("traversal", "the ranges do not match the latents", "give one range per latent");
    if (steps < 1)
        throw UsageError("traversal", "it has no steps", "ask for at least 1");
    const int64_t size = start.dim(0);
    Traversal result{Array({static_cast<int64_t>(dims.size()) * steps, size}), dims, steps, {}};
    int64_t row = 0;
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] < 0 || dims[i] >= size)
            throw UsageError("traversal", "there is no latent " + std::to_string(dims[i]),
                             "choose from 0 to " + std::to_string(size - 1));
        if (!std::isfinite(low[i]) || !std::isfinite(high[i]))
            throw UsageError("traversal", "a range is not finite", "give two numbers");
        for (int64_t step = 0; step < steps; ++step, ++row) {
            for (int64_t d = 0; d < size; ++d)
                result.latents.at(row, d) = start.at(d);
            result.values.push_back(stepValue(low[i], high[i], step, steps));
            result.latents.at(row, dims[i]) = static_cast<float>(result.values.back());
        }
    }
    return result;
}

Array interpolate(const Array& a, const Array& b, int64_t steps) {
    requirePoint(a, "first point");
    requirePoint(b, "second point");
    if (a.dim(0) != b.dim(0))
        throw UsageError("interpolation", "the two points have different dimensions",
                         "take both from the same model");
    if (steps < 2)
        throw UsageError("interpolation", "it needs both ends", "ask for at least 2 steps");
    Array result({steps, a.dim(0)});
    for (int64_t step = 0; step < steps; ++step)
        for (int64_t d = 0; d < a.dim(0); ++d)
            result.at(step, d) = static_cast<float>(stepValue(a.at(d), b.at(d), step, steps));
    return result;
}

std::vector<int64_t> orderByInfluence(const std::vector<LatentRange>& ranges) {
    std::vector<int64_t> order(ranges.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return ranges[static_cast<size_t>(a)].deviation > ranges[static_cast<size_t>(b)].deviation;
    });
    return order;
}

} // namespace galatea
