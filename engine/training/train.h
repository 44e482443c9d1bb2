#pragma once
// Trains a model family on a data set.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct ModelFamily;
class Collective;

struct TrainOptions {
    int64_t batch = 100;                  ///< images per step, over all processes together
    double learningRate = 3e-4;           ///< Adam's first step size
    double finalLearningRate = 1e-6;      ///< of the last epoch, for the exponential and the cosine schedule
    std::string schedule = "exponential"; ///< or "constant", "cosine", "milestones"
    std::string scheduleScope = "training"; ///< or "phase": the schedule starts anew in every phase
    std::vector<int64_t> milestones;        ///< epochs after which the milestones schedule lowers the rate
    double milestoneFactor = 0.1;           ///< by this factor
    double weightDecay = 0;                 ///< added to the gradient as this times the weight (L2)
    double gradientClip = 1.0;              ///< largest norm of the gradient; 0: no clipping
    double validationFraction = 0.1;        ///< held out, chosen by the seed
    std::string selectColumn; ///< catalogue column; only objects whose value is `selectValue` are used
    std::string selectValue;
    bool flips = true;         ///< random horizontal and vertical flips
    bool quarterTurns = false; ///< random turns by 0°, 90°, 180°, 270° (square images)
    double rotation = 0;       ///< degrees; random turns within ± this, bilinear, edges repeated
    double shift = 0;          ///< pixels; random shifts within ± this along each axis, likewise
    double noise = 0;          ///< standard deviation of Gaussian noise added, in the network's units
    int64_t patience = 0;      ///< epochs without a better held-out loss in the last phase that end training
    bool mixedPrecision = false; ///< bfloat16 where the device has it (CUDA)
    double epochScale = 1.0;     ///< multiplies every phase's epochs, for short runs
    int64_t epochs = 0; ///< in all, shared among the phases in proportion (each keeps at least one); 0: as
                        ///< the family's schedule says
    int64_t checkpointEvery = 0;  ///< epochs between checkpoints; 0: none at the ends of epochs
    double checkpointSeconds = 0; ///< time between checkpoints, also within an epoch; 0: none
    std::string checkpoint;       ///< file for checkpoints; empty: none
    std::string resume;           ///< checkpoint to go on from; empty: start anew
    std::string startFrom; ///< model file whose weights are the first ones (fine-tuning); empty: random
    std::string logFile;   ///< CSV of every loss term per epoch; empty: none
    uint64_t seed = 1;
};
OptionSet describe(TrainOptions& options);
/// Checks what single limits cannot. Throws UsageError naming `source`.
void checkOptions(const TrainOptions& options, const std::string& source);

/// The trainer's options with the family's own defaults.
TrainOptions trainOptionsFor(const ModelFamily& family);

struct EpochLog {
    int64_t epoch = 0; ///< from 1, over all phases
    std::string phase;
    double learningRate = 0, seconds = 0;
    std::map<std::string, double> training, validation; ///< mean of each loss term
};

/// One optimiser step, as it happens.
struct StepLog {
    int64_t step = 0;  ///< from 1, over all epochs
    int64_t steps = 0; ///< in all
    int64_t epoch = 0; ///< from 1
    double loss = 0;   ///< what was minimised; of the last update where a step has several
};

struct TrainReport {
    ModelPtr model;
    std::vector<EpochLog> epochs;
    double seconds = 0;
    /// Of a model that encodes and decodes: pixel-mean squared error of held-out reconstructions, and the
    /// same for predicting the training set's mean image; else 0.
    double validationError = 0, meanImageError = 0;
    std::vector<int64_t> componentCounts; ///< held-out objects per most probable component
    bool stoppedEarly = false;            ///< by `patience`; the best epoch's weights are the model's
    std::vector<std::string> notes;
};

/// Called from the training thread; a call that waits holds training up (that is how a window pauses it).
struct TrainCallbacks {
    std::function<void(const EpochLog&)> onEpoch;
    std::function<void(const StepLog&)> onStep;
};

/// `familyOptions` is the family's own JSON (sizes, schedule); unknown keys are UsageErrors. On a stop a
/// checkpoint is written where one was asked for, then Interrupted is thrown. Throws ModelError if the loss
/// or a gradient is not finite; the last good checkpoint stays.
///
/// With a collective, every process calls this with the same arguments and `options.batch` images are shared
/// among all; the first process alone writes checkpoints and the log, and evaluates the model.
TrainReport train(const std::string& family, const Dataset& data, const Json& familyOptions,
                  const TrainOptions& options, const StopToken& stop = {},
                  ProgressSink& progress = silentProgress(), const TrainCallbacks& callbacks = {},
                  Collective* collective = nullptr);

/// The model that a checkpoint's weights are. Throws InputError if the file is no checkpoint of ours.
ModelPtr modelFromCheckpoint(const std::string& path);
/// True if the file is a checkpoint written by train(); never throws.
bool looksLikeCheckpoint(const std::string& path);

} // namespace galatea
