#pragma once
// t-distributed stochastic neighbour embedding: a map in which near neighbours stay near.
// L. van der Maaten & G. Hinton (JMLR 9, 2008); PCA start and learning rate N / 12: D. Kobak & P. Berens
// (Nature Communications 10, 2019) and A. C. Belkina et al. (ibid.).

#include <cstdint>
#include <functional>
#include <string>

#include "core/array.h"
#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {

struct TsneOptions {
    int64_t dims = 2;              ///< 2 or 3
    double perplexity = 30;        ///< effective number of neighbours
    double exaggeration = 12;      ///< of the attraction in the early iterations
    int64_t earlyIterations = 150; ///< with exaggeration
    int64_t iterations = 500;      ///< in all
    double lateExaggeration = 1;   ///< of the attraction afterwards
    double learningRate = 0;       ///< 0: N / exaggeration
    std::string start = "pca";     ///< or "random"
    double gridSpacing = 0;        ///< of the repulsion's grid, map units; 0: 0.5 in the plane, 1 in space
    int64_t every = 10;            ///< iterations between two intermediate maps
};

OptionSet describe(TsneOptions& options);

struct TsneReport {
    Array map;                 ///< [N,dims], mean 0
    double divergence = 0;     ///< KL(P‖Q) of the final map, nats
    double neighborRecall = 1; ///< of the neighbours the affinities were made of
    std::string neighborMethod;
    double neighborSeconds = 0, layoutSeconds = 0;
};

/// `shown` gets intermediate maps [N,dims] with the iteration that made them, from the working thread.
using MapCallback = std::function<void(const Array& map, int64_t iteration)>;

/// z [N,D] finite, N ≥ 4; perplexity is lowered to (N−1)/3. Seeded; the same seed and thread count give the
/// same map. Throws UsageError, Interrupted on stop.
TsneReport fitTsne(const Array& z, const TsneOptions& options, uint64_t seed, const StopToken& stop = {},
                   ProgressSink& progress = silentProgress(), const MapCallback& shown = {});

} // namespace galatea
