#include "models/lsgan/model.h"

#include "core/error.h"

namespace galatea {

namespace {

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const LsganOptions& options, const std::string& source) {
    const double widest = static_cast<double>(options.width << options.blocks);
    double inner = static_cast<double>(input.height) * static_cast<double>(input.width);
    for (int64_t halving = 0; halving <= options.blocks; ++halving)
        inner /= 4;
    const double convolutions = 2 * 16 * widest * widest * 1.4; // a geometric series, both networks
    if (2 * inner * widest * static_cast<double>(options.latent) + convolutions > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, a smaller width or fewer latents");
}

} // namespace

LsganOptions lsganOptions(const Json& json, const std::string& source) {
    LsganOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

ModelPtr makeLsgan(LsganNetwork network, ModelCard card) {
    LsganOptions options = network->options();
    card.family = "lsgan";
    card.input = network->input();
    card.latent = options.latent;
    card.methods = {"encode", "decode"};
    card.options = describe(options).toJson();
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildLsgan(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return builtFrom(source, [&] {
        const LsganOptions options = lsganOptions(card.options, source);
        if (options.latent != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        checkSize(card.input, options, source);
        LsganNetwork network(card.input, options);
        copyWeights(*network, weights, source);
        return makeLsgan(std::move(network), card);
    });
}

ModelInput prepareLsganInput(ModelInput input, const Json& json, const ImageStatistics& images) {
    const LsganOptions options = lsganOptions(json, "lsgan");
    const bool asinh = options.stretch == "asinh";
    input.stretch = options.stretch;
    input.offset = asinh ? images.median : images.mean;
    input.scale.clear();
    for (size_t channel = 0; channel < images.mean.size(); ++channel) {
        // A channel without sky (or without anything) must not be divided by nothing.
        const double deviation = images.deviation[channel] > 0 ? images.deviation[channel] : 1.0;
        const double sky = images.sky[channel] > 0 ? images.sky[channel] : deviation;
        input.scale.push_back(asinh ? options.softening * sky : deviation);
    }
    return input;
}

ModelPtr randomLsgan(const ModelInput& input, const Json& options, uint64_t seed) {
    LsganNetwork network(input, lsganOptions(options, "lsgan"));
    initialiseLsgan(*network, seed);
    ModelCard card;
    card.name = "untrained LSGAN";
    return makeLsgan(std::move(network), std::move(card));
}

} // namespace galatea
