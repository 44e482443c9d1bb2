#include "models/astrovader/model.h"

#include "models/family_parts.h"

namespace galatea {

double weightCount(const ModelInput& input, const AstroVaDErOptions& options) {
    double flat = static_cast<double>(input.height) * static_cast<double>(input.width) *
                  static_cast<double>(options.filters.back());
    for (size_t i = 0; i < options.filters.size(); ++i)
        flat /= 4;
    double weights = flat * static_cast<double>(options.latent) * 3;
    auto channels = static_cast<double>(input.channels);
    for (size_t i = 0; i < options.filters.size(); ++i) {
        const auto filters = static_cast<double>(options.filters[i]);
        weights += 2 * channels * filters * static_cast<double>(options.kernels[i] * options.kernels[i]);
        channels = filters;
    }
    return weights;
}

ModelPtr makeAstroVaDEr(AstroVaDErNetwork network, ModelCard card) {
    card = completeCard(std::move(card), "astrovader", network, {"encode", "decode"});
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildAstroVaDEr(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<AstroVaDErNetwork, AstroVaDErOptions>(card, weights, source, makeAstroVaDEr);
}

ModelPtr randomAstroVaDEr(const ModelInput& input, const Json& options, uint64_t seed) {
    AstroVaDErNetwork network(input, optionsFrom<AstroVaDErOptions>(options, "astrovader"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained AstroVaDEr";
    return makeAstroVaDEr(std::move(network), std::move(card));
}

} // namespace galatea
