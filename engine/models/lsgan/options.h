#pragma once
// Options of the least-squares GAN with embedder (Murray, Fabbro & Yi 2019); "paper" marks the paper's
// values.

#include <cstdint>
#include <string>

#include "core/options.h"

namespace galatea {

struct LsganOptions {
    int64_t latent = 64;  ///< D (paper)
    int64_t width = 128;  ///< channels at half the image's size; doubled at every halving below (paper)
    int64_t blocks = 3;   ///< residual blocks; the image side is a multiple of 2^(blocks + 1) (paper)
    int64_t groups = 4;   ///< of the group normalisation (paper); 0: none
    double slope = 0.2;   ///< LeakyReLU's slope below zero
    bool spectral = true; ///< spectral normalisation in discriminator and embedder (paper)
    std::string stretch = "linear";    ///< "linear": mean 0, deviation 1 per channel (paper); or "asinh"
    double softening = 3;              ///< asinh: sky deviations at which linear turns into logarithmic
    int64_t redrawingEpochs = 0;       ///< before: generator and embedder redraw real images; none (paper)
    int64_t epochs = 200;              ///< of adversarial training
    int64_t embedderEpochs = 50;       ///< afterwards, of the embedder alone on the finished generator
    double beta1 = 0.5, beta2 = 0.999; ///< Adam's, of all three networks
    double discriminatorRate = 1;      ///< times the trainer's learning rate
    double generatorRate = 1;
    double embedderRate = 1;
    double reconstruction = 0; ///< weight of the image error of G(E(x)) in G's and E's turns; 0: none (paper)
    double prior = 0;          ///< weight of the distance of E(x) from the unit Gaussian; 0: none (paper)
    double average =
        0; ///< share of the past in the running mean of the generator that is kept; 0: none (paper)
};

OptionSet describe(LsganOptions& options);

/// Checks what single limits cannot. Throws UsageError naming `source`.
void checkOptions(const LsganOptions& options, const std::string& source);

} // namespace galatea
