#include "mixture/membership.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace galatea {

Array scaledResponsibilities(const Array& jointLogProbability, double range) {
    const int64_t rows = jointLogProbability.dim(0), components = jointLogProbability.dim(1);
    Array result({rows, components});
    if (result.empty())
        return result;
    const auto values = jointLogProbability.values();
    const auto [lowest, highest] = std::ranges::minmax(values);
    const double low = static_cast<double>(lowest), span = static_cast<double>(highest) - low;
    std::vector<double> weights(static_cast<size_t>(components));
    for (int64_t n = 0; n < rows; ++n) {
        double sum = 0, most = 0;
        for (int64_t k = 0; k < components; ++k)
            most = std::max(most, static_cast<double>(jointLogProbability.at(n, k)) - low);
        for (int64_t k = 0; k < components; ++k) {
            const double unit = (static_cast<double>(jointLogProbability.at(n, k)) - low - most) / span;
            sum += weights[static_cast<size_t>(k)] = span > 0 ? std::exp(range * unit) : 1;
        }
        for (int64_t k = 0; k < components; ++k)
            result.at(n, k) = static_cast<float>(weights[static_cast<size_t>(k)] / sum);
    }
    return result;
}

std::vector<int64_t> populations(std::span<const int64_t> component, int64_t components) {
    std::vector<int64_t> counts(static_cast<size_t>(components), 0);
    for (const int64_t k : component)
        ++counts.at(static_cast<size_t>(k));
    return counts;
}

ProbabilityCut cutAt(const Array& responsibility, double probability) {
    ProbabilityCut cut;
    cut.probability = probability;
    cut.counts.assign(static_cast<size_t>(responsibility.dim(1)), 0);
    for (int64_t n = 0; n < responsibility.dim(0); ++n) {
        bool any = false;
        for (int64_t k = 0; k < responsibility.dim(1); ++k) {
            const bool passes = static_cast<double>(responsibility.at(n, k)) >= probability;
            cut.counts[static_cast<size_t>(k)] += passes;
            any = any || passes;
        }
        cut.objects += any;
    }
    return cut;
}

Array overlapMatrix(const Array& responsibility, std::span<const int64_t> component) {
    const int64_t components = responsibility.dim(1);
    if (static_cast<int64_t>(component.size()) != responsibility.dim(0))
        throw std::invalid_argument("an overlap needs one component for each row");
    const std::vector<int64_t> counts = populations(component, components);
    std::vector<double> sums(static_cast<size_t>(components * components), 0.0);
    for (int64_t n = 0; n < responsibility.dim(0); ++n)
        for (int64_t k = 0; k < components; ++k)
            sums[static_cast<size_t>(component[static_cast<size_t>(n)] * components + k)] +=
                static_cast<double>(responsibility.at(n, k));
    Array matrix({components, components});
    for (int64_t j = 0; j < components; ++j)
        for (int64_t k = 0; k < components; ++k) {
            const auto count = static_cast<double>(counts[static_cast<size_t>(j)]);
            matrix.at(j, k) = count > 0
                                  ? static_cast<float>(sums[static_cast<size_t>(j * components + k)] / count)
                                  : std::numeric_limits<float>::quiet_NaN();
        }
    return matrix;
}

std::vector<int64_t> secondLabels(const Array& responsibility, std::span<const int64_t> among) {
    if (among.empty() ||
        std::ranges::any_of(among, [&](int64_t k) { return k < 0 || k >= responsibility.dim(1); }))
        throw std::invalid_argument("second labels need components of the mixture");
    std::vector<int64_t> labels;
    for (int64_t n = 0; n < responsibility.dim(0); ++n)
        labels.push_back(
            *std::ranges::max_element(among, {}, [&](int64_t k) { return responsibility.at(n, k); }));
    return labels;
}

} // namespace galatea
