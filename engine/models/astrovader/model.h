#pragma once
// A loaded AstroVaDEr. Engine-internal: names torch types.

#include "models/astrovader/astrovader.h"
#include "models/astrovader/network.h"

namespace galatea {

/// Takes the network over; nobody may change it afterwards. The card's family, input, latent, methods and
/// options are filled in from the network.
ModelPtr makeAstroVaDEr(AstroVaDErNetwork network, ModelCard card);

/// About as many as the network has, worked out before anything is made.
double weightCount(const ModelInput& input, const AstroVaDErOptions& options);

} // namespace galatea
