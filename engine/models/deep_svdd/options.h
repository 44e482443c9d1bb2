#pragma once
// The options of Deep SVDD on galaxies (defaults: the report's table 4 and section 3.1).

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace galatea {

struct DeepSvddOptions {
    std::vector<int64_t> filters{2, 4, 8, 16, 32, 64}; ///< per block; each block halves the image
    int64_t kernel = 5;                                ///< side of every convolution's kernel
    int64_t hidden = 256;                ///< units between the last map and the embedding; 0: none
    int64_t latent = 64;                 ///< of the embedding
    double slope = 0.01;                 ///< LeakyReLU's slope below zero
    bool normalisation = true;           ///< batch normalisation, without a learned scale or shift
    std::string objective = "one-class"; ///< or "soft-boundary"
    double nu = 0.1;                     ///< share of the training images left outside the sphere
    int64_t warmUpEpochs = 10;           ///< of the soft boundary's epochs before its radius moves
    double centreMargin = 0.1;           ///< coordinates of the centre keep this distance from zero
    int64_t autoencoderEpochs = 100;     ///< of pretraining
    int64_t epochs = 100;                ///< of the description itself
};

OptionSet describe(DeepSvddOptions& options);

/// Checks what single limits cannot. Throws UsageError naming `source`.
void checkOptions(const DeepSvddOptions& options, const std::string& source);

} // namespace galatea
