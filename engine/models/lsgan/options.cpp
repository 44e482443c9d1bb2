#include "models/lsgan/options.h"

#include "core/error.h"

namespace galatea {

OptionSet describe(LsganOptions& o) {
    OptionSet set;
    set.add("latent", o.latent, "number of latent variables", {.min = 1, .max = 65536});
    set.add("width", o.width, "channels at half the image's size, doubled at every halving below",
            {.min = 1, .max = 4096});
    set.add("blocks", o.blocks, "residual blocks; each halves the image, the first layer too",
            {.min = 1, .max = 7});
    set.add("groups", o.groups, "groups of the group normalisation; 0: none", {.min = 0, .max = 4096});
    set.add("slope", o.slope, "LeakyReLU's slope below zero", {.min = 0, .max = 1});
    set.add("spectral_norm", o.spectral, "spectral normalisation in discriminator and embedder");
    set.add("stretch", o.stretch,
            "how the network sees pixels: linear to mean 0 and deviation 1, or asinh about the sky",
            {.choices = {"linear", "asinh"}});
    set.add("softening", o.softening, "asinh: flux at which linear turns into logarithmic",
            {.min = 1e-3, .max = 1e6, .unit = "sky deviations"});
    set.add("redrawing_epochs", o.redrawingEpochs,
            "epochs before it in which generator and embedder only learn to redraw real images",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("epochs", o.epochs, "epochs of adversarial training", {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("embedder_epochs", o.embedderEpochs,
            "epochs after them of the embedder alone, on the finished generator",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("beta1", o.beta1, "Adam's memory of the gradient", {.min = 0, .max = 0.9999});
    set.add("beta2", o.beta2, "Adam's memory of its square", {.min = 0, .max = 0.999999});
    set.add("discriminator_rate", o.discriminatorRate, "times the learning rate", {.min = 0, .max = 1000});
    set.add("generator_rate", o.generatorRate, "times the learning rate", {.min = 0, .max = 1000});
    set.add("embedder_rate", o.embedderRate, "times the learning rate", {.min = 0, .max = 1000});
    set.add("reconstruction", o.reconstruction,
            "weight of the error with which the generator redraws real images from the embedder's latents; "
            "0: it learns from the discriminator alone",
            {.min = 0, .max = 1e6});
    set.add("prior", o.prior,
            "weight of the sliced Wasserstein distance between the embedder's latents of real images and the "
            "unit "
            "Gaussian that samples are drawn from; 0: none",
            {.min = 0, .max = 1e6});
    set.add("average", o.average,
            "the generator kept is a running mean over the steps with this share of the past; 0: the last",
            {.min = 0, .max = 0.99999});
    return set;
}

void checkOptions(const LsganOptions& o, const std::string& source) {
    if (o.redrawingEpochs > 0 && o.reconstruction == 0)
        throw UsageError(source, "redrawing_epochs without reconstruction leaves nothing to learn in them",
                         "give reconstruction a weight, or set redrawing_epochs=0");
    if (o.groups > 0 && o.width % o.groups != 0)
        throw UsageError(source,
                         "width " + std::to_string(o.width) + " is no multiple of the " +
                             std::to_string(o.groups) + " groups of the normalisation",
                         "choose a width that is, or groups=0");
    const double widest = static_cast<double>(o.width) * static_cast<double>(int64_t{1} << o.blocks);
    if (widest > 65536)
        throw UsageError(source, "its innermost layer would have more than 65536 channels",
                         "use a smaller width or fewer blocks");
}

} // namespace galatea
