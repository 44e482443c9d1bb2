// evaluate gaussian-baseline: does the model fit images better than the best scaled bivariate Gaussian?

#include <cmath>

#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "evaluation/gaussian_comparison.h"
#include "files.h"

namespace galatea::cli {

namespace {

struct GaussianArguments {
    std::string model, data;
    GaussianComparisonOptions options;
};

/// Each image a point; above the diagonal the Gaussian is worse.
Plot comparisonPlot(const GaussianComparison& comparison) {
    PlotSeries images{"images", {}, {}, SeriesStyle::Points}, diagonal{"equal", {}, {}};
    for (size_t i = 0; i < comparison.modelError.size(); ++i) {
        images.x.push_back(std::log10(comparison.modelError[i]));
        images.y.push_back(std::log10(comparison.gaussianError[i]));
    }
    const HistogramBins range = binsFor({images.x, images.y});
    diagonal.x = diagonal.y = {range.low, range.high};
    diagonal.dashed = true;
    Plot plot{.title = "Squared error per image",
              .xLabel = "log10 of the model's",
              .yLabel = "log10 of the best Gaussian's"};
    plot.series = {images, diagonal};
    return plot;
}

Plot likelihoodPlot(const GaussianComparison& comparison, int64_t values) {
    std::vector<double> gain;
    for (size_t i = 0; i < comparison.modelLogLikelihood.size(); ++i)
        gain.push_back((comparison.modelLogLikelihood[i] - comparison.gaussianLogLikelihood[i]) /
                       static_cast<double>(values));
    const HistogramBins bins{40, quantileOf(gain, 0.005), quantileOf(gain, 0.995)};
    Plot plot{.title = "Log-likelihood: model less best Gaussian",
              .xLabel = "difference per pixel",
              .yLabel = "share of the images"};
    plot.series = {histogramSeries("", gain, bins)};
    plot.marks = {{0, ""}};
    return plot;
}

Result runGaussianBaseline(const GaussianArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "encode");
    requireMethod(*model, arguments.model, "decode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    GaussianComparisonOptions options = arguments.options;
    options.threads = context.common.threads;
    const GaussianComparison comparison =
        compareWithGaussians(*model, *data, options, context.stop, context.progress);
    const DatasetInfo& info = data->info();
    const double error = comparison.betterInSquaredError(), likelihood = comparison.betterInLikelihood();
    Result result;
    result.json = {{"model", arguments.model},
                   {"data", arguments.data},
                   {"images", data->size()},
                   {"better_in_squared_error", error},
                   {"better_in_log_likelihood", likelihood},
                   {"model_gives_variances", comparison.modelHasVariance},
                   {"model_squared_error", summaryOf(comparison.modelError)},
                   {"gaussian_squared_error", summaryOf(comparison.gaussianError)},
                   {"model_log_likelihood", summaryOf(comparison.modelLogLikelihood)},
                   {"gaussian_log_likelihood", summaryOf(comparison.gaussianLogLikelihood)},
                   {"fits_not_converged", comparison.notConverged}};
    Json worse = Json::array();
    for (size_t i = 0; i < comparison.id.size(); ++i)
        if (!(comparison.modelError[i] < comparison.gaussianError[i]))
            worse.push_back(comparison.id[i]);
    result.json["gaussian_better_in_squared_error"] = worse;
    result.text =
        format("%lld images: the model fits %.1f %% better than the best scaled Gaussian in squared error, "
               "%.1f %% in log-likelihood\n",
               static_cast<long long>(data->size()), 100 * error, 100 * likelihood);
    evaluation.plot(comparisonPlot(comparison), "squared-error");
    evaluation.plot(likelihoodPlot(comparison, info.channels * info.height * info.width), "log-likelihood");
    return result;
}

} // namespace

EvaluationAction defineEvaluateGaussianBaseline(CLI::App& app) {
    const auto arguments = std::make_shared<GaussianArguments>();
    addModelAndData(app, arguments->model, arguments->data, "Model file that encodes and decodes",
                    "Images the model was not trained on");
    addBatch(app, arguments->options.batch);
    app.footer(
        "Six parameters per image and channel, least squares by BFGS (Regier et al. 2015, section 3.2).\n"
        "  galatea-cli evaluate gaussian-baseline vae.safetensors held-out.h5 --plots plots/");
    return [arguments](Evaluation& evaluation) { return runGaussianBaseline(*arguments, evaluation); };
}

} // namespace galatea::cli
