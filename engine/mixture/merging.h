#pragma once
// Components of a mixture taken together.

#include "mixture/mixture.h"

namespace galatea {

/// Component k becomes part of component into[k] of the result: its weight is the sum of its parts' and its
/// mean and covariance are those of their part of the density (moments matched), so covariances are full
/// unless nothing is merged. `into` has one entry per component and its numbers run from 0 without gaps;
/// throws std::invalid_argument otherwise.
GaussianMixture mergedMixture(const GaussianMixture& mixture, const std::vector<int64_t>& into);

/// The same for what a mixture says of objects: [N,K] → [N, number of merged components], columns summed.
Array mergedResponsibilities(const Array& responsibility, const std::vector<int64_t>& into);

} // namespace galatea
