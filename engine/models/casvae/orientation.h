#pragma once
// Which way round a latent without a sign stands. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// Kendall's τ of two columns [N]: pairs in the same order less pairs in the opposite, over all pairs; ties
/// count neither way. −1 … 1; 0 for fewer than two. Unlike the covariance it hears every object equally: a
/// few saturated stars, far out in both columns, do not decide.
torch::Tensor rankConcordance(const torch::Tensor& a, const torch::Tensor& b);

} // namespace galatea
