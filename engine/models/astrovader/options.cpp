#include "models/astrovader/options.h"

#include "core/error.h"

namespace galatea {

OptionSet describe(AstroVaDErOptions& o) {
    OptionSet set;
    set.add("filters", o.filters, "convolution filters per block; each block halves the image",
            {.min = 1, .max = 1024});
    set.add("kernels", o.kernels, "encoder kernel side per block, odd",
            {.min = 1, .max = 15, .unit = "pixels"});
    set.add("decoder_kernels", o.decoderKernels, "decoder kernel side per block, odd",
            {.min = 1, .max = 15, .unit = "pixels"});
    set.add("output_kernel", o.outputKernel, "kernel side of the last convolution, odd",
            {.min = 1, .max = 15, .unit = "pixels"});
    set.add("slope", o.slope, "LeakyReLU's slope below zero", {.min = 0, .max = 1});
    set.add("latent", o.latent, "number of latent variables", {.min = 1, .max = 65536});
    set.add("components", o.components, "number of mixture components", {.min = 1, .max = 10000});
    set.add("loss", o.loss, "reconstruction loss", {.choices = {"squared-error", "binary-cross-entropy"}});
    set.add("l2", o.l2, "weight of the squared sum of all weights and biases", {.min = 0, .max = 1e6});
    set.add("mixture_weight", o.mixtureWeight, "weight of the divergence from the mixture",
            {.min = 0, .max = 1e6});
    set.add("gamma_weight", o.gammaWeight, "weight of the unit-Gaussian divergence in gamma-training",
            {.min = 0, .max = 1e6});
    set.add("gamma_range", o.gammaRange, "log-probabilities are scaled to [-range, 0] before the softmax",
            {.min = 1, .max = 80});
    set.add("variance_floor", o.varianceFloor, "smallest variance of a mixture component",
            {.min = 1e-9, .max = 1});
    set.add("mixture_batches", o.mixtureBatches, "mini-batches of embeddings that start the mixture",
            {.min = 1, .max = 1e6});
    set.add("gamma_epochs", o.gammaEpochs, "epochs of gamma-training",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("periods", o.periods, "annealing and static phases, repeated", {.min = 0, .max = 1000});
    set.add("annealing_epochs", o.annealingEpochs, "epochs of one annealing phase",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("static_epochs", o.staticEpochs, "epochs of one static phase",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("annealing_power", o.annealingPower,
            "the divergence's weight rises as this power of the phase's fraction", {.min = 0, .max = 20});
    return set;
}

void checkOptions(const AstroVaDErOptions& o, const std::string& source) {
    const size_t blocks = o.filters.size();
    if (blocks == 0 || blocks > 8 || o.kernels.size() != blocks || o.decoderKernels.size() != blocks)
        throw UsageError(source,
                         "filters, kernels and decoder_kernels must have one entry per block, 1 to 8 blocks",
                         "give lists of equal length, for example filters=64,64,16 kernels=3,5,5");
    std::vector<int64_t> sides = o.kernels;
    sides.insert(sides.end(), o.decoderKernels.begin(), o.decoderKernels.end());
    sides.push_back(o.outputKernel);
    for (const int64_t side : sides)
        if (side % 2 == 0)
            throw UsageError(source, "a kernel side is even, so the image would shift",
                             "use odd sides, for example 3 or 5");
}

} // namespace galatea
