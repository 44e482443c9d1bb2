#include "anomaly/separation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/error.h"

namespace galatea {

namespace {

std::vector<double> finiteSorted(std::span<const double> values) {
    std::vector<double> sorted;
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
                 [](double v) { return std::isfinite(v); });
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

double quantile(const std::vector<double>& sorted, double fraction) {
    const double place = fraction * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

RegionThresholds proposedThresholds(std::span<const double> normal, std::span<const double> strange) {
    const std::vector<double> inside = finiteSorted(normal), outside = finiteSorted(strange);
    if (inside.empty())
        throw UsageError("", "no object of the normal class has a score", "name a class that the data has");
    RegionThresholds thresholds = outside.empty()
                                      ? RegionThresholds{quantile(inside, 0.5), quantile(inside, 0.8),
                                                         quantile(inside, 0.95), quantile(inside, 0.99)}
                                      : RegionThresholds{quantile(outside, 0.05), quantile(outside, 0.2),
                                                         quantile(inside, 0.8), quantile(inside, 0.95)};
    std::sort(thresholds.begin(), thresholds.end());
    return thresholds;
}

double RegionTally::accuracy() const {
    return right + wrong > 0 ? static_cast<double>(right) / static_cast<double>(right + wrong)
                             : std::numeric_limits<double>::quiet_NaN();
}

RegionTally tally(std::span<const double> scores, std::span<const uint8_t> strange,
                  const RegionThresholds& thresholds) {
    if (scores.size() != strange.size())
        throw std::invalid_argument("scores and classes differ in number");
    RegionTally result;
    for (size_t i = 0; i < scores.size(); ++i) {
        const double region = regionLabel(scores[i], thresholds);
        if (!std::isfinite(region))
            continue;
        ++result.regions[region];
        if (region == 0.5)
            ++result.undecided;
        else
            ++((region > 0.5) == (strange[i] != 0) ? result.right : result.wrong);
    }
    return result;
}

EmbeddingSpread embeddingSpread(const Array& embeddings) {
    if (embeddings.rank() != 2 || embeddings.empty())
        throw std::invalid_argument("the spread is that of embeddings [N,D]");
    const int64_t count = embeddings.dim(0), dimensions = embeddings.dim(1);
    EmbeddingSpread spread;
    std::vector<double> variances;
    for (int64_t d = 0; d < dimensions; ++d) {
        double sum = 0, squares = 0;
        for (int64_t n = 0; n < count; ++n)
            sum += static_cast<double>(embeddings.at(n, d));
        const double mean = sum / static_cast<double>(count);
        for (int64_t n = 0; n < count; ++n)
            squares += std::pow(static_cast<double>(embeddings.at(n, d)) - mean, 2);
        variances.push_back(squares / static_cast<double>(count));
        spread.variance += variances.back() / static_cast<double>(dimensions);
        spread.meanSquare += (variances.back() + mean * mean) / static_cast<double>(dimensions);
    }
    const auto [least, most] = std::minmax_element(variances.begin(), variances.end());
    spread.smallestVariance = *least;
    for (const double variance : variances)
        spread.effectiveDimensions += *most > 0 && variance > 1e-3 * *most ? 1 : 0;
    return spread;
}

} // namespace galatea
