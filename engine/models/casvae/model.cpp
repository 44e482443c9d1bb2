#include "models/casvae/model.h"

#include <cmath>

#include "models/family_parts.h"

namespace galatea {

double weightCount(const ModelInput& input, const CasVaeOptions& options) {
    const auto pixels = static_cast<double>(input.channels * input.height * input.width);
    double weights = 0, width = pixels;
    for (const int64_t units : options.hidden) {
        weights += 2 * width * static_cast<double>(units);
        width = static_cast<double>(units);
    }
    weights += 3 * width * static_cast<double>(options.features) +
               2 * static_cast<double>(options.features) * static_cast<double>(options.classifierHidden);
    return weights;
}

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
    std::vector<std::string> methods{"encode", "decode"};
    if (network->cascade())
        methods.push_back("score");
    card = completeCard(std::move(card), "casvae", network, std::move(methods));
    return makeNetworkModel(network.ptr(), std::move(card));
}

ModelPtr buildCasVae(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    return buildFamily<CasVaeNetwork, CasVaeOptions>(card, weights, source, makeCasVae);
}

ModelPtr randomCasVae(const ModelInput& input, const Json& options, uint64_t seed) {
    CasVaeNetwork network(input, optionsFrom<CasVaeOptions>(options, "casvae"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained CasVAE";
    return makeCasVae(std::move(network), std::move(card));
}

} // namespace galatea
