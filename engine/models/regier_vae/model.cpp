#include "models/regier_vae/model.h"

#include <algorithm>

#include "models/family_parts.h"

namespace galatea {

double weightCount(const ModelInput& input, const RegierVaeOptions& options) {
    const double pixels = static_cast<double>(input.channels) * static_cast<double>(input.height) *
                          static_cast<double>(input.width);
    double weights = 3 * pixels * static_cast<double>(options.hidden.front()) +
                     3 * static_cast<double>(options.hidden.back()) * static_cast<double>(options.latent);
    for (size_t i = 1; i < options.hidden.size(); ++i)
        weights += 2 * static_cast<double>(options.hidden[i - 1]) * static_cast<double>(options.hidden[i]);
    return weights;
}

ModelPtr makeRegierVae(RegierVaeNetwork network, ModelCard card) {
    card = completeCard(std::move(card), "regier-vae", network, {"encode", "decode"});
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildRegierVae(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<RegierVaeNetwork, RegierVaeOptions>(card, weights, source, makeRegierVae);
}

} // namespace galatea
