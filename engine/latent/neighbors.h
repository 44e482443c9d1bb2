#pragma once
// Exact nearest neighbours among latents (Euclidean), and how far off the data a latent lies.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/stop_token.h"

namespace galatea {

struct Neighbor {
    int64_t row = 0;
    double distance = 0; ///< Euclidean, in latent units
};

/// The k rows of z [N,D] nearest to `query` [D], nearest first, the lower row first on ties; fewer if N < k.
/// `leaveOut`: a row not to be found, e.g. the query's own; −1: none. Throws UsageError for other shapes or
/// a query that is not finite.
std::vector<Neighbor> nearestNeighbors(const Array& z, const Array& query, int64_t k, int64_t leaveOut = -1,
                                       const StopToken& stop = {});

/// The data's own spacing: the median distance from a row to its nearest other row. Of at most `sample` rows
/// spread evenly over z; each is compared with all. 0 where rows repeat; throws UsageError for N < 2.
double typicalSpacing(const Array& z, int64_t sample = 1000, const StopToken& stop = {});

/// Distance of `query` to the nearest row in units of the data's spacing: about 1 among the data, large far
/// from all of them. Infinite off data whose spacing is 0.
double distanceToData(const Array& z, const Array& query, double spacing);

} // namespace galatea
