#include "evaluation/gaussian_comparison.h"

#include <algorithm>
#include <atomic>

#include "baselines/gaussian_fit.h"
#include "core/parallel.h"

namespace galatea {

namespace {

double shareOfSmaller(const std::vector<double>& a, const std::vector<double>& b) {
    double smaller = 0;
    for (size_t i = 0; i < a.size(); ++i)
        smaller += a[i] < b[i] ? 1 : 0;
    return a.empty() ? 0 : smaller / static_cast<double>(a.size());
}

} // namespace

double GaussianComparison::betterInSquaredError() const {
    return shareOfSmaller(modelError, gaussianError);
}
double GaussianComparison::betterInLikelihood() const {
    return shareOfSmaller(gaussianLogLikelihood, modelLogLikelihood);
}

GaussianComparison compareWithGaussians(const Model& model, const Dataset& data,
                                        const GaussianComparisonOptions& options, const StopToken& stop,
                                        ProgressSink& progress) {
    const ReconstructionReport report = reconstructImages(model, data, {options.batch}, stop, progress);
    GaussianComparison result;
    result.id = report.id;
    result.modelError = report.squaredError;
    result.modelHasVariance = report.hasVariance;
    const int64_t count = data.size(), batch = std::max<int64_t>(options.batch, 1);
    const DatasetInfo& info = data.info();
    const int64_t values = info.channels * info.height * info.width;
    result.gaussianError.resize(static_cast<size_t>(count));
    result.gaussianLogLikelihood.resize(static_cast<size_t>(count));
    std::atomic<int64_t> notConverged{0};
    for (int64_t begin = 0; begin < count; begin += batch) {
        throwIfStopped(stop);
        const Array images = data.readRange(begin, std::min(begin + batch, count));
        parallelFor(images.dim(0), options.threads, [&](int64_t n) {
            double error = 0;
            for (int64_t c = 0; c < info.channels; ++c) {
                const GaussianFit fit = fitGaussian(images.row(n).row(c));
                error += fit.squaredError;
                notConverged += fit.converged ? 0 : 1;
            }
            const auto row = static_cast<size_t>(begin + n);
            result.gaussianError[row] = error / static_cast<double>(values);
            result.gaussianLogLikelihood[row] = sharedVarianceLogLikelihood(error, values);
        });
        progress.update({"fitting Gaussians", begin + images.dim(0), count, "images", ""});
    }
    result.notConverged = notConverged;
    result.modelLogLikelihood = report.logLikelihood;
    if (!report.hasVariance)
        for (const double error : report.squaredError)
            result.modelLogLikelihood.push_back(
                sharedVarianceLogLikelihood(error * static_cast<double>(values), values));
    return result;
}

} // namespace galatea
