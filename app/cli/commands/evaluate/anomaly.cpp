// evaluate anomaly: do the scores part the normal class from the others, where do the four thresholds lie,
// has the embedding collapsed, what do an unlabelled set's scores say.

#include <algorithm>
#include <cmath>

#include "anomaly/scores.h"
#include "anomaly/separation.h"
#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "contact_sheet.h"
#include "core/text.h"
#include "files.h"
#include "io/raster.h"
#include "metrics/roc.h"
#include "models/model_file.h"
#include "models/registry.h"

namespace galatea::cli {

namespace {

struct AnomalyArguments {
    std::string model, data, column = "label", normal, unlabelled, output;
    std::vector<double> thresholds;
    int64_t gallery = 60;
    ScoreOptions options;
};

/// Scores of labelled objects by class, in the order of the classes' names.
struct Labelled {
    std::vector<double> scores;
    std::vector<uint8_t> strange; ///< not of the normal class
    std::map<std::string, std::vector<double>> classes;
    int64_t withoutLabel = 0;
};

const Column& labelColumn(const AnomalyArguments& arguments, const Dataset& data) {
    for (const Column& column : data.catalog().columns())
        if (lowerCase(column.name) == lowerCase(arguments.column))
            return column;
    throw UsageError(arguments.data, "has no column '" + arguments.column + "'",
                     "name the column of the classes with --column");
}

Labelled sorted(const AnomalyArguments& arguments, const Dataset& data, const AnomalyScores& scores) {
    const Column& column = labelColumn(arguments, data);
    Labelled result;
    for (int64_t row = 0; row < data.size(); ++row) {
        const std::string label = column.text(row);
        if (label.empty()) {
            ++result.withoutLabel;
            continue;
        }
        const double score = scores.score[static_cast<size_t>(row)];
        result.scores.push_back(score);
        result.strange.push_back(label != arguments.normal);
        result.classes[label].push_back(score);
    }
    if (!result.classes.contains(arguments.normal))
        throw UsageError(arguments.data,
                         "has no object whose " + column.name + " is '" + arguments.normal + "'",
                         "name the normal class with --normal");
    return result;
}

RegionThresholds chosenThresholds(const AnomalyArguments& arguments, const ModelCard& card,
                                  const std::vector<double>& normal, const std::vector<double>& strange,
                                  std::string& from) {
    if (!arguments.thresholds.empty()) {
        RegionThresholds thresholds{};
        if (arguments.thresholds.size() != thresholds.size() || !std::ranges::is_sorted(arguments.thresholds))
            throw UsageError("--thresholds", "must be four numbers in ascending order",
                             "for example --thresholds 0.03,0.04,0.08,0.1");
        std::ranges::copy(arguments.thresholds, thresholds.begin());
        from = "given";
        return thresholds;
    }
    if (const auto own = thresholdsOf(card); own && arguments.output.empty()) {
        from = "the model's card";
        return *own;
    }
    from = strange.empty() ? "quantiles of the normal scores" : "quantiles of both kinds of scores";
    return proposedThresholds(normal, strange);
}

Json regionsJson(const std::map<double, int64_t>& regions) {
    Json json = Json::object();
    for (const double label : {0.0, 0.2, 0.5, 0.8, 1.0})
        json[Json(label).dump()] = regions.contains(label) ? regions.at(label) : 0;
    return json;
}

std::map<double, int64_t> regionsOf(const std::vector<double>& scores, const RegionThresholds& thresholds) {
    std::map<double, int64_t> regions;
    for (const double score : scores)
        if (const double label = regionLabel(score, thresholds); std::isfinite(label))
            ++regions[label];
    return regions;
}

Plot histogramPlot(const std::map<std::string, std::vector<double>>& classes,
                   const RegionThresholds& thresholds) {
    std::vector<double> all;
    for (const auto& entry : classes)
        all.insert(all.end(), entry.second.begin(), entry.second.end());
    // A few far outliers would squeeze everything else into one bar.
    const double low = quantileOf(all, 0), high = std::max(quantileOf(all, 0.97), thresholds.back());
    const HistogramBins bins{50, low, high > low ? high : low + 1};
    Plot plot{.title = "Anomaly scores", .xLabel = "score", .yLabel = "share of the class"};
    for (const auto& [name, scores] : classes)
        plot.series.push_back(histogramSeries(name, scores, bins));
    for (size_t i = 0; i < thresholds.size(); ++i)
        plot.marks.push_back({thresholds[i], "T" + std::to_string(i + 1)});
    return plot;
}

Plot rocPlot(const RocCurve& curve) {
    Plot plot{.title = format("Strangers against the normal class, AUC %.3f", curve.area),
              .xLabel = "false positive rate",
              .yLabel = "true positive rate"};
    const size_t nearest = nearestToCorner(curve);
    plot.series = {{"score", curve.falsePositiveRate, curve.truePositiveRate},
                   {"chance", {0, 1}, {0, 1}},
                   {"nearest to (0,1)",
                    {curve.falsePositiveRate[nearest]},
                    {curve.truePositiveRate[nearest]},
                    SeriesStyle::Points}};
    plot.series[1].dashed = true;
    plot.series[2].size = 5;
    plot.xRange = plot.yRange = PlotRange{0, 1};
    return plot;
}

/// From the most normal object to the strangest, at equal steps of rank.
void drawGallery(const Dataset& data, const std::vector<double>& scores, int64_t shown,
                 const std::string& path) {
    const std::vector<int64_t> ranked = rankedRows(scores);
    const auto count = std::min<int64_t>(shown, static_cast<int64_t>(ranked.size()));
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < count; ++i) {
        const double place = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0;
        rows.push_back(
            ranked[static_cast<size_t>(std::llround(place * static_cast<double>(ranked.size() - 1)))]);
    }
    if (!rows.empty())
        writePng(path, makeContactSheet(data.read(rows), {data.info().bands, data.info().bottomUp}).image);
}

Json spreadJson(const Model& model, const Dataset& data, const ScoreOptions& options, const StopToken& stop) {
    Array all({data.size(), model.card().latent});
    for (int64_t row = 0; row < data.size(); row += options.batch) {
        throwIfStopped(stop);
        const int64_t end = std::min(row + options.batch, data.size());
        const Array mean = model.encode(data.readRange(row, end)).mean.contiguousCopy();
        std::copy_n(mean.data(), mean.size(), all.slice(row, end).data());
    }
    const EmbeddingSpread spread = embeddingSpread(all);
    return {{"variance", spread.variance},
            {"mean_square", spread.meanSquare},
            {"relative_variance", spread.meanSquare > 0 ? spread.variance / spread.meanSquare : 0},
            {"smallest_variance", spread.smallestVariance},
            {"effective_dimensions", spread.effectiveDimensions}};
}

/// The strangers of each class against the normal one, and all of them.
void tellSeparation(const Labelled& labelled, const AnomalyArguments& arguments, Evaluation& evaluation,
                    Result& result) {
    const RocCurve all = rocCurve(labelled.scores, labelled.strange);
    const std::vector<double>& normal = labelled.classes.at(arguments.normal);
    result.json["auc"] = all.area;
    result.json["auc_per_class"] = Json::object();
    result.text += format("AUC %.4f: %lld strangers against %lld of class %s\n", all.area,
                          static_cast<long long>(all.positives), static_cast<long long>(all.negatives),
                          escaped(arguments.normal).c_str());
    for (const auto& [name, scores] : labelled.classes) {
        if (name == arguments.normal)
            continue;
        std::vector<double> both = normal;
        both.insert(both.end(), scores.begin(), scores.end());
        std::vector<uint8_t> strange(normal.size(), 0);
        strange.resize(both.size(), 1);
        const double area = rocCurve(both, strange).area;
        result.json["auc_per_class"][name] = area;
        result.text += format("  %.4f against %s\n", area, escaped(name).c_str());
    }
    if (all.positives > 0 && all.negatives > 0)
        evaluation.plot(rocPlot(all), "roc");
}

void tellRegions(const std::map<std::string, std::vector<double>>& classes,
                 const RegionThresholds& thresholds, Result& result) {
    result.text += format("thresholds %.5g, %.5g, %.5g, %.5g\n", thresholds[0], thresholds[1], thresholds[2],
                          thresholds[3]);
    for (const auto& [name, scores] : classes) {
        const Json regions = regionsJson(regionsOf(scores, thresholds));
        result.json["regions"][name] = regions;
        result.text += "  " + escaped(name) + ":";
        for (const char* label : {"0.0", "0.2", "0.5", "0.8", "1.0"})
            result.text += std::string(" ") + label + " → " + regions[label].dump();
        result.text += "\n";
    }
}

void tellUnlabelled(const Model& model, const AnomalyArguments& arguments, const RegionThresholds& thresholds,
                    Evaluation& evaluation, Result& result) {
    Context& context = evaluation.context;
    const DatasetPtr data = openData(context, arguments.unlabelled);
    requireShape(model, arguments.model, *data, arguments.unlabelled);
    const AnomalyScores scores = scoreImages(model, *data, arguments.options, context.stop, context.progress);
    result.json["unlabelled"] = {{"data", arguments.unlabelled},
                                 {"images", data->size()},
                                 {"score", summaryOf(scores.score)},
                                 {"regions", regionsJson(regionsOf(scores.score, thresholds))}};
    result.text += "unlabelled: " + result.json["unlabelled"]["regions"].dump() + "\n";
    evaluation.plot(histogramPlot({{"unlabelled", scores.score}}, thresholds), "unlabelled-scores");
    if (evaluation.wantsPlots())
        drawGallery(*data, scores.score, arguments.gallery, evaluation.file("unlabelled-gallery.png"));
}

/// A copy of the model whose card holds the thresholds and the figures.
void writeModel(const Model& model, const std::string& path, const RegionThresholds& thresholds,
                const Json& found) {
    ModelCard card = model.card();
    card.metrics["thresholds"] = thresholds;
    for (const char* figure : {"auc", "auc_per_class", "normal_class"})
        if (found.contains(figure))
            card.metrics[figure] = found[figure];
    saveModel(*modelFamily(card.family).build(card, model.weights(), path), path);
}

/// Scores by class; without a normal class all objects are one class and none is a stranger.
struct Classes {
    Labelled labelled;
    std::map<std::string, std::vector<double>> scores;
    std::vector<double> normal, strange;
};

Classes classesOf(const AnomalyArguments& arguments, const Dataset& data, const AnomalyScores& scores) {
    Classes classes;
    if (arguments.normal.empty()) {
        classes.normal = scores.score;
        classes.scores = {{"all", scores.score}};
        return classes;
    }
    classes.labelled = sorted(arguments, data, scores);
    classes.scores = classes.labelled.classes;
    classes.normal = classes.scores.at(arguments.normal);
    for (size_t i = 0; i < classes.labelled.scores.size(); ++i)
        if (classes.labelled.strange[i])
            classes.strange.push_back(classes.labelled.scores[i]);
    return classes;
}

void tellDecisions(const Labelled& labelled, const RegionThresholds& thresholds, Result& result) {
    const RegionTally counted = tally(labelled.scores, labelled.strange, thresholds);
    result.json["accuracy_of_decided"] = counted.accuracy();
    result.json["undecided"] = counted.undecided;
    result.text += format("%.1f %% of the decided objects are right, %lld undecided\n",
                          100 * counted.accuracy(), static_cast<long long>(counted.undecided));
}

void tellSpread(const Model& model, const Dataset& data, const AnomalyArguments& arguments,
                const StopToken& stop, Result& result) {
    const Json spread = spreadJson(model, data, arguments.options, stop);
    result.json["embedding"] = spread;
    result.text +=
        format("embedding: variance %.4g, %.3g of its mean square; %lld of %lld coordinates vary\n",
               spread["variance"].get<double>(), spread["relative_variance"].get<double>(),
               static_cast<long long>(spread["effective_dimensions"].get<int64_t>()),
               static_cast<long long>(model.card().latent));
}

Result judged(const Model& model, const Dataset& data, const AnomalyArguments& arguments,
              const AnomalyScores& scores, Evaluation& evaluation) {
    Result result;
    result.json = {{"model", arguments.model}, {"data", arguments.data}, {"images", data.size()}};
    const Classes classes = classesOf(arguments, data, scores);
    if (!arguments.normal.empty()) {
        result.json["normal_class"] = arguments.normal;
        result.json["without_label"] = classes.labelled.withoutLabel;
        tellSeparation(classes.labelled, arguments, evaluation, result);
    }
    std::string from;
    const RegionThresholds thresholds =
        chosenThresholds(arguments, model.card(), classes.normal, classes.strange, from);
    result.json["thresholds"] = thresholds;
    result.json["thresholds_from"] = from;
    for (const auto& [name, values] : classes.scores)
        result.json["scores"][name] = summaryOf(values);
    tellRegions(classes.scores, thresholds, result);
    if (!classes.strange.empty())
        tellDecisions(classes.labelled, thresholds, result);
    if (model.card().can("encode"))
        tellSpread(model, data, arguments, evaluation.context.stop, result);
    evaluation.plot(histogramPlot(classes.scores, thresholds), "scores");
    if (!arguments.unlabelled.empty())
        tellUnlabelled(model, arguments, thresholds, evaluation, result);
    if (!arguments.output.empty())
        writeModel(model, arguments.output, thresholds, result.json);
    return result;
}

Result runAnomaly(const AnomalyArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    if (!arguments.output.empty())
        checkedOutput(arguments.output, {"safetensors"}, {arguments.model, arguments.data});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "score");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const AnomalyScores scores =
        scoreImages(*model, *data, arguments.options, context.stop, context.progress);
    if (evaluation.wantsPlots())
        drawGallery(*data, scores.score, arguments.gallery, evaluation.file("gallery.png"));
    return judged(*model, *data, arguments, scores, evaluation);
}

} // namespace

