#include "models/deep_svdd/model.h"

#include "core/error.h"

namespace galatea {

namespace {

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const DeepSvddOptions& options, const std::string& source) {
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
    if (weights > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, fewer filters or a smaller embedding");
}

} // namespace

DeepSvddOptions deepSvddOptions(const Json& json, const std::string& source) {
    DeepSvddOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

ModelPtr makeDeepSvdd(DeepSvddNetwork network, ModelCard card) {
    DeepSvddOptions options = network->options();
    card.family = "deep-svdd";
    card.input = network->input();
    card.latent = options.latent;
    card.methods = {"encode", "score"};
    card.options = describe(options).toJson();
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildDeepSvdd(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return builtFrom(source, [&] {
        const DeepSvddOptions options = deepSvddOptions(card.options, source);
        if (options.latent != card.latent)
            throw InputError(source, "its card gives two different sizes of the embedding",
                             "get the file again");
        checkSize(card.input, options, source);
        DeepSvddNetwork network(card.input, options);
        copyWeights(*network, weights, source);
        return makeDeepSvdd(std::move(network), card);
    });
}

} // namespace galatea
