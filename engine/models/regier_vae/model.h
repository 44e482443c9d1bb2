#pragma once
// Engine-internal: names torch types.

#include "models/regier_vae/network.h"
#include "models/regier_vae/regier_vae.h"

namespace galatea {

/// Completes the card (family, input, latent, methods, options) and takes the network over.
ModelPtr makeRegierVae(RegierVaeNetwork network, ModelCard card);

/// About as many as the network has, worked out before anything is made.
double weightCount(const ModelInput& input, const RegierVaeOptions& options);

} // namespace galatea
