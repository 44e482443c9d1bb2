#pragma once
// AstroVaDEr's options (Spindler et al. 2021; sizes marked "released" are those of the authors' weights).

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace galatea {

struct AstroVaDErOptions {
    std::vector<int64_t> filters{64, 64,
                                 16};      ///< per block, encoder order; the decoder mirrors them (released)
    std::vector<int64_t> kernels{3, 5, 5}; ///< encoder kernel side per block (released)
    std::vector<int64_t> decoderKernels{5, 5, 5}; ///< decoder kernel side per block, decoder order (released)
    int64_t outputKernel = 3;                     ///< side of the last convolution's kernel
    double slope = 0.1;                           ///< LeakyReLU's slope below zero
    int64_t latent = 20;                          ///< D
    int64_t components = 12;                      ///< K
    std::string loss = "squared-error";           ///< or "binary-cross-entropy" (output then a sigmoid)
    double l2 = 0.01;                             ///< weight of Σ w² + Σ b² (released)
    double mixtureWeight = 0.3;                   ///< weight of the mixture's divergence (released)
    double gammaWeight = 0.01;                    ///< weight of the unit-Gaussian divergence in γ-training
    double gammaRange = 50;       ///< responsibilities scaled to [−range, 0] before the softmax
    double varianceFloor = 1e-3;  ///< smallest variance of a component
    int64_t mixtureBatches = 200; ///< mini-batches of embeddings that start the mixture
    int64_t gammaEpochs = 100;
    int64_t periods = 5; ///< of annealing and static training
    int64_t annealingEpochs = 25;
    int64_t staticEpochs = 25;
    double annealingPower = 3; ///< the weight rises as this power of the phase's fraction
};

OptionSet describe(AstroVaDErOptions& options);

/// Checks what single limits cannot: equal list lengths, odd kernels. Throws UsageError naming `source`.
void checkOptions(const AstroVaDErOptions& options, const std::string& source);

} // namespace galatea
