#pragma once
// K-means with everything the mixture's start needs, in double precision.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/random.h"
#include "core/stop_token.h"

namespace galatea {

struct Clusters {
    int64_t count = 0, dims = 0;
    std::vector<double> centres; ///< [K,D]
    std::vector<int32_t> label;  ///< [N] nearest centre, the first on ties
    double inertia = 0;          ///< Σ squared distances of the rows to their centres
    int64_t iterations = 0;
};

/// k-means++ seeding (Arthur & Vassilvitskii 2007), the best of a few candidates each time, then Lloyd's
/// iterations until no label changes or the centres' squared movement falls below 1e-4 of the data's mean
/// variance. z [N,D] contiguous and finite, N ≥ clusters.
Clusters findClusters(const Array& z, int64_t clusters, RandomStream& random, int64_t maxIterations,
                      const StopToken& stop);

} // namespace galatea
