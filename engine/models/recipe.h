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
#include "models/batch_context.h"
#include "models/model.h"

namespace galatea {

/// Tensors that one optimiser (Adam) moves together.
struct ParameterGroup {
    std::string name;
    std::vector<torch::Tensor> tensors;
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;
    double learningRateFactor = 1; ///< times the trainer's learning rate
};

struct TrainingPhase {
    std::string name; ///< e.g. "gamma-training", "annealing 2"
    int64_t epochs = 0;
    /// Groups moved in every step, in this order, each by a loss of its own (adversaries take turns).
    std::vector<size_t> updates = {0};
};

/// Where training stands when a loss is asked for.
struct TrainingPosition {
    size_t phase = 0;
    double phaseFraction = 0; ///< of the phase's epochs done before this one, 0 … 1
    size_t update = 0;        ///< index into the phase's `updates`
    bool training = true;     ///< false: held-out images, nothing may be learned from them
};

/// Named means over the images held by this process; `total` is what is minimised.
struct LossTerms {
    torch::Tensor total;
    std::vector<std::pair<std::string, torch::Tensor>> terms;
};

/// Gives one more random batch of training images [n,C,H,W], on the compute device, as the network sees them.
/// The first `batches` of a phase are one whole pass over the training images.
using BatchSource = std::function<torch::Tensor()>;

/// A network in training. Owned by one trainer, used by one thread.
class Recipe {
  public:
    virtual ~Recipe() = default;

    virtual std::vector<TrainingPhase> phases() const = 0;
    /// Every tensor that training changes, with stable names: weights, running statistics, anything else that
    /// must outlive an interruption. Checkpoints hold them under these names.
    virtual std::vector<std::pair<std::string, torch::Tensor>> parameters() const = 0;
    /// By default one group of all parameters() that require a gradient.
    virtual std::vector<ParameterGroup> groups() const;
    /// Every name that occurs in a loss's terms in any phase: the columns of the loss log.
    virtual std::vector<std::string> termNames() const = 0;
    /// Called once before the first epoch of each phase (not after resuming inside it). `batches` is the
    /// number that one epoch has. Returns sentences worth keeping in the report.
    virtual std::vector<std::string> beginPhase(size_t phase, const BatchSource& batch, int64_t batches,
                                                RandomStream& random, const StopToken& stop) = 0;
    /// images [n,C,H,W] as the network sees them (the card's offset, scale and stretch applied).
    virtual LossTerms loss(const torch::Tensor& images, const TrainingPosition& position,
                           BatchContext& context) = 0;
    /// Called after every optimiser step: projections onto allowed values.
    virtual void afterStep(const TrainingPosition&) {}
    /// The weights were set to those of a model with this card (fine-tuning): takes over what the card alone
    /// holds, such as a mixture.
    virtual void startFrom(const ModelCard&) {}
    /// An independent, immutable copy of what has been learned so far.
    virtual ModelPtr snapshot(const Json& training, const Json& metrics) const = 0;
};

} // namespace galatea
