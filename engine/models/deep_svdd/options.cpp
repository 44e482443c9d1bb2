#include "models/deep_svdd/options.h"

#include "core/error.h"

namespace galatea {

OptionSet describe(DeepSvddOptions& o) {
    OptionSet set;
    set.add("filters", o.filters, "convolution filters per block; each block halves the image",
            {.min = 1, .max = 4096});
    set.add("kernel", o.kernel, "side of the convolutions' kernels, odd",
            {.min = 1, .max = 15, .unit = "pixels"});
    set.add("hidden", o.hidden, "units between the last map and the embedding; 0: none",
            {.min = 0, .max = 65536});
    set.add("latent", o.latent, "dimensions of the embedding", {.min = 1, .max = 65536});
    set.add("slope", o.slope, "LeakyReLU's slope below zero", {.min = 0, .max = 1});
    set.add("normalisation", o.normalisation, "batch normalisation without learned scale or shift");
    set.add("objective", o.objective, "what is made small: the mean distance, or a sphere around most",
            {.choices = {"one-class", "soft-boundary"}});
    set.add("nu", o.nu, "share of the training images outside the soft boundary", {.min = 1e-6, .max = 1});
    set.add("warm_up_epochs", o.warmUpEpochs, "epochs before the soft boundary's radius moves",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("centre_margin", o.centreMargin, "smallest distance of the centre's coordinates from zero",
            {.min = 0, .max = 1e3});
    set.add("autoencoder_epochs", o.autoencoderEpochs, "epochs of pretraining as an autoencoder",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("epochs", o.epochs, "epochs of the description itself", {.min = 1, .max = 1e6, .unit = "epochs"});
    return set;
}

void checkOptions(const DeepSvddOptions& o, const std::string& source) {
    if (o.filters.empty() || o.filters.size() > 10)
        throw UsageError(source, "filters must name between 1 and 10 blocks",
                         "for example filters=2,4,8,16,32,64");
    if (o.kernel % 2 == 0)
        throw UsageError(source, "the kernel's side is even, so the image would shift",
                         "use an odd side, for example 5");
}

} // namespace galatea
