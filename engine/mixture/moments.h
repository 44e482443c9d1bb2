#pragma once
// What a maximisation step needs to know of the rows: one pass over them for EM and for variational Bayes.

#include <variant>

#include "mixture/evaluator.h"

namespace galatea {

/// Σ γ, Σ γ (z − reference) and the second moments, of variances alone or of all pairs.
struct Moments {
    std::variant<WeightedSums, ProductSums> sums;
    double logLikelihood = 0; ///< Σ log p(z) of the mixture that gave γ; 0 where labels gave it

    int64_t components() const;
    double weight(int64_t k) const;
    const double* first(int64_t k) const; ///< [D]
    /// Second moment of two dimensions, j ≤ i; i = j alone where only variances are kept.
    double second(int64_t k, int64_t i, int64_t j) const;
};

/// Throws UsageError where the moments would take more memory than is sensible.
void requireRoom(int64_t components, int64_t dims, Covariance covariance);

/// γ by the evaluator; moments around `reference` [K,D]. z contiguous and finite. The same result for any
/// number of threads.
Moments expectation(const Array& z, const MixtureEvaluator& evaluator, Covariance covariance,
                    const std::vector<double>& reference, const StopToken& stop);

/// γ is 1 for each row's label.
Moments momentsOfLabels(const Array& z, const std::vector<int32_t>& labels, Covariance covariance,
                        const std::vector<double>& reference, const StopToken& stop);

} // namespace galatea