EvaluationAction defineEvaluateAnomaly(CLI::App& app) {
    const auto arguments = std::make_shared<AnomalyArguments>();
    addModelAndData(app, arguments->model, arguments->data, "Model file that can score",
                    "Data set, folder of pictures or CSV list");
    app.add_option("--column", arguments->column, "Catalogue column of the classes; empty cells are left out")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--normal", arguments->normal, "The normal class; without it all objects are one class")
        ->type_name("CLASS");
    app.add_option("--thresholds", arguments->thresholds,
                   "Four ascending scores; default: the model's own, else quantiles of the scores")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("T,T,T,T");
    app.add_option("--unlabelled", arguments->unlabelled, "A further set to score with the same thresholds")
        ->type_name("DATA");
    addCount(app, "--gallery", arguments->gallery, "Objects on the sheet from most normal to strangest", 1,
             2000);
    app.add_option("--write-model", arguments->output,
                   "Write a copy of the model whose card holds new thresholds and the figures (.safetensors)")
        ->type_name("MODEL");
    addBatch(app, arguments->options.batch);
    app.footer("The thresholds part five regions: 0 (surely normal), 0.2, 0.5 (undecided), 0.8 and 1 (surely "
               "strange).\n"
               "  galatea-cli evaluate anomaly svdd.safetensors galaxies.h5 --normal Spiral --plots plots/");
    return [arguments](Evaluation& evaluation) { return runAnomaly(*arguments, evaluation); };
}

} // namespace galatea::cli
