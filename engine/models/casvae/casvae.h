#pragma once
// CasVAE: stars and galaxies parted without labels by a cascade of autoencoder and variational autoencoder
// (Sun et al. 2019). Formulas, shapes and figures: guide.md beside this file.

#include <memory>

#include "models/casvae/options.h"
#include "models/registry.h"

namespace galatea {

/// Offset the median and scale the sky's deviation of each band, so that the network sees multiples of the
/// sky's noise.
ModelInput casVaeInput(ModelInput input, const Json& options, const ImageStatistics& images);

/// A model from a file's card and weights. Throws InputError naming `source` if they do not fit each other.
ModelPtr buildCasVae(const ModelCard& card, const NamedArrays& weights, const std::string& source);

/// A fresh network to train; options as the family's `options` gives them.
std::unique_ptr<Recipe> casVaeRecipe(const ModelInput& input, const Json& options, uint64_t seed,
                                     double epochScale);

/// An untrained model with seeded random weights, for benchmarks and tests.
ModelPtr randomCasVae(const ModelInput& input, const Json& options, uint64_t seed);

} // namespace galatea
