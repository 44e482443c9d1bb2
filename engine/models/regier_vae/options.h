#pragma once
// The options of Regier et al.'s model (2015): a mean and a variance for every pixel.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace galatea {

struct RegierVaeOptions {
    std::vector<int64_t> hidden{128,
                                128}; ///< units per hidden layer of the encoder; the decoder mirrors them
    int64_t latent = 8;               ///< D
    double varianceFloor = 1e-5;      ///< smallest variance of a pixel, in the network's units squared
    double klWeight = 1;              ///< of the divergence; 1 is the lower bound on log p(x)
    int64_t meanEpochs = 150;   ///< of a first phase in which the mean is fitted as if every variance were
    double meanVariance = 1e-3; ///< this one
    int64_t epochs = 150;       ///< of the second phase: the lower bound itself
};

OptionSet describe(RegierVaeOptions& options);

/// Checks what single limits cannot. Throws UsageError naming `source`.
void checkOptions(const RegierVaeOptions& options, const std::string& source);

} // namespace galatea
