#pragma once
// Redshifts from features (latents, magnitudes) by gradient-boosted trees, and how good they are.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "redshift/boosted_trees.h"

namespace galatea {

/// With Δz = (z_predicted − z_true) / (1 + z_true).
struct RedshiftMetrics {
    int64_t objects = 0;
    double r2 = 0;       ///< 1 − Σ(z_p − z_t)² / Σ(z_t − ⟨z_t⟩)²
    double bias = 0;     ///< ⟨Δz⟩
    double sigmaMad = 0; ///< 1.4826 · median |Δz − median Δz|: the deviation, if Δz were Gaussian
    double outliers = 0; ///< fraction with |Δz| > 5 σ_MAD
};

/// Throws UsageError if the lists differ in length, are empty or hold what is not finite.
RedshiftMetrics redshiftMetrics(const std::vector<double>& predicted, const std::vector<double>& truth);

struct RedshiftOptions {
    int64_t folds = 5;
    uint64_t seed = 1; ///< of the folds
    BoostedTreesOptions trees;
};

struct RedshiftReport {
    std::vector<double> predicted; ///< each by the trees that did not see the object
    std::vector<int64_t> fold;     ///< which ones: 0 … folds − 1
    RedshiftMetrics metrics;       ///< of all predictions together
    std::vector<RedshiftMetrics> perFold;
};

/// features [N,F] (NaN: missing), redshifts [N]. Folds are equal to within one object and depend on the seed
/// and N alone, so different features are judged on the same folds.
RedshiftReport crossValidateRedshift(const Array& features, const std::vector<double>& redshifts,
                                     const RedshiftOptions& options, const StopToken& stop = {},
                                     ProgressSink& progress = silentProgress());

} // namespace galatea
