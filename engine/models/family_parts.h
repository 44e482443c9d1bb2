#pragma once
// How a family reads its options and rebuilds its model: the same for all of them. Engine-internal: names
// torch types.

#include <string>

#include "core/error.h"
#include "models/network_model.h"

namespace galatea {

/// Options from JSON, checked. Throws UsageError naming `source`.
template <class Options>
Options optionsFrom(const Json& json, const std::string& source) {
    Options options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

/// More weights than this could never lie in a file we would open: throws InputError naming `source`.
inline void requireOpenableSize(double weights, const std::string& source) {
    if (weights > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, narrower layers or fewer latents");
}

/// A file that describes a network far larger than what it holds is not believed: nothing of that size is
/// made. `weights`: a rough count; throws InputError naming `source`.
inline void requireHeldWeights(double weights, int64_t held, const std::string& source) {
    requireOpenableSize(weights, source);
    if (weights > 4 * static_cast<double>(held) + 1e6)
        throw InputError(source, "describes a network much larger than the weights it holds",
                         "the file is damaged or was edited; get it again");
}

/// The card with what the network itself knows; options as they are described.
template <class Network>
ModelCard completeCard(ModelCard card, const std::string& family, const Network& network,
                       std::vector<std::string> methods) {
    auto options = network->options();
    card.family = family;
    card.input = network->input();
    card.latent = network->latents();
    card.methods = std::move(methods);
    card.options = describe(options).toJson();
    return card;
}

/// A family's `build`: a look at the size before anything is made (weightCount()), then the network with the
/// file's weights, then `make(network, card)`.
template <class Network, class Options, class Make>
ModelPtr buildFamily(const ModelCard& card, const NamedArrays& weights, const std::string& source,
                     const Make& make) {
    return builtFrom(source, [&] {
        const auto options = optionsFrom<Options>(card.options, source);
        int64_t held = 0;
        for (const auto& entry : weights)
            held += entry.second.size();
        requireHeldWeights(weightCount(card.input, options), held, source);
        Network network(card.input, options);
        if (network->latents() != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        copyWeights(*network, weights, source);
        return make(std::move(network), card);
    });
}

} // namespace galatea
