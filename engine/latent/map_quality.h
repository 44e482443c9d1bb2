#pragma once
// How much of the latents' neighbourhoods a map keeps.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {

/// Figures for neighbourhoods of k; each 1 where the map keeps them wholly. Means over the sampled rows.
struct NeighborhoodFigures {
    int64_t k = 0;
    double preservation =
        0; ///< share of a row's k nearest in the latents that are among its k nearest on the map
    double trustworthiness =
        0; ///< Venna & Kaski 2001: neighbours on the map that are far in the latents count against it
    double continuity = 0; ///< ibid.: neighbours in the latents that are far on the map
};

struct MapQuality {
    std::vector<NeighborhoodFigures> neighborhoods;
    double distanceCorrelation = 0; ///< Spearman's ρ of the distances between sampled rows: the map at large
    std::vector<int64_t> rows;      ///< those sampled, ascending
};

struct MapQualityOptions {
    std::vector<int64_t> neighbors{15}; ///< k; lowered to what N allows: trustworthiness needs 3k < 2N − 1
    int64_t sample = 2000; ///< rows whose neighbourhoods are looked at, each among all; 0: every one
    uint64_t seed = 1;     ///< of the sample
};

/// z [N,D] and map [N,2|3], finite, N ≥ 4. Neighbours are exact; a row is not its own. Throws UsageError for
/// other shapes, Interrupted on stop.
MapQuality mapQuality(const Array& z, const Array& map, const MapQualityOptions& options,
                      const StopToken& stop = {}, ProgressSink& progress = silentProgress());

/// Share of the sampled rows whose class is that of most of their k nearest rows in `points` [N,D] (the
/// nearer majority on ties): how well neighbours tell the class. Rows of class −1 have none and are left out
/// on both sides.
double neighborClassAccuracy(const Array& points, const std::vector<int64_t>& classes, int64_t k,
                             const std::vector<int64_t>& rows, const StopToken& stop = {});

} // namespace galatea
