#pragma once
// Deep SVDD on galaxies: anomaly scores from a learned sphere (Ruff et al. 2018; the galaxy network of the
// report in guide.md); plain types only.

#include <memory>
#include <string>

#include "models/deep_svdd/options.h"
#include "models/registry.h"

namespace galatea {

/// Rebuilds a model from a file's card and weights. Throws InputError naming `source`.
ModelPtr buildDeepSvdd(const ModelCard& card, const NamedArrays& weights, const std::string& source);

std::unique_ptr<Recipe> deepSvddRecipe(const ModelInput& input, const Json& options, uint64_t seed,
                                       double epochScale);

} // namespace galatea
