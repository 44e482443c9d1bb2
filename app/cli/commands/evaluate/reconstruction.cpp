// evaluate reconstruction: how near a model's reconstructions come, the best and the worst of them, and
// whether its variances are true.

#include "evaluation/reconstruction.h"

#include <algorithm>
#include <cmath>

#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "contact_sheet.h"
#include "files.h"
#include "io/raster.h"

namespace galatea::cli {

namespace {

struct ReconstructionArguments {
    std::string model, data;
    int64_t shown = 6; ///< objects of each sheet
    ReconstructionOptions options;
};

/// Columns of a sheet: the image and its reconstruction as 0 … 1 of the image's range, the residual about
/// mid-gray, and the standard deviation of the largest.
void fillRow(Array& sheet, int64_t row, int64_t columns, const Array& x, const Array& mean,
             const Array& variance) {
    const auto [low, high] = std::ranges::minmax(x.values());
    const float spread = high > low ? high - low : 1;
    float largest = 1e-12f, widest = 1e-12f;
    for (int64_t i = 0; i < x.size(); ++i)
        largest = std::max(largest, std::abs(x.data()[i] - mean.data()[i]));
    for (int64_t i = 0; i < variance.size(); ++i)
        widest = std::max(widest, variance.data()[i]);
    for (int64_t i = 0; i < x.size(); ++i) {
        float* first = sheet.data() + (row * columns) * x.size() + i;
        first[0] = (x.data()[i] - low) / spread;
        first[x.size()] = std::clamp((mean.data()[i] - low) / spread, 0.0f, 1.0f);
        first[2 * x.size()] = 0.5f + 0.5f * (x.data()[i] - mean.data()[i]) / largest;
        if (columns == 4)
            first[3 * x.size()] = std::sqrt(variance.data()[i] / widest);
    }
}

void drawSheet(const Model& model, const Dataset& data, const std::vector<int64_t>& rows,
               const std::string& path) {
    const Array images = data.read(rows).contiguousCopy();
    const Decoding decoded = model.decode(model.encode(images).mean);
    const Array mean = decoded.mean.contiguousCopy(),
                variance = decoded.variance.empty() ? Array() : decoded.variance.contiguousCopy();
    const int64_t columns = variance.empty() ? 3 : 4, count = images.dim(0);
    Array sheet({count * columns, images.dim(1), images.dim(2), images.dim(3)});
    for (int64_t n = 0; n < count; ++n)
        fillRow(sheet, n, columns, images.row(n), mean.row(n), variance.empty() ? Array() : variance.row(n));
    writePng(path, makeContactSheet(sheet, {data.info().bands, data.info().bottomUp, columns}).image);
}

/// How many pixels lie within k standard deviations, beside a normal distribution.
Plot calibrationPlot(const VarianceCalibration& calibration) {
    PlotSeries measured{"pixels", {}, {}}, normal{"normal distribution", {}, {}};
    normal.dashed = true;
    double within = 0;
    const double width = VarianceCalibration::largest / static_cast<double>(VarianceCalibration::bins);
    for (size_t i = 0; i + 1 < calibration.counts.size(); ++i) {
        within += static_cast<double>(calibration.counts[i]);
        const double k = static_cast<double>(i + 1) * width;
        measured.x.push_back(k);
        measured.y.push_back(within / static_cast<double>(std::max<int64_t>(calibration.pixels, 1)));
        normal.x.push_back(k);
        normal.y.push_back(std::erf(k / std::sqrt(2.0)));
    }
    Plot plot{.title = "Calibration of the variance",
              .xLabel = "standard deviations k",
              .yLabel = "pixels within k standard deviations"};
    plot.series = {measured, normal};
    plot.yRange = {0, 1};
    return plot;
}

Plot errorPlot(const ReconstructionReport& report) {
    const HistogramBins bins{40, 0, quantileOf(report.squaredError, 0.99)};
    Plot plot{
        .title = "Reconstruction error", .xLabel = "mean squared error of an image", .yLabel = "images"};
    plot.series = {histogramSeries("", report.squaredError, bins)};
    plot.marks = {{report.pixelVariance, "mean image"}};
    return plot;
}

Json named(const ReconstructionReport& report, const std::vector<int64_t>& rows) {
    Json list = Json::array();
    for (const int64_t row : rows)
        list.push_back({{"id", report.id[static_cast<size_t>(row)]},
                        {"index", row},
                        {"squared_error", report.squaredError[static_cast<size_t>(row)]}});
    return list;
}

Json calibrationJson(const VarianceCalibration& c) {
    return {{"pixels", c.pixels},
            {"within_1_sigma", c.within[0]},
            {"within_2_sigma", c.within[1]},
            {"within_3_sigma", c.within[2]},
            {"mean_square_of_standardised_residual", c.meanSquare},
            {"smallest_variance", c.smallestVariance}};
}

Result runReconstruction(const ReconstructionArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "encode");
    requireMethod(*model, arguments.model, "decode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const ReconstructionReport report =
        reconstructImages(*model, *data, arguments.options, context.stop, context.progress);

    const std::vector<int64_t> ranked = rankedRows(report.squaredError);
    const auto shown = std::min<int64_t>(arguments.shown, static_cast<int64_t>(ranked.size()));
    const std::vector<int64_t> best(ranked.begin(), ranked.begin() + shown),
        worst(ranked.rbegin(), ranked.rbegin() + shown);
    const double ratio = report.pixelVariance > 0 ? report.meanError() / report.pixelVariance : 0;
    Result result;
    result.json = {{"model", arguments.model},
                   {"data", arguments.data},
                   {"images", data->size()},
                   {"squared_error", summaryOf(report.squaredError)},
                   {"mean_image_error", report.pixelVariance},
                   {"error_ratio", ratio},
                   {"best", named(report, best)},
                   {"worst", named(report, worst)}};
    result.text = format("%lld images: mean squared error %.4g, %.1f %% of the mean image's\n",
                         static_cast<long long>(data->size()), report.meanError(), 100 * ratio);
    if (report.hasVariance) {
        result.json["log_likelihood"] = summaryOf(report.logLikelihood);
        result.json["calibration"] = calibrationJson(report.calibration);
        result.text +=
            format("variance: %.1f %% of the pixels within one standard deviation (normal: 68.3 %%), "
                   "%.1f %% within two (95.4 %%)\n",
                   100 * report.calibration.within[0], 100 * report.calibration.within[1]);
        evaluation.plot(calibrationPlot(report.calibration), "calibration");
    }
    evaluation.plot(errorPlot(report), "reconstruction-error");
    if (evaluation.wantsPlots() && shown > 0) {
        drawSheet(*model, *data, best, evaluation.file("best-reconstructions.png"));
        drawSheet(*model, *data, worst, evaluation.file("worst-reconstructions.png"));
    }
    return result;
}

} // namespace

EvaluationAction defineEvaluateReconstruction(CLI::App& app) {
    const auto arguments = std::make_shared<ReconstructionArguments>();
    addModelAndData(app, arguments->model, arguments->data, "Model file that encodes and decodes",
                    "Data set, folder of pictures or CSV list");
    addCount(app, "--shown", arguments->shown, "Objects on the sheets of best and worst reconstructions", 0,
             100);
    addBatch(app, arguments->options.batch);
    app.footer(
        "Columns of the sheets: image, reconstruction, residual, standard deviation (if the model has one).\n"
        "  galatea-cli evaluate reconstruction vae.safetensors galaxies.h5 -o report.json --plots plots/");
    return [arguments](Evaluation& evaluation) { return runReconstruction(*arguments, evaluation); };
}

} // namespace galatea::cli
