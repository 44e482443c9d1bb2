#pragma once
// How a family is trained: what the trainer needs to know of it. Engine-internal: names torch types.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "core/stop_token.h"
#include "models/model.h"

namespace galatea {

struct TrainingPhase {
    std::string name; ///< e.g. "gamma-training", "annealing 2"
    int64_t epochs = 0;
};

/// Where training stands when a loss is asked for.
struct TrainingPosition {
    size_t phase = 0;
    double phaseFraction = 0; ///< of the phase's epochs done before this one, 0 … 1
};

/// Named means over the batch; `total` is what is minimised.
struct LossTerms {
    torch::Tensor total;
    std::vector<std::pair<std::string, torch::Tensor>> terms;
};

/// Gives one more random batch of training images [n,C,H,W], on the compute device.
using BatchSource = std::function<torch::Tensor()>;

/// A network in training. Owned by one trainer, used by one thread.
class Recipe {
  public:
    virtual ~Recipe() = default;

    virtual std::vector<TrainingPhase> phases() const = 0;
    /// All trainable tensors with stable names; checkpoints hold them under these.
    virtual std::vector<std::pair<std::string, torch::Tensor>> parameters() const = 0;
    /// Called once before the first epoch of each phase (not after resuming inside it). `batches` is the
    /// number that one epoch has. Returns sentences worth keeping in the report.
    virtual std::vector<std::string> beginPhase(size_t phase, const BatchSource& batch, int64_t batches,
                                                RandomStream& random, const StopToken& stop) = 0;
    /// images [n,C,H,W] as the network sees them. Noise comes from the generator alone.
    virtual LossTerms loss(const torch::Tensor& images, const TrainingPosition& position,
                           torch::Generator& generator) = 0;
    /// Called after every optimiser step: projections onto allowed values.
    virtual void afterStep() {}
    /// An independent, immutable copy of what has been learned so far.
    virtual ModelPtr snapshot(const Json& training, const Json& metrics) const = 0;
};

} // namespace galatea
