#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.h"
#include "mixture/cholesky.h"
#include "mixture/k_means.h"
#include "mixture/mixture.h"
#include "mixture/moments.h"

namespace galatea {

namespace {

/// Variances, or the whole covariance, of component k from moments around `reference`, which it moves to the
/// mean.
void takeShape(const Moments& moments, int64_t k, double weight, double varianceFloor,
               GaussianMixture& mixture) {
    const int64_t dims = mixture.dimensions;
    const double* first = moments.first(k);
    double *mean = mixture.means.data() + k * dims, *variance = mixture.variances.data() + k * dims;
    for (int64_t d = 0; d < dims; ++d) {
        const double shift = first[d] / weight;
        mean[d] += shift;
        variance[d] = std::max(0.0, moments.second(k, d, d) / weight - shift * shift) + varianceFloor;
    }
    if (mixture.covariances.empty())
        return;
    std::vector<double> block(static_cast<size_t>(dims * dims));
    for (int64_t i = 0; i < dims; ++i) {
        for (int64_t j = 0; j < i; ++j)
            block[static_cast<size_t>(i * dims + j)] = block[static_cast<size_t>(j * dims + i)] =
                moments.second(k, i, j) / weight - first[i] / weight * (first[j] / weight);
        block[static_cast<size_t>(i * dims + i)] = variance[i];
    }
    factorOf(block, dims, varianceFloor); // raises the diagonal where rounding left it indefinite
    for (int64_t d = 0; d < dims; ++d)
        variance[d] = block[static_cast<size_t>(d * dims + d)];
    std::copy(block.begin(), block.end(), mixture.covariances.begin() + k * dims * dims);
}

/// New weights, means and covariances from sums around the present means. A component that holds less than a
/// millionth of one row says nothing about its shape and keeps it, with a vanishing but positive weight.
void maximise(const Moments& moments, double varianceFloor, GaussianMixture& mixture) {
    constexpr double tiny = 10 * std::numeric_limits<double>::epsilon();
    for (int64_t k = 0; k < mixture.components; ++k) {
        const double weight = moments.weight(k) + tiny;
        mixture.weights[static_cast<size_t>(k)] = weight;
        if (weight >= 1e-6)
            takeShape(moments, k, weight, varianceFloor, mixture);
    }
    const double total = std::accumulate(mixture.weights.begin(), mixture.weights.end(), 0.0);
    for (double& weight : mixture.weights)
        weight /= total;
}

/// The mixture whose responsibilities are the clusters' labels.
GaussianMixture fromClusters(const Array& z, const Clusters& clusters, const MixtureOptions& options,
                             const StopToken& stop) {
    GaussianMixture mixture{clusters.count, clusters.dims, {}, clusters.centres, {}};
    mixture.weights.assign(static_cast<size_t>(clusters.count), 0);
    mixture.variances.assign(clusters.centres.size(), options.varianceFloor);
    if (options.covariance == Covariance::Full) {
        const int64_t dims = clusters.dims;
        mixture.covariances.assign(static_cast<size_t>(clusters.count * dims * dims), 0);
        for (int64_t i = 0; i < clusters.count * dims; ++i)
            mixture.covariances[static_cast<size_t>(i * dims + i % dims)] = options.varianceFloor;
    }
    maximise(momentsOfLabels(z, clusters.label, options.covariance, clusters.centres, stop),
             options.varianceFloor, mixture);
    return mixture;
}

void checkOptions(const MixtureOptions& options) {
    if (options.components < 1 || options.starts < 1 || options.maxIterations < 1 || options.trials < 1)
        throw UsageError("mixture", "components, starts, trials and iterations must be at least 1",
                         "raise them");
    if (!(options.varianceFloor > 0) || !std::isfinite(options.varianceFloor))
        throw UsageError("mixture", "the variance floor must be positive", "1e-6 is usual");
    if (!(options.tolerance >= 0))
        throw UsageError("mixture", "the tolerance must not be negative", "1e-3 is usual");
}

/// Told how far an EM run is.
class EmProgress {
  public:
    EmProgress(ProgressSink& sink, int64_t start, const MixtureOptions& options)
        : sink_(sink), before_(start * options.maxIterations),
          total_(options.starts * options.maxIterations) {}
    void update(int64_t iteration, double logLikelihood) {
        sink_.update({"fitting the mixture", before_ + iteration, total_, "iterations",
                      "log-likelihood " + std::to_string(logLikelihood)});
    }

