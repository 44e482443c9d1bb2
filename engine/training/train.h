#pragma once
// Trains a model family on a data set.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct TrainOptions {
    int64_t batch = 100;             ///< images per step
    double learningRate = 3e-4;      ///< Adam's first step size
    double finalLearningRate = 1e-6; ///< reached by exponential decay at the last epoch
    double gradientClip = 1.0;       ///< largest norm of the gradient; 0: no clipping
    double validationFraction = 0.1; ///< held out, chosen by the seed
    bool flips = true;               ///< random horizontal and vertical flips
    double epochScale = 1.0;         ///< multiplies every phase's epochs, for short runs
    int64_t epochs = 0; ///< in all, shared among the phases in proportion (each keeps at least one); 0: as
                        ///< the family's schedule says
    int64_t checkpointEvery = 0; ///< epochs between checkpoints; 0: none
    std::string checkpoint;      ///< file for checkpoints; empty: none
    std::string resume;          ///< checkpoint to go on from; empty: start anew
    std::string logFile;         ///< CSV of every loss term per epoch; empty: none
    uint64_t seed = 1;
};
OptionSet describe(TrainOptions& options);

struct EpochLog {
    int64_t epoch = 0; ///< from 1, over all phases
    std::string phase;
    double learningRate = 0, seconds = 0;
    std::map<std::string, double> training, validation; ///< mean of each loss term
};

struct TrainReport {
    ModelPtr model;
    std::vector<EpochLog> epochs;
    double seconds = 0;
    double validationError = 0;           ///< pixel-mean squared error of held-out reconstructions
    double meanImageError = 0;            ///< the same for predicting the training set's mean image
    std::vector<int64_t> componentCounts; ///< held-out objects per most probable component
    std::vector<std::string> notes;
};

using EpochCallback = std::function<void(const EpochLog&)>;

/// `familyOptions` is the family's own JSON (sizes, schedule); unknown keys are UsageErrors. On a stop a
/// checkpoint is written where one was asked for, then Interrupted is thrown. Throws ModelError if the loss
/// is not finite.
TrainReport train(const std::string& family, const Dataset& data, const Json& familyOptions,
                  const TrainOptions& options, const StopToken& stop = {},
                  ProgressSink& progress = silentProgress(), const EpochCallback& onEpoch = {});

/// The model that a checkpoint's weights are. Throws InputError if the file is no checkpoint of ours.
ModelPtr modelFromCheckpoint(const std::string& path);
/// True if the file is a checkpoint written by train(); never throws.
bool looksLikeCheckpoint(const std::string& path);

} // namespace galatea
