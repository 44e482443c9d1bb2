#include "mixture/merging.h"

#include <algorithm>
#include <stdexcept>

#include "mixture/row_blocks.h"

namespace galatea {

namespace {

/// The number of merged components. Throws unless `into` numbers them without gaps.
int64_t mergedCount(const std::vector<int64_t>& into, int64_t components) {
    if (static_cast<int64_t>(into.size()) != components || into.empty())
        throw std::invalid_argument("merging needs one number for each component");
    const int64_t count = 1 + *std::max_element(into.begin(), into.end());
    std::vector<bool> used(static_cast<size_t>(std::clamp<int64_t>(count, 0, components)), false);
    for (const int64_t k : into)
        if (k >= 0 && k < static_cast<int64_t>(used.size()))
            used[static_cast<size_t>(k)] = true;
    const bool sound = count <= components && *std::min_element(into.begin(), into.end()) >= 0;
    if (!sound || std::find(used.begin(), used.end(), false) != used.end())
        throw std::invalid_argument("merged components are numbered from 0 without gaps");
    return count;
}

/// Adds a part's second moment about the merged mean, times its share of the merged component.
void addSpread(const GaussianMixture& mixture, size_t part, double share, const double* centre, double* sum) {
    const auto dims = static_cast<size_t>(mixture.dimensions);
    const double* mean = mixture.means.data() + part * dims;
    for (size_t i = 0; i < dims; ++i)
        for (size_t j = 0; j < dims; ++j) {
            const double own = !mixture.covariances.empty()
                                   ? mixture.covariances[(part * dims + i) * dims + j]
                                   : (i == j ? mixture.variances[part * dims + i] : 0);
            sum[i * dims + j] += share * (own + (mean[i] - centre[i]) * (mean[j] - centre[j]));
        }
}

} // namespace

GaussianMixture mergedMixture(const GaussianMixture& mixture, const std::vector<int64_t>& into) {
    GaussianMixture merged;
    merged.components = mergedCount(into, mixture.components);
    merged.dimensions = mixture.dimensions;
    if (merged.components == mixture.components) { // the same ones, perhaps in another order
        std::vector<int64_t> order(into.size());
        for (size_t k = 0; k < into.size(); ++k)
            order[static_cast<size_t>(into[k])] = static_cast<int64_t>(k);
        return restrictedMixture(mixture, order);
    }
    const auto count = static_cast<size_t>(merged.components), dims = static_cast<size_t>(merged.dimensions);
    merged.weights.assign(count, 0);
    merged.means.assign(count * dims, 0);
    merged.variances.assign(count * dims, 0);
    merged.covariances.assign(count * dims * dims, 0);
    for (size_t k = 0; k < into.size(); ++k)
        merged.weights[static_cast<size_t>(into[k])] += mixture.weights[k];
    const auto share = [&](size_t k) {
        return mixture.weights[k] / merged.weights[static_cast<size_t>(into[k])];
    };
    for (size_t k = 0; k < into.size(); ++k)
        for (size_t d = 0; d < dims; ++d)
            merged.means[static_cast<size_t>(into[k]) * dims + d] += share(k) * mixture.means[k * dims + d];
    for (size_t k = 0; k < into.size(); ++k) {
        const auto at = static_cast<size_t>(into[k]);
        addSpread(mixture, k, share(k), merged.means.data() + at * dims,
                  merged.covariances.data() + at * dims * dims);
    }
    for (size_t k = 0; k < count; ++k)
        for (size_t d = 0; d < dims; ++d)
            merged.variances[k * dims + d] = merged.covariances[(k * dims + d) * dims + d];
    return merged;
}

Array mergedResponsibilities(const Array& responsibility, const std::vector<int64_t>& into) {
    const int64_t count = mergedCount(into, responsibility.dim(1));
    const Array rows = responsibility.contiguousCopy();
    Array merged({rows.dim(0), count});
    float* const sums = merged.data();
    forEachBlock(RowBlocks(rows.dim(0)), {}, [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            for (size_t k = 0; k < into.size(); ++k)
                sums[row * count + into[k]] += rows.data()[row * rows.dim(1) + static_cast<int64_t>(k)];
    });
    return merged;
}

} // namespace galatea
