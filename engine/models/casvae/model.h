#pragma once
// A loaded CasVAE. Engine-internal: names torch types.

#include "models/casvae/casvae.h"
#include "models/casvae/network.h"

namespace galatea {

/// Takes the network over; nobody may change it afterwards. The card's family, input, latent, methods and
/// options are filled in from the network.
ModelPtr makeCasVae(CasVaeNetwork network, ModelCard card);

/// About as many as the network has, worked out before anything is made.
double weightCount(const ModelInput& input, const CasVaeOptions& options);

} // namespace galatea
