#include "models/regier_vae/model.h"

#include <algorithm>

#include "core/error.h"

namespace galatea {

namespace {

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const RegierVaeOptions& options, const std::string& source) {
    const double pixels = static_cast<double>(input.channels) * static_cast<double>(input.height) *
                          static_cast<double>(input.width);
    double weights = 3 * pixels * static_cast<double>(options.hidden.front()) +
                     3 * static_cast<double>(options.hidden.back()) * static_cast<double>(options.latent);
    for (size_t i = 1; i < options.hidden.size(); ++i)
        weights += 2 * static_cast<double>(options.hidden[i - 1]) * static_cast<double>(options.hidden[i]);
    if (weights > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, fewer hidden units or fewer latents");
}

} // namespace

RegierVaeOptions regierVaeOptions(const Json& json, const std::string& source) {
    RegierVaeOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

ModelPtr makeRegierVae(RegierVaeNetwork network, ModelCard card) {
    RegierVaeOptions options = network->options();
    card.family = "regier-vae";
    card.input = network->input();
    card.latent = options.latent;
    card.methods = {"encode", "decode"};
    card.options = describe(options).toJson();
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildRegierVae(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return builtFrom(source, [&] {
        const RegierVaeOptions options = regierVaeOptions(card.options, source);
        if (options.latent != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        checkSize(card.input, options, source);
        RegierVaeNetwork network(card.input, options);
        copyWeights(*network, weights, source);
        return makeRegierVae(std::move(network), card);
    });
}

} // namespace galatea
