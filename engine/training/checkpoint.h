#pragma once
// Training state on disk: safetensors, so opening one runs no code. Engine-internal: names torch types.

#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/recipe.h"
#include "nn/adam.h"

namespace galatea {

/// Where training stood at the end of an epoch. Random numbers are drawn from streams named by seed and
/// epoch, so they need no state of their own.
struct Checkpoint {
    std::string family;
    ModelInput input;
    Json familyOptions = Json::object(), trainOptions = Json::object();
    uint64_t seed = 1;
    int64_t epochsDone = 0;
    int64_t dataSize = 0; ///< objects in the data set, to refuse another one
    std::vector<std::pair<std::string, torch::Tensor>> parameters;
    Adam::State optimiser;
};

/// Copies of the recipe's and optimiser's tensors: later steps do not change them.
void captureState(const Recipe& recipe, const Adam& optimiser, Checkpoint& into);
/// Copies them back. Throws InputError naming `source` if they do not fit.
void restoreState(const Checkpoint& from, Recipe& recipe, Adam& optimiser, const std::string& source);

/// Atomic; the file before it is kept as PATH.previous.
void writeCheckpoint(const Checkpoint& checkpoint, const std::string& path);
/// Falls back to PATH.previous if PATH is damaged. Throws InputError if neither verifies.
Checkpoint readCheckpoint(const std::string& path);

} // namespace galatea
