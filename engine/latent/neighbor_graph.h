#pragma once
// The k nearest neighbours of every row, exact or by an index with measured recall (faiss).

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {

struct NeighborGraph {
    int64_t rows = 0, k = 0;
    std::vector<int32_t> index; ///< [rows,k] nearest first, the row itself left out; −1 where there are fewer
    std::vector<float> distance; ///< [rows,k] Euclidean; infinite where there is none
    std::string method;          ///< "exact" or "inverted lists"
    double recall = 1;           ///< share of the true k found, of up to 1000 rows; 1 if exact
};

struct NeighborGraphOptions {
    std::string method =
        "auto";              ///< "exact", "inverted-lists", or by the data's size: exact up to `exactWork`
    double exactWork = 1e10; ///< rows² × dimensions that are still compared one by one
    double recall = 0.95;    ///< lists are added to the search until it reaches this
    uint64_t seed = 1;
};

/// z [N,D] finite, N ≥ 2; k is lowered to N−1. Throws UsageError for other shapes, Interrupted on stop.
NeighborGraph buildNeighborGraph(const Array& z, int64_t k, const NeighborGraphOptions& options = {},
                                 const StopToken& stop = {}, ProgressSink& progress = silentProgress());

} // namespace galatea
