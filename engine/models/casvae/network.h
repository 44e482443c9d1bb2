#pragma once
// CasVAE's layers. Engine-internal: names torch types.

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/batch_context.h"
#include "models/casvae/options.h"
#include "models/network_model.h"

namespace galatea {

/// Batch normalisation without scale and shift (Ioffe & Szegedy 2015): (x − mean) / √(variance + 1e-5).
class FeatureNormImpl : public torch::nn::Module {
  public:
    explicit FeatureNormImpl(int64_t units);
    /// With a context: by the statistics of the whole batch, which the running ones follow. Without: by the
    /// running ones. x [N,units].
    torch::Tensor forward(const torch::Tensor& x, const BatchContext* context);
    torch::Tensor mean, variance; ///< [units], running
};
TORCH_MODULE(FeatureNorm);

/// The second phase: features [N,F] → mean and log-variance of two latents → features. Latent 0 has the
/// prior N(0,1), latent 1 the double-peak prior.
class FeatureClassifierImpl : public torch::nn::Module {
  public:
    FeatureClassifierImpl(int64_t features, int64_t hidden);
    std::pair<torch::Tensor, torch::Tensor> encode(const torch::Tensor& features); ///< [N,2] each
    torch::Tensor decode(const torch::Tensor& z);                                  ///< [N,2] → [N,F]

    torch::nn::Linear encodeHidden{nullptr}, encodeOut{nullptr}, decodeHidden{nullptr}, decodeOut{nullptr};
};
TORCH_MODULE(FeatureClassifier);

/// An object as the layers see it.
struct PreparedObjects {
    torch::Tensor pixels; ///< [N,C·H·W], divided by the peak, stretched, under the window
    torch::Tensor peak;   ///< [N], what it was divided by, in deviations of the sky
    torch::Tensor extent; ///< [N], log(1 + light under the window / peak): how extended the object is
};

class CasVaeNetworkImpl : public FamilyNetwork {
  public:
    CasVaeNetworkImpl(const ModelInput& input, const CasVaeOptions& options);

    PreparedObjects prepare(const torch::Tensor& x) const; ///< x [N,C,H,W] in network units
    /// The layers between pixels and the narrowest one, which in design "vae" has two outputs.
    torch::Tensor hiddenLayers(const torch::Tensor& pixels, const BatchContext* context);
    /// pixels [N,P] → features [N,F], normalised.
    torch::Tensor features(const torch::Tensor& pixels, const BatchContext* context);
    /// features or, in design "vae", latents [N,F] → pixels [N,P].
    torch::Tensor draw(const torch::Tensor& features, const BatchContext* context);

    std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x) override;
    std::pair<torch::Tensor, torch::Tensor> decodeLatents(const torch::Tensor& z) override;
    torch::Tensor scoreImages(const torch::Tensor& x) override;
    std::optional<ScriptedForm> scripted(const NamedArrays& weights) const override; // script.cpp

    bool cascade() const { return options_.design == "cascade"; }
    const CasVaeOptions& options() const { return options_; }
    const ModelInput& input() const { return input_; }
    int64_t latents() const override { return cascade() ? 2 : options_.features; }

    std::vector<torch::nn::Linear> encoder, decoder; ///< the further layers
    std::vector<FeatureNorm> encoderNorms, decoderNorms;
    torch::nn::Linear narrow{nullptr}, logvar{nullptr}, output{nullptr}; ///< logvar: design "vae"
    FeatureNorm narrowNorm{nullptr};                                     ///< cascade, like the classifier
    FeatureClassifier classifier{nullptr};
    torch::Tensor window;      ///< [H,W], 1 in the middle
    torch::Tensor orientation; ///< [2]: factors of the latents, (1, ±1): extended objects are positive
    torch::Tensor brightness;  ///< [1]: mean log peak of the objects trained on, which decoding uses

  private:
    torch::Tensor stretched(const torch::Tensor& y) const;
    torch::Tensor unstretched(const torch::Tensor& y) const;

    ModelInput input_;
    CasVaeOptions options_;
};
TORCH_MODULE(CasVaeNetwork);

/// Rows and columns [first, last) of the central square in which the peak is sought.
std::pair<int64_t, int64_t> peakRange(int64_t side, int64_t box);

} // namespace galatea
