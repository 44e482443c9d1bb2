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

/// The nearest rows of many queries, nearest first; a row of −1 and no distance where values are no numbers.
struct NearestRows {
    int64_t k = 0;
    std::vector<float> squared;                      ///< [queries,k]
    std::vector<int64_t> row;                        ///< [queries,k]
    double distance(int64_t query, int64_t j) const; ///< Euclidean
    int64_t rowOf(int64_t query, int64_t j) const { return row[static_cast<size_t>(query * k + j)]; }
};

/// The k ≤ N rows [N,D] nearest to each of the queries [M,D], both without gaps, by comparison with every row
/// on the tensor library's threads: no index to build, nothing copied. Throws UsageError for other shapes,
/// Interrupted on stop.
NearestRows nearestRows(const Array& rows, const Array& queries, int64_t k, const StopToken& stop = {});

/// The data's own spacing: the median distance from a row to its nearest other row. Of at most `sample` rows
/// spread evenly over z; each is compared with all. 0 where rows repeat; throws UsageError for N < 2.
double typicalSpacing(const Array& z, int64_t sample = 1000, const StopToken& stop = {});

/// Distance of `query` to the nearest row in units of the data's spacing: about 1 among the data, large far
/// from all of them. Infinite off data whose spacing is 0.
double distanceToData(const Array& z, const Array& query, double spacing);

} // namespace galatea
