#include "models/astrovader/model.h"

#include "core/error.h"

namespace galatea {

namespace {

AstroVaDErOptions optionsFrom(const Json& json, const std::string& source) {
    AstroVaDErOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const AstroVaDErOptions& options, const std::string& source) {
    double flat = static_cast<double>(input.height) * static_cast<double>(input.width) *
                  static_cast<double>(options.filters.back());
    for (size_t i = 0; i < options.filters.size(); ++i)
        flat /= 4;
    if (flat * static_cast<double>(options.latent) * 3 > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, fewer filters or fewer latents");
}

} // namespace

ModelPtr makeAstroVaDEr(AstroVaDErNetwork network, ModelCard card) {
    AstroVaDErOptions options = network->options();
    card.family = "astrovader";
    card.input = network->input();
    card.latent = options.latent;
    card.methods = {"encode", "decode"};
    card.options = describe(options).toJson();
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildAstroVaDEr(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return builtFrom(source, [&] {
        const AstroVaDErOptions options = optionsFrom(card.options, source);
        if (options.latent != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        checkSize(card.input, options, source);
        AstroVaDErNetwork network(card.input, options);
        copyWeights(*network, weights, source);
        return makeAstroVaDEr(std::move(network), card);
    });
}

ModelPtr randomAstroVaDEr(const ModelInput& input, const Json& options, uint64_t seed) {
    AstroVaDErNetwork network(input, optionsFrom(options, "astrovader"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained AstroVaDEr";
    return makeAstroVaDEr(std::move(network), std::move(card));
}

} // namespace galatea
