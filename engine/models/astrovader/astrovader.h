#pragma once
// AstroVaDEr: variational deep embedding with s3VDC training on galaxy images (Spindler et al. 2021).
// Formulas, shapes and figures: guide.md beside this file.

#include <memory>

#include "models/astrovader/options.h"
#include "models/registry.h"

namespace galatea {

/// A model from a file's card and weights. Throws InputError naming `source` if they do not fit each other.
ModelPtr buildAstroVaDEr(const ModelCard& card, const NamedArrays& weights, const std::string& source);

/// A fresh network to train; options as the family's `options` gives them.
std::unique_ptr<Recipe> astroVaDErRecipe(const ModelInput& input, const Json& options, uint64_t seed,
                                         double epochScale);

/// An untrained model with seeded random weights, for benchmarks and tests.
ModelPtr randomAstroVaDEr(const ModelInput& input, const Json& options, uint64_t seed);

} // namespace galatea
