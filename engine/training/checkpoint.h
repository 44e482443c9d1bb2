#pragma once
// Training state on disk: safetensors, so opening one runs no code. Engine-internal: names torch types.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/recipe.h"
#include "nn/adam.h"

namespace galatea {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Sums of loss terms over images, from which an epoch's means follow.
struct TermSums {
    std::map<std::string, double> sums;
    int64_t images = 0;
};

/// Where training stands and everything it needs to go on as if it had never stopped.
struct Checkpoint {
    std::string family;
    ModelInput input; ///< prepared: offset, scale and stretch are those the network was trained with
    Json familyOptions = Json::object(), trainOptions = Json::object();
    uint64_t seed = 1;
    int64_t dataSize = 0; ///< objects in the data set, to refuse another one

    int64_t epochsDone = 0, stepsDone = 0;        ///< whole epochs, and steps of the epoch in progress
    bool phaseBegun = false;                      ///< the phase of that epoch was begun
    std::string augmentGenerator, noiseGenerator; ///< states within the epoch in progress, else empty
    TermSums epochSums;                           ///< of the epoch in progress
    double secondsOfEpoch = 0;
    std::vector<std::string> notes; ///< made so far for the report

    NamedTensors parameters;
    std::vector<Adam::State> optimisers; ///< one per parameter group

    double bestLoss = 0; ///< of the held-out images in the last phase (`patience`)
    int64_t bestEpoch = 0;
    NamedTensors best; ///< parameters of that epoch; empty: none yet
};

/// Copies of the recipe's and the optimisers' tensors: later steps do not change them.
void captureState(const Recipe& recipe, const std::vector<Adam>& optimisers, Checkpoint& into);
/// Copies them back. Throws InputError naming `source` if they do not fit.
void restoreState(const Checkpoint& from, Recipe& recipe, std::vector<Adam>& optimisers,
                  const std::string& source);
NamedTensors clonedParameters(const Recipe& recipe);
/// Copies named tensors into the recipe's. Throws InputError naming `source` if they do not fit.
void copyParameters(const NamedTensors& from, Recipe& recipe, const std::string& source);

/// The model that fine-tuning starts from. Throws UsageError if it is of another family.
ModelPtr startingModel(const std::string& path, const std::string& family);
/// Its weights in place of the recipe's, and what its card holds. Throws as copyParameters().
void startFrom(const Model& model, Recipe& recipe, const std::string& source);

std::string generatorState(const torch::Generator& generator); ///< as text
/// Throws std::invalid_argument if the text is no state.
void restoreGenerator(torch::Generator& generator, const std::string& state);

/// Atomic; the file before it is kept as PATH.previous.
void writeCheckpoint(const Checkpoint& checkpoint, const std::string& path);
/// Falls back to PATH.previous if PATH is damaged. Throws InputError if neither verifies.
Checkpoint readCheckpoint(const std::string& path);

} // namespace galatea
