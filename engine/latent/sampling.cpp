#include "latent/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "mixture/mixture.h"

namespace galatea {

namespace {

void checkOptions(const ModelCard& card, const SampleOptions& options) {
    if (options.count < 0)
        throw UsageError("sample", "the number of samples is negative", "ask for at least 0");
    if (!(options.temperature >= 0) || !std::isfinite(options.temperature))
        throw UsageError("sample", "the temperature must be a number not below 0",
                         "1 draws as the model has learnt");
    if (card.mixture.empty() && !options.components.empty())
        throw UsageError("sample", "the model has no mixture, so it has no components to choose",
                         "leave the components out");
    for (const int64_t k : options.components)
        if (k < 0 || k >= card.mixture.components)
            throw UsageError("sample", "the mixture has no component " + std::to_string(k),
                             "choose from 0 to " + std::to_string(card.mixture.components - 1));
}

/// The chosen components alone, their weights scaled to sum 1.
LatentSample samplePrior(int64_t dims, const SampleOptions& options, RandomStream& random) {
    LatentSample sample{Array({options.count, dims}),
                        std::vector<int64_t>(static_cast<size_t>(options.count), -1)};
    for (float& value : sample.latents.values())
        value = static_cast<float>(options.temperature * random.normal());
    return sample;
}

} // namespace

LatentSample sampleLatents(const ModelCard& card, const SampleOptions& options) {
    checkOptions(card, options);
    RandomStream random(options.seed, "sample");
    if (card.mixture.empty())
        return samplePrior(card.latent, options, random);
    std::vector<int64_t> chosen = options.components;
    if (chosen.empty()) {
        chosen.resize(static_cast<size_t>(card.mixture.components));
        std::iota(chosen.begin(), chosen.end(), int64_t{0});
    }
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    LatentSample sample;
    sample.latents = sampleMixture(restrictedMixture(card.mixture, chosen), options.count, -1,
                                   options.temperature, random, &sample.component);
    for (int64_t& component : sample.component)
        component = chosen[static_cast<size_t>(component)];
    return sample;
}

} // namespace galatea
