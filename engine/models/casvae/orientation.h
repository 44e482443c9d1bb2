#pragma once
// Which way round a latent without a sign stands. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// Kendall's τ of two columns [N]: pairs in the same order less pairs in the opposite, over all pairs; ties
/// count neither way. −1 … 1; 0 for fewer than two. Unlike the covariance it hears every object equally: a
/// few saturated stars, far out in both columns, do not decide.
torch::Tensor rankConcordance(const torch::Tensor& a, const torch::Tensor& b);
/// The same for all pairs of the columns of [N,M] → [M,M].
torch::Tensor rankConcordances(const torch::Tensor& columns);

/// The candidate that the others agree with most, whichever way round they stand: the one with the largest
/// mean |τ|, the first on ties. `concordances` [R,R]. Chance finds a wrong way in many ways and the right one
/// in one: what most independent classifiers found is more likely to be in the objects than what one of them
/// found.
int64_t mostAgreedWith(const torch::Tensor& concordances);

} // namespace galatea
