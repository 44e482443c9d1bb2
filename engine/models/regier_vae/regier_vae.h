#pragma once
// Regier et al. (2015): a variational autoencoder that gives every pixel a mean and a variance; plain types
// only. See guide.md.

#include <memory>
#include <string>

#include "models/regier_vae/options.h"
#include "models/registry.h"

namespace galatea {

/// Rebuilds a model from a file's card and weights. Throws InputError naming `source`.
ModelPtr buildRegierVae(const ModelCard& card, const NamedArrays& weights, const std::string& source);

std::unique_ptr<Recipe> regierVaeRecipe(const ModelInput& input, const Json& options, uint64_t seed,
                                        double epochScale);

} // namespace galatea