  private:
    ProgressSink& sink_;
    int64_t before_, total_;
};

/// z contiguous and finite. Stops where scikit-learn does: the gain is that of the likelihood before each
/// step, and the step that shows it small is still taken.
MixtureReport iterate(const Array& z, GaussianMixture start, const MixtureOptions& options,
                      const StopToken& stop, EmProgress progress) {
    MixtureReport report;
    report.mixture = std::move(start);
    const auto rows = static_cast<double>(z.dim(0));
    double previous = -std::numeric_limits<double>::infinity();
    while (report.iterations < options.maxIterations && !report.converged) {
        const Moments moments = expectation(z, MixtureEvaluator(report.mixture), report.mixture.covariance(),
                                            report.mixture.means, stop);
        const double likelihood = moments.logLikelihood / rows;
        if (report.iterations > 0)
            report.history.push_back(likelihood);
        progress.update(report.iterations, likelihood);
        maximise(moments, options.varianceFloor, report.mixture);
        ++report.iterations;
        report.converged = std::abs(likelihood - previous) < options.tolerance;
        previous = likelihood;
    }
    throwIfStopped(stop);
    report.meanLogLikelihood = meanLogLikelihood(report.mixture, z);
    report.history.push_back(report.meanLogLikelihood);
    return report;
}

/// Some of the rows, one from each of equal stretches: enough to tell a good start from a bad one.
Array rowsForTrials(const Array& z, int64_t components, RandomStream& random) {
    constexpr int64_t least = 6000, rowsPerComponent = 500;
    const int64_t wanted = std::max(least, rowsPerComponent * components);
    if (z.dim(0) <= wanted)
        return z;
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < wanted; ++i) {
        const int64_t begin = i * z.dim(0) / wanted, end = (i + 1) * z.dim(0) / wanted;
        rows.push_back(begin + random.below(end - begin));
    }
    return gatherRows(z, rows);
}

/// The most likely of a few mixtures that K-means and two steps of EM lead to (emEM: C. Biernacki, G. Celeux
/// & G. Govaert, Computational Statistics & Data Analysis 41, 2003).
GaussianMixture likelyStart(const Array& all, const MixtureOptions& options, RandomStream& random,
                            const StopToken& stop) {
    const Array z = options.trials > 1 ? rowsForTrials(all, options.components, random) : all;
    constexpr int64_t kMeansIterations = 50;
    MixtureOptions brief = options;
    brief.maxIterations = 2;
    brief.tolerance = 0;
    MixtureReport best;
    const int64_t trials = options.components > 1 ? options.trials : 1;
    for (int64_t trial = 0; trial < trials; ++trial) {
        const Clusters clusters = findClusters(z, options.components, random, kMeansIterations, stop);
        GaussianMixture start = fromClusters(z, clusters, options, stop);
        if (trials == 1)
            return start;
        MixtureReport report =
            iterate(z, std::move(start), brief, stop, EmProgress(silentProgress(), 0, brief));
        if (trial == 0 || report.meanLogLikelihood > best.meanLogLikelihood)
            best = std::move(report);
    }
    return best.mixture;
}

} // namespace

MixtureReport fitMixture(const Array& z, const MixtureOptions& options, const StopToken& stop,
                         ProgressSink& progress) {
    checkOptions(options);
    requireFiniteRows(z);
    if (z.dim(0) < options.components)
        throw UsageError("mixture",
                         std::to_string(z.dim(0)) + " rows are too few for " +
                             std::to_string(options.components) + " components",
                         "ask for fewer components");
    requireRoom(options.components, z.dim(1), options.covariance);
    const Array rows = z.contiguousCopy();
    RandomStream random(options.seed, "mixture");
    MixtureReport best;
    for (int64_t start = 0; start < options.starts; ++start) {
        MixtureReport report = iterate(rows, likelyStart(rows, options, random, stop), options, stop,
                                       EmProgress(progress, start, options));
        if (start == 0 || report.meanLogLikelihood > best.meanLogLikelihood)
            best = std::move(report);
    }
    if (!best.converged)
        progress.warn("the mixture had not settled after " + std::to_string(best.iterations) + " iterations");
    return best;
}

MixtureReport refineMixture(const Array& z, const GaussianMixture& start, const MixtureOptions& options,
                            const StopToken& stop) {
    checkOptions(options);
    requireFiniteRows(z);
    const Array rows = matchingRows(start, z);
    if (rows.dim(0) == 0)
        throw UsageError("mixture", "there are no rows to fit it to", "give at least one");
    return iterate(rows, start, options, stop, EmProgress(silentProgress(), 0, options));
}

} // namespace galatea
