#pragma once
// Anomaly scores of a data set and the regions that four thresholds cut their range into.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct ScoreOptions {
    int64_t batch = 32; ///< images at a time
};

struct AnomalyScores {
    std::vector<std::string> id; ///< [N]
    std::vector<double> score;   ///< [N], higher is stranger; NaN where the model gave nothing finite
    int64_t notFinite = 0;
};

/// Scores every image. Throws UsageError if the data's shape is not the model's input, ModelError if the
/// model cannot score, gives another number of scores or none that is finite, Interrupted on stop.
AnomalyScores scoreImages(const Model& model, const Dataset& data, const ScoreOptions& options = {},
                          const StopToken& stop = {}, ProgressSink& progress = silentProgress());

/// Ascending. Below the first an object is surely normal, then probably; between the second and the third
/// undecided; then probably, from the fourth on surely an anomaly.
using RegionThresholds = std::array<double, 4>;

/// Number of the region, 0 … 4, of a finite score.
size_t regionOf(double score, const RegionThresholds& thresholds);
/// What a region is called: 0, 0.2, 0.5, 0.8 or 1; NaN for a score that is not finite.
double regionLabel(double score, const RegionThresholds& thresholds);

/// The card's own: `metrics.thresholds`, four ascending numbers; nothing if it has none.
std::optional<RegionThresholds> thresholdsOf(const ModelCard& card);

} // namespace galatea
