#pragma once
// Least-squares GAN with an embedder, for best fits and inpainting (Murray, Fabbro & Yi 2019).
// Formulas, shapes and figures: guide.md beside this file.

#include <memory>

#include "models/lsgan/options.h"
#include "models/registry.h"

namespace galatea {

/// A model from a file's card and weights. Throws InputError naming `source` if they do not fit each other.
ModelPtr buildLsgan(const ModelCard& card, const NamedArrays& weights, const std::string& source);

/// A fresh network to train; options as the family's `options` gives them.
std::unique_ptr<Recipe> lsganRecipe(const ModelInput& input, const Json& options, uint64_t seed,
                                    double epochScale);

/// Offset and scale per channel: mean and deviation, or for asinh the median and `softening` sky deviations.
ModelInput prepareLsganInput(ModelInput input, const Json& options, const ImageStatistics& images);

/// An untrained model with seeded random weights, for benchmarks and tests.
ModelPtr randomLsgan(const ModelInput& input, const Json& options, uint64_t seed);

} // namespace galatea
