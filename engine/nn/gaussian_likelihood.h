#pragma once
// Likelihood of pixels with a mean and a variance each. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// −log N(x; mean, variance) summed over each image's pixels: ½ Σ [log 2π + log v + (x − μ)² / v].
/// x, mean, variance [N,...] of one shape → [N].
torch::Tensor gaussianNegativeLogLikelihood(const torch::Tensor& x, const torch::Tensor& mean,
                                            const torch::Tensor& variance);

} // namespace galatea
