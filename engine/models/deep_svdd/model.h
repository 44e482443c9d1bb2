#pragma once
// Engine-internal: names torch types.

#include "models/deep_svdd/deep_svdd.h"
#include "models/deep_svdd/network.h"

namespace galatea {

/// Completes the card (family, input, latent, methods, options) and takes the network over.
ModelPtr makeDeepSvdd(DeepSvddNetwork network, ModelCard card);

/// About as many as the network has, worked out before anything is made.
double weightCount(const ModelInput& input, const DeepSvddOptions& options);

} // namespace galatea
