#pragma once
// Spectral normalisation (Miyato et al. 2018): weights divided by their largest singular value, which power
// iteration follows from step to step. Engine-internal: names torch types.

#include <vector>

#include <torch/torch.h>

namespace galatea {

/// One step of power iteration on a matrix [m,n]: v ← Wᵀu / ‖Wᵀu‖, u ← Wv / ‖Wv‖, in place, without gradient.
void powerIteration(const torch::Tensor& matrix, torch::Tensor& u, torch::Tensor& v);

/// W / (uᵀ W v); the gradient also flows through the divisor, u and v count as constants (equations 11 and
/// 12 of the paper). Weights of more than two axes are matrices [first axis, the rest].
torch::Tensor dividedBySpectralNorm(const torch::Tensor& weight, const torch::Tensor& u,
                                    const torch::Tensor& v);

/// The running singular vectors of a list of weights, as buffers u_0, v_0, u_1, … The weights stay their
/// owner's; they are handed in, always in the same order and shapes.
class SpectralNormImpl : public torch::nn::Module {
  public:
    /// Random unit vectors from the seed, then settle().
    SpectralNormImpl(const std::vector<torch::Tensor>& weights, uint64_t seed, int iterations = 20);

    /// So many steps of power iteration on weights that are new, not those of the step before.
    void settle(const std::vector<torch::Tensor>& weights, int iterations = 20);

    /// Each weight divided by its largest singular value. `learn`: first one step of power iteration.
    std::vector<torch::Tensor> normalised(const std::vector<torch::Tensor>& weights, bool learn);

  private:
    std::vector<torch::Tensor> u_, v_;
};
TORCH_MODULE(SpectralNorm);

} // namespace galatea
