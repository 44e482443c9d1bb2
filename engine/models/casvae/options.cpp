#include "models/casvae/options.h"

#include "core/error.h"

namespace galatea {

OptionSet describe(CasVaeOptions& o) {
    OptionSet set;
    set.add("design", o.design,
            "cascade: autoencoder, then classifier; vae: one VAE on the image, the baseline",
            {.choices = {"cascade", "vae"}});
    set.add("prior", o.prior, "prior of the latents of design vae", {.choices = {"double-peak", "unit"}});
    set.add("brightness", o.brightness, "peak: each object is divided by its peak; none: left as it is",
            {.choices = {"peak", "none"}});
    set.add("peak_box", o.peakBox, "side of the central square in which the peak is sought",
            {.min = 1, .max = 4096, .unit = "pixels"});
    set.add("peak_floor", o.peakFloor, "no object is divided by less than this many deviations of the sky",
            {.min = 1e-3, .max = 1e6});
    set.add("softening", o.softening, "asinh stretch's softening as a part of the peak; 0: linear",
            {.min = 0, .max = 1e6});
    set.add("window", o.window, "standard deviation of the Gaussian window about the centre; 0: none",
            {.min = 0, .max = 1e6, .unit = "pixels"});
    set.add("features", o.features, "units of the autoencoder's narrowest layer; latents of design vae",
            {.min = 1, .max = 65536});
    set.add("hidden", o.hidden, "units of further layers between image and features",
            {.min = 1, .max = 65536});
    set.add("classifier_hidden", o.classifierHidden, "hidden units of the classifier's encoder and decoder",
            {.min = 1, .max = 65536});
    set.add(
        "candidates", o.candidates,
        "classifiers trained beside each other on the same features; the one whose order of the objects the "
        "others share most is kept",
        {.min = 1, .max = 1000});
    set.add("reproduction", o.reproduction, "what the classifier must reproduce",
            {.choices = {"image", "features"}});
    set.add("divergence", o.divergence, "divergence from the double-peak prior",
            {.choices = {"approximate-kl", "scaled-bound", "wasserstein", "pseudo-wasserstein"}});
    set.add("peak", o.peak, "the double-peak prior's peaks stand at plus and minus this",
            {.min = 1e-3, .max = 1e3});
    set.add("peak_deviation", o.peakDeviation, "standard deviation of each peak", {.min = 1e-3, .max = 1e3});
    set.add("divergence_weight", o.divergenceWeight, "weight of the divergences beside the reproduction",
            {.min = 0, .max = 1e6});
    set.add("reproducer_dropout", o.reproducerDropout,
            "part of the training objects that must do without the first latent; 0: as in the paper",
            {.min = 0, .max = 1});
    set.add("autoencoder_epochs", o.autoencoderEpochs, "epochs of the autoencoder, or of the VAE",
            {.min = 1, .max = 1e6, .unit = "epochs"});
    set.add("classifier_epochs", o.classifierEpochs, "epochs of the classifier",
            {.min = 1, .max = 1e6, .unit = "epochs"});
    return set;
}

void checkOptions(const CasVaeOptions& o, const std::string& source) {
    if (o.hidden.size() > 8)
        throw UsageError(source, "asks for more than eight further layers", "shorten the list 'hidden'");
}

} // namespace galatea
