#include "mixture/membership.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "mixture/row_blocks.h"

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
    const Array rows = responsibility.contiguousCopy();
    const auto components = static_cast<size_t>(rows.dim(1));
    const RowBlocks blocks(rows.dim(0));
    ProbabilityCut cut{probability, std::vector<int64_t>(components, 0), 0};
    std::vector<ProbabilityCut> parts(static_cast<size_t>(blocks.count()), cut);
    forEachBlock(blocks, {}, [&](int64_t block, int64_t begin, int64_t end) {
        ProbabilityCut& part = parts[static_cast<size_t>(block)];
        const float* row = rows.data() + begin * rows.dim(1);
        for (int64_t n = begin; n < end; ++n, row += components) {
            bool any = false;
            for (size_t k = 0; k < components; ++k) {
                const bool passes = static_cast<double>(row[k]) >= probability;
                part.counts[k] += passes;
                any = any || passes;
            }
            part.objects += any;
        }
    });
    for (const ProbabilityCut& part : parts) {
        cut.objects += part.objects;
        for (size_t k = 0; k < components; ++k)
            cut.counts[k] += part.counts[k];
    }
    return cut;
}

std::vector<int64_t> membersOf(const Array& responsibility, std::span<const int64_t> components,
                               double probability) {
    const Array rows = responsibility.contiguousCopy();
    const RowBlocks blocks(rows.dim(0));
    std::vector<std::vector<int64_t>> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, {}, [&](int64_t block, int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
            const float* row = rows.data() + n * rows.dim(1);
            if (std::ranges::any_of(components,
                                    [&](int64_t k) { return static_cast<double>(row[k]) >= probability; }))
                parts[static_cast<size_t>(block)].push_back(n);
        }
    });
    std::vector<int64_t> members;
    for (const std::vector<int64_t>& part : parts)
        members.insert(members.end(), part.begin(), part.end());
    return members;
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
