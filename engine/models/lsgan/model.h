#pragma once
// A loaded LSGAN. Engine-internal: names torch types.

#include "models/lsgan/lsgan.h"
#include "models/lsgan/network.h"

namespace galatea {

/// Takes the network over; nobody may change it afterwards. The card's family, input, latent, methods and
/// options are filled in from the network.
ModelPtr makeLsgan(LsganNetwork network, ModelCard card);

/// About as many as the network has, worked out before anything is made.
double weightCount(const ModelInput& input, const LsganOptions& options);

} // namespace galatea
