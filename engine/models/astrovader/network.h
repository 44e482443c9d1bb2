#pragma once
// AstroVaDEr's layers. Engine-internal: names torch types.

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/astrovader/options.h"
#include "models/network_model.h"

namespace galatea {

/// Encoder: per block two 'same' convolutions with LeakyReLU, then max-pooling by 2; flatten (channels
/// first); two linear layers. Decoder: linear + LeakyReLU, per block two convolutions with LeakyReLU and
/// bilinear upsampling by 2, a last convolution with ReLU (or none here if the loss is a cross-entropy).
/// Activations are channels-last in memory, which the CPU's convolutions prefer.
class AstroVaDErNetworkImpl : public FamilyNetwork {
  public:
    /// input height and width must be multiples of 2^blocks (UsageError otherwise).
    AstroVaDErNetworkImpl(const ModelInput& input, const AstroVaDErOptions& options);

    /// x [N,C,H,W] → mean, log-variance [N,D].
    std::pair<torch::Tensor, torch::Tensor> encode(const torch::Tensor& x);
    /// z [N,D] → the last convolution's output [N,C,H,W], before its activation.
    torch::Tensor decodeLinear(const torch::Tensor& z);
    /// With the activation: ReLU, or sigmoid for the cross-entropy.
    torch::Tensor decode(const torch::Tensor& z);

    std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x) override {
        return encode(x);
    }
    std::pair<torch::Tensor, torch::Tensor> decodeLatents(const torch::Tensor& z) override {
        return {decode(z), {}};
    }
    std::optional<ScriptedForm> scripted(const NamedArrays& weights) const override; // script.cpp

    int64_t latents() const override { return options_.latent; }
    const AstroVaDErOptions& options() const { return options_; }
    const ModelInput& input() const { return input_; }

    std::vector<torch::nn::Conv2d> encoderConvolutions, decoderConvolutions;
    torch::nn::Linear mean{nullptr}, logvar{nullptr}, expand{nullptr};
    torch::nn::Conv2d output{nullptr};

  private:
    torch::Tensor activated(torch::Tensor x) const; ///< LeakyReLU

    ModelInput input_;
    AstroVaDErOptions options_;
    int64_t innerHeight_ = 0, innerWidth_ = 0;
};
TORCH_MODULE(AstroVaDErNetwork);

} // namespace galatea
