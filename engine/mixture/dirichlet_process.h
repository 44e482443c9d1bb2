#pragma once
// A Gaussian mixture that finds its own number of components: variational inference for a Dirichlet process
// (D. M. Blei & M. I. Jordan, Bayesian Analysis 1, 2006), components kept in the order of their size
// (K. Kurihara, M. Welling & Y. W. Teh, IJCAI 2007).

#include <cstdint>
#include <vector>

#include "mixture/mixture.h"

namespace galatea {

/// Priors are scikit-learn's BayesianGaussianMixture's: means N(m₀, (β₀Λ)⁻¹) around the data's mean,
/// precisions Λ Wishart(ν₀, Ψ₀⁻¹), of diagonal ones a gamma distribution for each latent, Ψ₀ the data's
/// covariance; sticks Beta(1, α).
struct DirichletProcessOptions {
    int64_t maxComponents = 30; ///< that it starts with
    Covariance covariance = Covariance::Diagonal;
    double concentration = 0;    ///< α; small: few components. 0: 1 / maxComponents
    double meanPrecision = 1;    ///< β₀, in rows
    double degreesOfFreedom = 0; ///< ν₀, in rows, above D − 1. 0: D
    double activeWeight = 0.01;  ///< a component of more expected weight is active
    int64_t starts = 1;          ///< K-means starts; the highest bound wins
    int64_t maxIterations = 500;
    double tolerance = 1e-6;     ///< stop when the lower bound gains less, nats per row
    double varianceFloor = 1e-6; ///< added to the data's variances where they serve as prior
    uint64_t seed = 1;
};

struct DirichletProcessReport {
    GaussianMixture mixture;     ///< the active components, the heaviest first; weights scaled to sum 1
    std::vector<double> weights; ///< [≥ active] expected weights of all that still hold objects, before that
    double lowerBound = 0;       ///< on ln p(z), nats, of all rows together
    double meanLogLikelihood = 0; ///< of the data under `mixture`
    int64_t iterations = 0;
    bool converged = false;
    std::vector<double> history; ///< the bound at each iteration of the winning start; it never falls
};

/// z [N,D], N ≥ 2. Seeded; the same result for any number of threads. Throws UsageError, Interrupted on stop.
DirichletProcessReport fitDirichletProcess(const Array& z, const DirichletProcessOptions& options,
                                           const StopToken& stop = {},
                                           ProgressSink& progress = silentProgress());

} // namespace galatea
