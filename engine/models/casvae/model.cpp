#include "models/casvae/model.h"

#include <cmath>

#include "core/error.h"

namespace galatea {

namespace {

CasVaeOptions optionsFrom(const Json& json, const std::string& source) {
    CasVaeOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const CasVaeOptions& options, const std::string& source) {
    const auto pixels = static_cast<double>(input.channels * input.height * input.width);
    double weights = 0, width = pixels;
    for (const int64_t units : options.hidden) {
        weights += 2 * width * static_cast<double>(units);
        width = static_cast<double>(units);
    }
    weights += 3 * width * static_cast<double>(options.features) +
               2 * static_cast<double>(options.features) * static_cast<double>(options.classifierHidden);
    if (weights > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, fewer features or fewer units");
}

} // namespace

ModelInput casVaeInput(ModelInput input, const Json&, const ImageStatistics& images) {
    input.stretch = "linear"; // the network stretches what it has divided by the peak
    input.offset = images.median;
    input.scale.clear();
    for (size_t channel = 0; channel < images.sky.size(); ++channel) {
        // Pictures without a sky have none to measure; a constant band has no deviation either.
        const double sky = images.sky[channel], deviation = images.deviation[channel];
        input.scale.push_back(sky > 0 && std::isfinite(sky) ? sky : deviation > 0 ? deviation : 1);
    }
    return input;
}

ModelPtr makeCasVae(CasVaeNetwork network, ModelCard card) {
    CasVaeOptions options = network->options();
    card.family = "casvae";
    card.input = network->input();
    card.latent = network->latents();
    card.methods = {"encode", "decode"};
    if (network->cascade())
        card.methods.push_back("score");
    card.options = describe(options).toJson();
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildCasVae(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return builtFrom(source, [&] {
        const CasVaeOptions options = optionsFrom(card.options, source);
        checkSize(card.input, options, source);
        CasVaeNetwork network(card.input, options);
        if (network->latents() != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        copyWeights(*network, weights, source);
        return makeCasVae(std::move(network), card);
    });
}

ModelPtr randomCasVae(const ModelInput& input, const Json& options, uint64_t seed) {
    CasVaeNetwork network(input, optionsFrom(options, "casvae"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained CasVAE";
    return makeCasVae(std::move(network), std::move(card));
}

} // namespace galatea
