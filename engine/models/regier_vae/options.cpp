#include "models/regier_vae/options.h"

#include "core/error.h"

namespace galatea {

OptionSet describe(RegierVaeOptions& o) {
    OptionSet set;
    set.add("hidden", o.hidden, "units of each hidden layer, encoder order", {.min = 1, .max = 65536});
    set.add("latent", o.latent, "number of latent variables", {.min = 1, .max = 65536});
    set.add("variance_floor", o.varianceFloor, "smallest variance of a pixel", {.min = 1e-12, .max = 1});
    set.add("kl_weight", o.klWeight, "weight of the divergence from the unit Gaussian",
            {.min = 0, .max = 1e6});
    set.add("mean_epochs", o.meanEpochs,
            "epochs of a first phase that fits the mean under one fixed variance",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("mean_variance", o.meanVariance, "that variance", {.min = 1e-9, .max = 1e3});
    set.add("epochs", o.epochs, "epochs of the second phase, which learns the lower bound itself",
            {.min = 1, .max = 1e6, .unit = "epochs"});
    return set;
}

void checkOptions(const RegierVaeOptions& o, const std::string& source) {
    if (o.hidden.empty() || o.hidden.size() > 16)
        throw UsageError(source, "hidden must name between 1 and 16 layers", "for example hidden=128,128");
}

} // namespace galatea
