#include "redshift/redshift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace galatea {

namespace {

double median(std::vector<double> values) {
    const size_t half = values.size() / 2;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
    if (values.size() % 2 == 1)
        return values[half];
    const double below =
        *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half));
    return (below + values[half]) / 2;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<int64_t> foldOfEach(size_t objects, int64_t folds, uint64_t seed) {
    std::vector<int64_t> order(objects), fold(objects);
    std::iota(order.begin(), order.end(), int64_t{0});
    RandomStream(seed, "folds").shuffle(order);
    for (size_t i = 0; i < objects; ++i)
        fold[static_cast<size_t>(order[i])] = static_cast<int64_t>(i) % folds;
    return fold;
}

std::vector<double> picked(const std::vector<double>& values, const std::vector<int64_t>& rows) {
    std::vector<double> result;
    for (const int64_t row : rows)
        result.push_back(values[static_cast<size_t>(row)]);
    return result;
}

} // namespace

RedshiftMetrics redshiftMetrics(const std::vector<double>& predicted, const std::vector<double>& truth) {
    const auto finite = [](double value) { return std::isfinite(value); };
    if (predicted.size() != truth.size() || truth.empty() ||
        !std::all_of(predicted.begin(), predicted.end(), finite) ||
        !std::all_of(truth.begin(), truth.end(), finite))
        throw UsageError("redshifts", "are not as many finite predictions as finite true values",
                         "leave objects without a redshift out");
    std::vector<double> delta;
    double residual = 0, total = 0;
    const double centre = mean(truth);
    for (size_t i = 0; i < truth.size(); ++i) {
        delta.push_back((predicted[i] - truth[i]) / (1 + truth[i]));
        residual += std::pow(predicted[i] - truth[i], 2);
        total += std::pow(truth[i] - centre, 2);
    }
    RedshiftMetrics metrics;
    metrics.objects = static_cast<int64_t>(truth.size());
    metrics.r2 = total > 0 ? 1 - residual / total : 0;
    metrics.bias = mean(delta);
    const double middle = median(delta);
    std::vector<double> deviation;
    for (const double value : delta)
        deviation.push_back(std::abs(value - middle));
    metrics.sigmaMad = 1.4826 * median(deviation);
    const auto outliers = std::count_if(delta.begin(), delta.end(),
                                        [&](double value) { return std::abs(value) > 5 * metrics.sigmaMad; });
    metrics.outliers = static_cast<double>(outliers) / static_cast<double>(delta.size());
    return metrics;
}

RedshiftReport crossValidateRedshift(const Array& features, const std::vector<double>& redshifts,
                                     const RedshiftOptions& options, const StopToken& stop,
                                     ProgressSink& progress) {
    const auto objects = redshifts.size();
    if (features.rank() != 2 || features.dim(0) != static_cast<int64_t>(objects))
        throw UsageError("redshifts", "are not one for each row of features", "join the two tables first");
    if (options.folds < 2 || static_cast<size_t>(options.folds) * 2 > objects)
        throw UsageError("--folds " + std::to_string(options.folds),
                         "leaves too few objects in a fold: there are " + std::to_string(objects),
                         "use from 2 folds to half as many as there are objects");
    RedshiftReport report;
    report.predicted.assign(objects, 0);
    report.fold = foldOfEach(objects, options.folds, options.seed);
    for (int64_t fold = 0; fold < options.folds; ++fold) {
        std::vector<int64_t> training, held;
        for (size_t i = 0; i < objects; ++i)
            (report.fold[i] == fold ? held : training).push_back(static_cast<int64_t>(i));
        const BoostedTrees trees(gatherRows(features, training), picked(redshifts, training), options.trees,
                                 stop);
        const std::vector<double> predicted = trees.predict(gatherRows(features, held));
        for (size_t i = 0; i < held.size(); ++i)
            report.predicted[static_cast<size_t>(held[i])] = predicted[i];
        report.perFold.push_back(redshiftMetrics(predicted, picked(redshifts, held)));
        progress.update({"cross-validating", fold + 1, options.folds, "folds", ""});
    }
    report.metrics = redshiftMetrics(report.predicted, redshifts);
    return report;
}

} // namespace galatea
