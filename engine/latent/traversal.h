#pragma once
// One latent at a time between two values, the others at the start point; straight paths between points.

#include <cstdint>
#include <vector>

#include "core/array.h"

namespace galatea {

/// Spread of each latent over a data set, for sliders and traversals.
struct LatentRange {
    double min = 0, max = 0, mean = 0, deviation = 1;
    std::vector<double> percentiles; ///< at 0, 1, 2 … 100 %
};
std::vector<LatentRange> latentRanges(const Array& z); ///< z [N,D] → D entries

struct Traversal {
    Array latents; ///< [dims·steps, D], steps of one latent beside each other
    std::vector<int64_t> dims;
    int64_t steps = 0;
    std::vector<double> values; ///< [dims·steps] value of the moved latent
};

/// start [D]; low and high give each moved latent's ends, one per entry of dims.
Traversal traverse(const Array& start, const std::vector<int64_t>& dims, const std::vector<double>& low,
                   const std::vector<double>& high, int64_t steps);

/// `steps` points on the straight line from a to b, both included. a, b [D] → [steps,D].
Array interpolate(const Array& a, const Array& b, int64_t steps);

/// Latents ordered by how much they matter: standard deviation of the means over the data (for a VAE an
/// unused latent has means near 0). Largest first.
std::vector<int64_t> orderByInfluence(const std::vector<LatentRange>& ranges);

} // namespace galatea
