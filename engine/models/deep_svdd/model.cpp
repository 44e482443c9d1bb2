#include "models/deep_svdd/model.h"

#include "models/family_parts.h"

namespace galatea {

double weightCount(const ModelInput& input, const DeepSvddOptions& options) {
    const double side = static_cast<double>(int64_t{1} << options.filters.size());
    const double flat = static_cast<double>(options.filters.back()) * static_cast<double>(input.height) /
                        side * static_cast<double>(input.width) / side;
    const double inner = static_cast<double>(options.hidden > 0 ? options.hidden : options.latent);
    double weights = flat * inner + inner * static_cast<double>(options.latent);
    double channels = static_cast<double>(input.channels);
    for (const int64_t filters : options.filters) {
        weights += channels * static_cast<double>(filters * options.kernel * options.kernel);
        channels = static_cast<double>(filters);
    }
    return weights;
}

ModelPtr makeDeepSvdd(DeepSvddNetwork network, ModelCard card) {
    card = completeCard(std::move(card), "deep-svdd", network, {"encode", "score"});
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildDeepSvdd(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<DeepSvddNetwork, DeepSvddOptions>(card, weights, source, makeDeepSvdd);
}

} // namespace galatea
