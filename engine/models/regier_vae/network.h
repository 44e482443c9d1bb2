#pragma once
// Layers and loss of Regier et al.'s model. Engine-internal: names torch types.

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/network_model.h"
#include "models/regier_vae/options.h"

namespace galatea {

/// Encoder: flatten, hidden linear layers with ReLU, two linear layers → mean and log-variance. Decoder: the
/// hidden layers mirrored, shared by two linear layers → every pixel's mean and, through floor + exp, its
/// variance.
class RegierVaeNetworkImpl : public FamilyNetwork {
  public:
    RegierVaeNetworkImpl(const ModelInput& input, const RegierVaeOptions& options);

    /// x [N,C,H,W] → mean, log-variance [N,D].
    std::pair<torch::Tensor, torch::Tensor> encode(const torch::Tensor& x);
    /// z [N,D] → mean, variance [N,C,H,W].
    std::pair<torch::Tensor, torch::Tensor> decode(const torch::Tensor& z);

    std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x) override {
        return encode(x);
    }
    std::pair<torch::Tensor, torch::Tensor> decodeLatents(const torch::Tensor& z) override {
        return decode(z);
    }
    std::optional<ScriptedForm> scripted(const NamedArrays& weights) const override;

    int64_t latents() const override { return options_.latent; }
    const RegierVaeOptions& options() const { return options_; }
    const ModelInput& input() const { return input_; }

    std::vector<torch::nn::Linear> encoderHidden, decoderHidden;
    torch::nn::Linear mean{nullptr}, logvar{nullptr}, pixelMean{nullptr}, pixelLogVariance{nullptr};

  private:
    ModelInput input_;
    RegierVaeOptions options_;
};
TORCH_MODULE(RegierVaeNetwork);

} // namespace galatea
