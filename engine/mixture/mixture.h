#pragma once
// Gaussian mixtures over latent vectors: K components of dimension D, with diagonal or full covariances.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/progress.h"
#include "core/random.h"
#include "core/stop_token.h"

namespace galatea {

enum class Covariance { Diagonal, Full };

/// "diag" or "full", as files and the command line say it.
const char* covarianceName(Covariance covariance);

/// p(z) = Σ_k weights[k] · N(z; means[k], Σ_k). Row-major K×D.
struct GaussianMixture {
    int64_t components = 0, dimensions = 0;
    std::vector<double> weights;   ///< [K], positive, sum 1
    std::vector<double> means;     ///< [K,D]
    std::vector<double> variances; ///< [K,D], positive; of full covariances the diagonals: each latent's own
    /// [K,D,D], symmetric and positive definite; empty: Σ_k is the diagonal matrix of the variances.
    std::vector<double> covariances = {};

    bool empty() const { return components == 0; }
    Covariance covariance() const { return covariances.empty() ? Covariance::Diagonal : Covariance::Full; }
    /// Throws std::invalid_argument naming the first thing that is wrong (sizes, signs, not finite, sum).
    void check() const;
};

/// Components `chosen` alone, in that order, their weights scaled to sum 1. Throws std::invalid_argument if
/// there are none or one is outside.
GaussianMixture restrictedMixture(const GaussianMixture& mixture, const std::vector<int64_t>& chosen);

/// log π_k + log N(z_n; μ_k, Σ_k): float64 inside, float32 out. z [N,D] → [N,K].
Array jointLogProbability(const GaussianMixture& mixture, const Array& z);

/// The plain posterior γ_nk = p(k | z_n). z [N,D] → [N,K], rows sum to 1.
/// `logLikelihood` becomes log p(z_n). [N]
Array responsibilities(const GaussianMixture& mixture, const Array& z,
                       std::vector<double>* logLikelihood = nullptr);

/// Index of each row's largest value; the first on ties. [N,K] → N.
std::vector<int64_t> largestPerRow(const Array& values);

/// Mean over n of log p(z_n).
double meanLogLikelihood(const GaussianMixture& mixture, const Array& z);

struct MixtureOptions {
    int64_t components = 12;
    int64_t starts = 1; ///< K-means starts; the best likelihood wins
    int64_t maxIterations = 100;
    double tolerance = 1e-3;     ///< stop when the mean log-likelihood gains less (scikit-learn's default)
    double varianceFloor = 1e-6; ///< added to every variance (scikit-learn's reg_covar)
    uint64_t seed = 1;
    Covariance covariance = Covariance::Diagonal;
    int64_t trials = 4; ///< K-means and two steps of EM each, before every start: the likeliest goes on
};

struct MixtureReport {
    GaussianMixture mixture;
    double meanLogLikelihood = 0; ///< of the data under the result
    int64_t iterations = 0;
    bool converged = false;
    std::vector<double> history; ///< mean log-likelihood after each EM iteration of the winning start
};

/// EM from K-means++ starts. z [N,D], N ≥ K. Throws UsageError if there are fewer rows than components, or
/// full covariances would take too much memory.
MixtureReport fitMixture(const Array& z, const MixtureOptions& options, const StopToken& stop = {},
                         ProgressSink& progress = silentProgress());

/// EM from a given start, with its kind of covariances (tolerance, iteration and floor options apply).
MixtureReport refineMixture(const Array& z, const GaussianMixture& start, const MixtureOptions& options,
                            const StopToken& stop = {});

/// K-means++ seeding and Lloyd iterations. Returns centres [K,D].
Array kMeans(const Array& z, int64_t clusters, RandomStream& random, int64_t maxIterations = 50);

/// Draws of one component (or, with component −1, of the whole mixture): mean + deviations. temperature
/// multiplies the standard deviation; 0 gives the mean. → [count,D]
Array sampleMixture(const GaussianMixture& mixture, int64_t count, int64_t component, double temperature,
                    RandomStream& random, std::vector<int64_t>* drawnComponents = nullptr);

} // namespace galatea
