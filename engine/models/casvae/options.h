#pragma once
// CasVAE's options (Sun et al. 2019). What the paper leaves open is chosen in guide.md.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace galatea {

struct CasVaeOptions {
    std::string design = "cascade";    ///< or "vae": one VAE on the image, the paper's baselines
    std::string prior = "double-peak"; ///< of all latents of design "vae": or "unit"

    // How an object reaches the network.
    std::string brightness = "peak"; ///< divided by its peak, or "none": left as it is
    int64_t peakBox = 8;             ///< side of the central square in which the peak is sought, pixels
    double peakFloor = 3;            ///< no object is divided by less, in units of the sky's deviation
    double softening = 0.3;          ///< asinh(y / softening) / asinh(1 / softening); 0: linear
    double window = 6;               ///< standard deviation of the Gaussian window, pixels; 0: none

    // The autoencoder.
    int64_t features = 30;
    std::vector<int64_t> hidden; ///< units of further layers between image and features

    // The classifier: a VAE with two latents on the features.
    int64_t classifierHidden = 16;
    int64_t candidates =
        25; ///< classifiers trained beside each other, of which one is kept (orientation.h); paper: 1
    std::string reproduction = "image"; ///< what the classifier must reproduce: or "features"
    std::string divergence = "approximate-kl";
    double peak = 2;            ///< μ: the peaks of the class latent's prior stand at ±μ
    double peakDeviation = 0.5; ///< σ
    double divergenceWeight = 1;
    double reproducerDropout = 0.5; ///< part of the objects that must do with the class latent alone

    int64_t autoencoderEpochs = 20;
    int64_t classifierEpochs = 60;
};

OptionSet describe(CasVaeOptions& options);

/// Checks what single limits cannot. Throws UsageError naming `source`.
void checkOptions(const CasVaeOptions& options, const std::string& source);

} // namespace galatea
