#pragma once
// Deep SVDD's encoder and the decoder of its pretraining. Engine-internal: names torch types.

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/batch_normalisation.h"
#include "models/deep_svdd/options.h"
#include "models/network_model.h"

namespace galatea {

/// Whose statistics batch normalisation takes: with a context the batch's own (and it learns from them),
/// without one the running ones.
using NormalisingContext = const BatchContext*;

/// Per image global contrast normalisation, then the training images' range to [0,1]; per block convolution,
/// normalisation, LeakyReLU, max-pooling by 2; flatten; linear + LeakyReLU; linear → embedding. No layer has
/// a bias term and none is bounded: with either, all images could be sent to one point.
/// Buffers: image_low and image_high [1], the range of the normalised training images; centre [D] and radius
/// [1] of the sphere.
class DeepSvddNetworkImpl : public FamilyNetwork {
  public:
    /// input height and width must be multiples of 2^blocks (UsageError otherwise).
    DeepSvddNetworkImpl(const ModelInput& input, const DeepSvddOptions& options);

    /// (x − mean) / standard deviation of each image over all its values. [N,C,H,W] → the same.
    static torch::Tensor contrastNormalised(const torch::Tensor& x);
    /// What the layers see: the above, with image_low … image_high as 0 … 1.
    torch::Tensor prepared(const torch::Tensor& x) const;
    /// prepared images [N,C,H,W] → embedding [N,D].
    torch::Tensor embed(const torch::Tensor& images, NormalisingContext context = nullptr);
    /// Embedding [N,D] → squared distance from the centre [N].
    torch::Tensor squaredDistance(const torch::Tensor& embedding) const;

    std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x) override {
        return {embed(prepared(x)), {}};
    }
    torch::Tensor scoreImages(const torch::Tensor& x) override;
    std::optional<ScriptedForm> scripted(const NamedArrays& weights) const override; // script.cpp

    int64_t latents() const override { return options_.latent; }
    const DeepSvddOptions& options() const { return options_; }
    const ModelInput& input() const { return input_; }

    torch::Tensor imageLow, imageHigh, centre, radius;

  private:
    ModelInput input_;
    DeepSvddOptions options_;
    std::vector<torch::nn::Conv2d> convolutions_;
    std::vector<BatchNormalisation> normalisations_; // empty without
    torch::nn::Linear hidden_{nullptr}, representation_{nullptr};
};
TORCH_MODULE(DeepSvddNetwork);

/// The mirrored decoder of the pretraining (the report's table 3): embedding as a map (through a linear layer
/// where its size is no whole number of maps), LeakyReLU; per block convolution, normalisation, LeakyReLU,
/// nearest-neighbour ×2; a last convolution; sigmoid.
class DeepSvddDecoderImpl : public torch::nn::Module {
  public:
    DeepSvddDecoderImpl(const ModelInput& input, const DeepSvddOptions& options);
    /// [N,D] → [N,C,H,W] in [0,1].
    torch::Tensor forward(const torch::Tensor& embedding, NormalisingContext context);

  private:
    DeepSvddOptions options_;
    int64_t channels_ = 0, height_ = 0, width_ = 0; // of the first map
    torch::nn::Linear expand_{nullptr};             // or none
    std::vector<torch::nn::Conv2d> convolutions_;
    std::vector<BatchNormalisation> normalisations_;
};
TORCH_MODULE(DeepSvddDecoder);

} // namespace galatea
