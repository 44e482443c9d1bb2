#pragma once
// Random latents to decode: from a model's mixture, or from its unit-Gaussian prior where it has none.

#include <cstdint>
#include <vector>

#include "models/model.h"

namespace galatea {

struct SampleOptions {
    int64_t count = 16;
    std::vector<int64_t> components{}; ///< draw only from these, by their relative weights; empty: all
    double temperature = 1.0;          ///< multiplies the standard deviation
    uint64_t seed = 1;
};

struct LatentSample {
    Array latents;                  ///< [count,D]
    std::vector<int64_t> component; ///< [count]; −1 where the model has no mixture
};

/// Throws UsageError for a component the mixture lacks or a negative temperature.
LatentSample sampleLatents(const ModelCard& card, const SampleOptions& options);

} // namespace galatea
