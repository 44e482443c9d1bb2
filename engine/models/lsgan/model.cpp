#include "models/lsgan/model.h"

#include "models/family_parts.h"
#include "nn/matrix_convolution.h"

namespace galatea {

double weightCount(const ModelInput& input, const LsganOptions& options) {
    const double widest = static_cast<double>(options.width << options.blocks);
    double inner = static_cast<double>(input.height) * static_cast<double>(input.width);
    for (int64_t halving = 0; halving <= options.blocks; ++halving)
        inner /= 4;
    const double convolutions = 2 * 16 * widest * widest * 1.4; // a geometric series, both networks
    return 2 * inner * widest * static_cast<double>(options.latent) + convolutions;
}

ModelPtr makeLsgan(LsganNetwork network, ModelCard card) {
    keepChannelsLast(*network);
    card = completeCard(std::move(card), "lsgan", network, {"encode", "decode"});
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildLsgan(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<LsganNetwork, LsganOptions>(card, weights, source, makeLsgan);
}

ModelInput prepareLsganInput(ModelInput input, const Json& json, const ImageStatistics& images) {
    const LsganOptions options = optionsFrom<LsganOptions>(json, "lsgan");
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
    LsganNetwork network(input, optionsFrom<LsganOptions>(options, "lsgan"));
    initialiseLsgan(*network, seed);
    ModelCard card;
    card.name = "untrained LSGAN";
    return makeLsgan(std::move(network), std::move(card));
}

} // namespace galatea
