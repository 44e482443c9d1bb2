#pragma once
// The generator, and the tower that discriminator and embedder are. Engine-internal: names torch types.

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "models/lsgan/options.h"
#include "models/network_model.h"

namespace galatea {

/// z [N,D] → linear → [N, w·2^B, h, w] → B residual blocks, each relu(T(x)) + S(x) with T and S transposed
/// convolutions of kernel 4 and stride 2 that halve the channels → one more, without activation → [N,C,H,W].
class LsganGeneratorImpl : public torch::nn::Module {
  public:
    /// Height and width must be multiples of 2^(B+1) (UsageError otherwise).
    LsganGeneratorImpl(const ModelInput& input, const LsganOptions& options);
    torch::Tensor forward(const torch::Tensor& z);

    torch::nn::Linear first{nullptr};
    std::vector<torch::nn::ConvTranspose2d> main, skip;
    torch::nn::ConvTranspose2d last{nullptr};
    int64_t channels = 0, height = 0, width = 0; ///< of the innermost map
};
TORCH_MODULE(LsganGenerator);

/// The mirror image: x [N,C,H,W] → φ(T(x)) → B blocks φ(T(x)) + g(S(x)) with convolutions of kernel 4 and
/// stride 2 that double the channels → linear → [N, outputs]. g: group normalisation, φ: g, then LeakyReLU.
class LsganTowerImpl : public torch::nn::Module {
  public:
    LsganTowerImpl(const ModelInput& input, const LsganOptions& options, int64_t outputs);
    /// The weights of the convolutions and the linear layer, in order: those that are normalised.
    std::vector<torch::Tensor> weights() const;
    torch::Tensor forward(const torch::Tensor& x) { return forward(x, weights()); }
    /// With other weights in place of its own.
    torch::Tensor forward(const torch::Tensor& x, const std::vector<torch::Tensor>& weights);

    std::vector<torch::nn::Conv2d> convolutions; ///< first, then main and skip of every block
    std::vector<torch::nn::GroupNorm> norms;     ///< one per convolution, or none
    torch::nn::Linear last{nullptr};

  private:
    torch::Tensor convolved(const torch::Tensor& x, size_t layer, const torch::Tensor& weight);
    double slope_;
};
TORCH_MODULE(LsganTower);

/// What inference needs: the generator, and the embedder with its weights already normalised.
class LsganNetworkImpl : public FamilyNetwork {
  public:
    LsganNetworkImpl(const ModelInput& input, const LsganOptions& options);
    std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x) override {
        return {embedder->forward(x), {}};
    }
    std::pair<torch::Tensor, torch::Tensor> decodeLatents(const torch::Tensor& z) override {
        return {generator->forward(z), {}};
    }
    std::optional<ScriptedForm> scripted(const NamedArrays& weights) const override; // script.cpp

    int64_t latents() const override { return options_.latent; }
    const LsganOptions& options() const { return options_; }
    const ModelInput& input() const { return input_; }

    LsganGenerator generator{nullptr};
    LsganTower embedder{nullptr};

  private:
    ModelInput input_;
    LsganOptions options_;
};
TORCH_MODULE(LsganNetwork);

/// Seeded weights, biases zero, group normalisations at one and zero.
void initialiseLsgan(torch::nn::Module& module, uint64_t seed);

} // namespace galatea
