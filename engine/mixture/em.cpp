#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.h"
#include "mixture/evaluator.h"
#include "mixture/k_means.h"
#include "mixture/mixture.h"
#include "mixture/row_blocks.h"

namespace galatea {

namespace {

struct EmPart {
    WeightedSums sums; ///< around the mixture's means
    double logLikelihood = 0;
};

EmPart sumParts(std::vector<EmPart>& parts) {
    EmPart whole = std::move(parts.front());
    for (size_t block = 1; block < parts.size(); ++block) {
        whole.sums += parts[block].sums;
        whole.logLikelihood += parts[block].logLikelihood;
    }
    return whole;
}

/// Expectation and the sums of the maximisation in one pass over the rows.
EmPart expectation(const Array& z, const GaussianMixture& mixture, const StopToken& stop) {
    const MixtureEvaluator evaluator(mixture);
    const RowBlocks blocks(z.dim(0));
    std::vector<EmPart> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, stop, [&](int64_t block, int64_t begin, int64_t end) {
        EmPart& part = parts[static_cast<size_t>(block)];
        part.sums = WeightedSums(mixture.components, mixture.dimensions);
        RowTile tile(mixture.dimensions, mixture.components);
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(z.data(), row, end);
            part.logLikelihood += evaluator.responsibilities(tile);
            part.sums.add(tile, mixture.means);
        }
    });
    return sumParts(parts);
}

/// New weights, means and variances from sums around the present means. A component that holds less than a
/// millionth of one row says nothing about its shape and keeps it, with a vanishing but positive weight.
void maximise(const WeightedSums& sums, double varianceFloor, GaussianMixture& mixture) {
    constexpr double tiny = 10 * std::numeric_limits<double>::epsilon();
    const int64_t dims = mixture.dimensions;
    for (int64_t k = 0; k < mixture.components; ++k) {
        const double weight = sums.weight[static_cast<size_t>(k)] + tiny;
        mixture.weights[static_cast<size_t>(k)] = weight;
        if (weight < 1e-6)
            continue;
        for (auto i = static_cast<size_t>(k * dims); i < static_cast<size_t>((k + 1) * dims); ++i) {
            const double shift = sums.first[i] / weight;
            mixture.means[i] += shift;
            mixture.variances[i] = std::max(0.0, sums.second[i] / weight - shift * shift) + varianceFloor;
        }
    }
    const double total = std::accumulate(mixture.weights.begin(), mixture.weights.end(), 0.0);
    for (double& weight : mixture.weights)
        weight /= total;
}

/// The mixture whose responsibilities are the clusters' labels.
GaussianMixture fromClusters(const Array& z, const Clusters& clusters, double varianceFloor,
                             const StopToken& stop) {
    const RowBlocks blocks(z.dim(0));
    std::vector<EmPart> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, stop, [&](int64_t block, int64_t begin, int64_t end) {
        EmPart& part = parts[static_cast<size_t>(block)];
        part.sums = WeightedSums(clusters.count, clusters.dims);
        RowTile tile(clusters.dims, clusters.count);
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(z.data(), row, end);
            for (int64_t k = 0; k < clusters.count; ++k)
                for (int64_t r = 0; r < tile.rows(); ++r)
                    tile.values(k)[r] = clusters.label[static_cast<size_t>(row + r)] == k;
            part.sums.add(tile, clusters.centres);
        }
    });
    GaussianMixture mixture{clusters.count, clusters.dims, {}, clusters.centres, {}};
    mixture.weights.assign(static_cast<size_t>(clusters.count), 0);
    mixture.variances.assign(clusters.centres.size(), varianceFloor);
    maximise(sumParts(parts).sums, varianceFloor, mixture);
    return mixture;
}

void checkOptions(const MixtureOptions& options) {
    if (options.components < 1 || options.starts < 1 || options.maxIterations < 1)
        throw UsageError("mixture", "components, starts and iterations must be at least 1", "raise them");
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
        const EmPart part = expectation(z, report.mixture, stop);
        const double likelihood = part.logLikelihood / rows;
        if (report.iterations > 0)
            report.history.push_back(likelihood);
        progress.update(report.iterations, likelihood);
        maximise(part.sums, options.varianceFloor, report.mixture);
        ++report.iterations;
        report.converged = std::abs(likelihood - previous) < options.tolerance;
        previous = likelihood;
    }
    throwIfStopped(stop);
    report.meanLogLikelihood = meanLogLikelihood(report.mixture, z);
    report.history.push_back(report.meanLogLikelihood);
    return report;
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
    constexpr int64_t kMeansIterations = 50;
    const Array rows = z.contiguousCopy();
    RandomStream random(options.seed, "mixture");
    MixtureReport best;
    for (int64_t start = 0; start < options.starts; ++start) {
        const Clusters clusters = findClusters(rows, options.components, random, kMeansIterations, stop);
        MixtureReport report = iterate(rows, fromClusters(rows, clusters, options.varianceFloor, stop),
                                       options, stop, EmProgress(progress, start, options));
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
