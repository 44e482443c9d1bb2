#include "models/astrovader/model.h"

#include "models/family_parts.h"

namespace galatea {

namespace {

void checkSize(const ModelInput& input, const AstroVaDErOptions& options, const std::string& source) {
    double flat = static_cast<double>(input.height) * static_cast<double>(input.width) *
                  static_cast<double>(options.filters.back());
    for (size_t i = 0; i < options.filters.size(); ++i)
        flat /= 4;
    requireOpenableSize(flat * static_cast<double>(options.latent) * 3, source,
                        "use smaller images, fewer filters or fewer latents");
}

} // namespace

ModelPtr makeAstroVaDEr(AstroVaDErNetwork network, ModelCard card) {
    card = completeCard(std::move(card), "astrovader", network, {"encode", "decode"});
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildAstroVaDEr(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<AstroVaDErNetwork, AstroVaDErOptions>(card, weights, source, checkSize,
                                                             makeAstroVaDEr);
}

ModelPtr randomAstroVaDEr(const ModelInput& input, const Json& options, uint64_t seed) {
    AstroVaDErNetwork network(input, optionsFrom<AstroVaDErOptions>(options, "astrovader"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained AstroVaDEr";
    return makeAstroVaDEr(std::move(network), std::move(card));
}

} // namespace galatea
