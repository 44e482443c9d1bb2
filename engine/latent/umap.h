#pragma once
// Uniform manifold approximation and projection: L. McInnes, J. Healy, J. Melville (arXiv:1802.03426).

#include <cstdint>
#include <string>

#include "core/array.h"
#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "latent/affinities.h"
#include "latent/tsne.h"

namespace galatea {

struct UmapOptions {
    int64_t dims = 2;               ///< 2 or 3
    int64_t neighbors = 15;         ///< with the object itself, as in the paper
    double minDistance = 0.1;       ///< points of a clump come this near, map units
    double spread = 1;              ///< scale of the map
    int64_t epochs = 0;             ///< 0: 500 up to 10,000 objects, else 200
    int64_t negatives = 5;          ///< random others that repel for each neighbour that attracts
    double learningRate = 1;        ///< falls linearly to 0
    double repulsion = 1;           ///< weight of the negatives
    std::string start = "spectral"; ///< or "pca", "random"
    int64_t every = 5;              ///< epochs between two intermediate maps
};

OptionSet describe(UmapOptions& options);

struct UmapReport {
    Array map; ///< [N,dims], mean 0
    double neighborRecall = 1;
    std::string neighborMethod;
    double neighborSeconds = 0, startSeconds = 0, layoutSeconds = 0;
};

/// z [N,D] finite, N ≥ 4. Seeded: the same seed gives the same map whatever the number of threads.
/// Throws UsageError, Interrupted on stop.
UmapReport fitUmap(const Array& z, const UmapOptions& options, uint64_t seed, const StopToken& stop = {},
                   ProgressSink& progress = silentProgress(), const MapCallback& shown = {});

/// The fuzzy graph: w_{j|i} = exp(−max(0, d_ij − ρ_i) / σ_i) with ρ_i the distance to the nearest other and
/// σ_i such that the weights sum to log2(k + 1); joined by a + b − ab. `graph` has k neighbours, the object
/// itself left out.
SparseMatrix fuzzyGraph(const NeighborGraph& graph);

/// a, b of 1 / (1 + a x^{2b}), fitted by least squares to 1 below `minDistance` and exp(−(x − minDistance) /
/// spread) beyond.
struct UmapCurve {
    double a = 1, b = 1;
};
UmapCurve fitUmapCurve(double minDistance, double spread);

} // namespace galatea
