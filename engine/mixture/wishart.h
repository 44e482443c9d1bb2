#pragma once
// Gaussian components with uncertain parameters: q(μ, Λ) of one component, normal–Wishart for full precision
// matrices and normal–gamma, dimension by dimension, for diagonal ones (C. M. Bishop, "Pattern Recognition
// and Machine Learning", 2006, section 10.2).

#include <cstdint>
#include <vector>

#include "mixture/moments.h"

namespace galatea {

/// μ ~ N(mean, (β Λ)⁻¹), Λ ~ Wishart(ν, Ψ⁻¹).
struct ComponentBelief {
    Covariance covariance = Covariance::Diagonal;
    double rows = 0; ///< expected number of members
    double beta = 1, nu = 1;
    std::vector<double> mean;    ///< [D]
    std::vector<double> scatter; ///< Ψ: [D] its diagonal, or [D,D]
    std::vector<double> factor;  ///< full: L of Ψ = L Lᵀ
    std::vector<double> inverse; ///< full: L⁻¹
    double logDeterminant = 0;   ///< ln |Ψ|

    int64_t dims() const { return static_cast<int64_t>(mean.size()); }
    /// Factor, inverse and determinant of the scatter.
    void prepare();
    /// E[ln |Λ|].
    double expectedLogPrecision() const;
    /// ν Ψ⁻¹'s inverse: the covariance a component is reported with. [D] or [D,D]
    std::vector<double> expectedCovariance() const;
};

/// The prior that the data's mean and covariance stand for.
ComponentBelief priorBelief(const Array& z, Covariance covariance, double meanPrecision,
                            double degreesOfFreedom, double varianceFloor, const StopToken& stop);

/// The prior after seeing component k's rows, given by moments around `reference` [D].
ComponentBelief updatedBelief(const ComponentBelief& prior, const Moments& moments, int64_t k,
                              const double* reference);

/// What both have seen, seen by one: their rows counted once, the prior once.
ComponentBelief mergedBelief(const ComponentBelief& a, const ComponentBelief& b,
                             const ComponentBelief& prior);

/// ln ∫ Π p(z_n | μ, Λ)^γ_n p(μ, Λ) dμ dΛ of the rows that made the belief.
double logEvidence(const ComponentBelief& belief, const ComponentBelief& prior);

/// KL(belief ‖ prior) in nats.
double divergence(const ComponentBelief& belief, const ComponentBelief& prior);

} // namespace galatea
