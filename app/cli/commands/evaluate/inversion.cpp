// evaluate inversion: best fits from the embedder beside the embedder alone and a random start, and a hidden
// band beside the best linear prediction from the others.

#include <algorithm>
#include <cmath>

#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "contact_sheet.h"
#include "files.h"
#include "inversion/band_refinement.h"
#include "inversion/best_fit.h"
#include "inversion/linear_prediction.h"
#include "inversion/mask.h"
#include "io/raster.h"
#include "models/network_units.h"

namespace galatea::cli {

namespace {

struct InversionArguments {
    std::string model, data;
    int64_t count = 200, shown = 8, references = 0;
    std::vector<std::string> hidden;
    BestFitOptions options;
};

std::vector<double> listed(const Array& values) {
    const Array dense = values.contiguousCopy();
    return {dense.values().begin(), dense.values().end()};
}

/// Share of the objects where a is smaller than b.
double share(const std::vector<double>& a, const std::vector<double>& b) {
    int64_t smaller = 0;
    for (size_t i = 0; i < a.size(); ++i)
        smaller += a[i] < b[i];
    return static_cast<double>(smaller) / static_cast<double>(a.size());
}

double meanOf(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

PlotSeries meanCurve(const std::string& name, const Array& curves) {
    PlotSeries series{name, {}, {}};
    for (int64_t step = 0; step < curves.dim(2); ++step) {
        double sum = 0;
        for (int64_t n = 0; n < curves.dim(0); ++n)
            sum += static_cast<double>(curves.at(n, int64_t{0}, step));
        series.x.push_back(static_cast<double>(step));
        series.y.push_back(std::log10(sum / static_cast<double>(curves.dim(0))));
    }
    return series;
}

/// Rows of images beside each other; the same object in each column.
void drawSheet(const std::vector<Array>& rows, int64_t columns, const DatasetInfo& info,
               const std::string& path) {
    std::vector<int64_t> shape = rows.front().shape();
    const int64_t pixels = rows.front().size() / shape[0];
    columns = std::min(columns, shape[0]);
    shape[0] = columns * static_cast<int64_t>(rows.size());
    Array sheet(shape);
    for (size_t row = 0; row < rows.size(); ++row) {
        const Array images = rows[row].contiguousCopy();
        std::copy_n(images.data(), columns * pixels,
                    sheet.data() + static_cast<int64_t>(row) * columns * pixels);
    }
    writePng(path, makeContactSheet(sheet, {info.bands, info.bottomUp, columns}).image);
}

class InversionTask {
  public:
    InversionTask(const InversionArguments& arguments, Evaluation& evaluation)
        : arguments_(arguments), evaluation_(evaluation),
          model_(openModelFile(evaluation.context, arguments.model)),
          data_(openData(evaluation.context, arguments.data)) {
        requireMethod(*model_, arguments.model, "encode");
        requireMethod(*model_, arguments.model, "decode");
        requireShape(*model_, arguments.model, *data_, arguments.data);
        const int64_t count = std::min(arguments.count, data_->size());
        images_ = data_->readRange(0, count).contiguousCopy();
        observed_ = observedPixels(images_, {});
    }

    Result run() {
        result_.json = {{"model", arguments_.model},
                        {"data", arguments_.data},
                        {"images", images_.dim(0)},
                        {"steps", arguments_.options.steps},
                        {"unit", "mean squared error in the network's units"}};
        compareStarts();
        for (const int64_t channel : channelsNamed(arguments_.hidden, data_->info().bands, images_.dim(1)))
            hideBand(channel);
        return std::move(result_);
    }

  private:
    BestFitOptions options(const char* start) const {
        BestFitOptions options = arguments_.options;
        options.start = start;
        if (evaluation_.context.common.seedGiven)
            options.seed = evaluation_.context.common.seed;
        return options;
    }

    BestFitReport fit(const char* start, int64_t starts, const Array& observed) {
        BestFitOptions chosen = options(start);
        chosen.starts = starts;
        return bestFit(*model_, images_, observed, chosen, evaluation_.context.stop,
                       evaluation_.context.progress);
    }

    void compareStarts() {
        const BestFitReport both = fit("encoder", 1, observed_), random = fit("random", 1, observed_);
        std::vector<double> embedder;
        for (int64_t n = 0; n < images_.dim(0); ++n)
            embedder.push_back(static_cast<double>(both.curves.at(n, int64_t{0}, int64_t{0})));
        const std::vector<double> ours = listed(both.losses), others = listed(random.losses);
        const Array mean = NetworkUnits(model_->card().input).toNetwork(images_);
        result_.json["embedder_only"] = summaryOf(embedder);
        result_.json["random_start"] = summaryOf(others);
        result_.json["embedder_and_fit"] = summaryOf(ours);
        result_.json["fit_below_embedder_only"] = share(ours, embedder);
        result_.json["fit_below_random_start"] = share(ours, others);
        result_.text += format(
            "%lld images, %lld steps: mean squared error %.4g by the embedder alone, %.4g by a fit from a "
            "random start, %.4g by a fit from the embedder\n"
            "the fit from the embedder is below the embedder alone for %.1f %%, below the random start "
            "for %.1f %%\n",
            static_cast<long long>(images_.dim(0)), static_cast<long long>(arguments_.options.steps),
            meanOf(embedder), meanOf(others), meanOf(ours), 100 * share(ours, embedder),
            100 * share(ours, others));
        Plot plot{.title = "Best fits", .xLabel = "step", .yLabel = "log10 mean squared error"};
        plot.series = {meanCurve("from the embedder", both.curves), meanCurve("random start", random.curves)};
        evaluation_.plot(plot, "best-fit-curves");
        if (evaluation_.wantsPlots() && arguments_.shown > 0)
            drawSheet({images_, model_->decode(model_->encode(images_).mean).mean, imagesOfStart(random, 0),
                       imagesOfStart(both, 0)},
                      arguments_.shown, data_->info(), evaluation_.file("best-fits.png"));
    }

    /// Mean squared error of the hidden channel, per object, in the network's units.
    std::vector<double> hiddenErrors(const Array& images, int64_t channel) const {
        Array hidden(images_.shape());
        for (int64_t n = 0; n < images_.dim(0); ++n)
            for (int64_t y = 0; y < images_.dim(2); ++y)
                for (int64_t x = 0; x < images_.dim(3); ++x)
                    hidden.at(n, channel, y, x) = observed_.at(n, channel, y, x);
        return listed(observedError(model_->card(), images_, images, hidden));
    }

    /// Both linear predictions, made on the images after those evaluated; the better one counts.
    std::vector<double> linearErrors(int64_t channel, Json& json) {
        const NetworkUnits units(model_->card().input);
        const int64_t first = images_.dim(0), last = std::min(first + 2000, data_->size());
        if (last - first < 50)
            throw UsageError(arguments_.data,
                             "has too few images besides those evaluated to make the linear prediction",
                             "evaluate fewer with --count");
        const Array training = units.toNetwork(data_->readRange(first, last)),
                    shown = units.toNetwork(images_);
        std::vector<double> best;
        for (const int64_t radius : {0, 1}) {
            const Array predicted = LinearPrediction(training, channel, radius).predict(shown);
            Array filled = shown.copy();
            for (int64_t n = 0; n < shown.dim(0); ++n)
                for (int64_t y = 0; y < shown.dim(2); ++y)
                    for (int64_t x = 0; x < shown.dim(3); ++x)
                        filled.at(n, channel, y, x) = predicted.at(n, y, x);
            const std::vector<double> errors = hiddenErrors(units.toData(filled), channel);
            json[radius == 0 ? "linear_same_pixel" : "linear_3x3"] = summaryOf(errors);
            if (best.empty() || meanOf(errors) < meanOf(best))
                best = errors;
        }
        return best;
    }

    void hideBand(int64_t channel) {
        const Array observed = observedPixels(images_, {channel});
        const BestFitReport report = fit("mixed", arguments_.options.starts, observed);
        const std::vector<std::string>& bands = data_->info().bands;
        const std::string name =
            bands.empty() ? std::to_string(channel) : bands[static_cast<size_t>(channel)];
        Json json = {{"band", name}, {"starts", arguments_.options.starts}};
        const std::vector<double> linear = linearErrors(channel, json),
                                  fills = hiddenErrors(report.mean, channel),
                                  first = hiddenErrors(imagesOfStart(report, 0), channel),
                                  alone = hiddenErrors(
                                      model_->decode(encodeObserved(*model_, images_, observed)).mean,
                                      channel);
        const Array refined = refinedFills(channel, observed, report);
        json["mean_of_fills"] = summaryOf(fills);
        json["one_fill"] = summaryOf(first);
        json["embedder_only"] = summaryOf(alone);
        json["fills_below_linear"] = share(fills, linear);
        result_.text +=
            format("band %s hidden: mean squared error %.4g by the mean of %lld fits, %.4g by one fit, %.4g "
                   "by the embedder alone, %.4g by the best linear prediction; the fits are below it "
                   "for %.1f %% of the images\n",
                   name.c_str(), meanOf(fills), static_cast<long long>(arguments_.options.starts),
                   meanOf(first), meanOf(alone), meanOf(linear), 100 * share(fills, linear));
        if (!refined.empty()) {
            const std::vector<double> errors = hiddenErrors(refined, channel);
            json["refined"] = summaryOf(errors);
            json["refined_below_linear"] = share(errors, linear);
            result_.text +=
                format("band %s refined by %lld other objects: mean squared error %.4g, below the "
                       "best linear prediction for %.1f %%\n",
                       name.c_str(), static_cast<long long>(arguments_.references), meanOf(errors),
                       100 * share(errors, linear));
        }
        result_.json["hidden"].push_back(std::move(json));
        if (evaluation_.wantsPlots() && arguments_.shown > 0)
            drawHidden(report, refined, channel, "hidden-" + name + ".png");
    }

    /// Empty if no other objects are to be looked at.
    Array refinedFills(int64_t channel, const Array& observed, const BestFitReport& report) {
        if (arguments_.references == 0)
            return {};
        const int64_t first = images_.dim(0), last = std::min(first + arguments_.references, data_->size());
        const BandRefinement refinement(*model_, data_->readRange(first, last), {channel}, options("mixed"),
                                        evaluation_.context.stop, evaluation_.context.progress);
        return refinement.refined(images_, observed, report.mean);
    }

    /// The hidden band alone: truth, refined (if it was), mean of the fills, the first fill.
    void drawHidden(const BestFitReport& report, const Array& refined, int64_t channel,
                    const std::string& name) {
        const NetworkUnits units(model_->card().input);
        const auto band = [&](const Array& images) {
            return images.permuted({1, 0, 2, 3})
                .slice(channel, channel + 1)
                .permuted({1, 0, 2, 3})
                .contiguousCopy();
        };
        std::vector<Array> rows{band(units.toNetwork(images_))};
        if (!refined.empty())
            rows.push_back(band(units.toNetwork(refined)));
        rows.push_back(band(units.toNetwork(report.mean)));
        rows.push_back(band(units.toNetwork(imagesOfStart(report, 0))));
        drawSheet(rows, arguments_.shown, data_->info(), evaluation_.file(name));
    }

    const InversionArguments& arguments_;
    Evaluation& evaluation_;
    ModelPtr model_;
    DatasetPtr data_;
    Array images_, observed_;
    Result result_;
};

} // namespace

EvaluationAction defineEvaluateInversion(CLI::App& app) {
    const auto arguments = std::make_shared<InversionArguments>();
    addModelAndData(app, arguments->model, arguments->data, "Model file that encodes and decodes",
                    "Data set of images the model was not trained on");
    addCount(app, "--count", arguments->count, "Images to fit: the first N of the data set", 1, 1000000);
    app.add_option("--hide", arguments->hidden, "Bands to hide and recover, one after the other")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("u,...");
    addCount(app, "--references", arguments->references,
             "Also refine hidden bands by this many other objects, the images after the first N; 0: do not",
             0, 100000);
    addCount(app, "--starts", arguments->options.starts, "Fits per image where a band is hidden", 1, 10000);
    addCount(app, "--steps", arguments->options.steps, "Steps of Adam", 1, 1000000);
    app.add_option("--prior", arguments->options.prior, "Weight of the latents' mean square")
        ->capture_default_str()
        ->type_name("W");
    addCount(app, "--shown", arguments->shown, "Objects on the sheets", 0, 100);
    app.footer(
        "Rows of best-fits.png: image, embedder alone, fit from a random start, fit from the embedder.\n"
        "Rows of hidden-BAND.png: the band, refined (with --references), mean of the fits, first fit.\n"
        "The linear prediction is made from the images after the first N.\n"
        "  galatea-cli evaluate inversion lsgan.safetensors stamps.h5 --hide u --plots plots/");
    return [arguments](Evaluation& evaluation) { return InversionTask(*arguments, evaluation).run(); };
}

} // namespace galatea::cli
