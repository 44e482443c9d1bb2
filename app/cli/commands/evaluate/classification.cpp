// evaluate classification: how well scores part two classes, over repeated runs of one or several methods.

#include "commands/evaluate/tasks.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>

#include "anomaly/scores.h"
#include "core/error.h"
#include "core/text.h"
#include "files.h"
#include "io/table_file.h"
#include "metrics/classification.h"
#include "metrics/roc.h"

namespace galatea::cli {

namespace {

namespace fs = std::filesystem;

struct ClassificationArguments {
    std::string data, label = "label", positive, negative;
    std::vector<std::string> runs;
    double threshold = 0;
};

/// Which objects of the data set count, and what they are.
struct Truth {
    std::vector<std::string> ids;
    std::vector<size_t> rows;
    std::vector<uint8_t> positive;
};

struct Run {
    std::string file;
    RocCurve curve;
    size_t nearest = 0; ///< point of the curve
    Confusion atNearest, atThreshold;
};

struct Method {
    std::string name;
    std::vector<std::string> files;
    std::vector<Run> runs;
};

Truth truthOf(const ClassificationArguments& arguments, const Dataset& data) {
    const Table& catalog = data.catalog();
    const Column* labels = catalog.find(arguments.label);
    if (!labels)
        throw InputError(arguments.data, "has no column '" + arguments.label + "'",
                         "name the column of the classes with --label");
    const Column& ids = *catalog.find("id");
    Truth truth;
    for (int64_t row = 0; row < data.size(); ++row) {
        truth.ids.push_back(ids.text(row));
        const std::string label = labels->text(row);
        const bool positive = label == arguments.positive;
        if (!positive && (label.empty() || (!arguments.negative.empty() && label != arguments.negative)))
            continue;
        truth.rows.push_back(static_cast<size_t>(row));
        truth.positive.push_back(positive ? 1 : 0);
    }
    const auto positives = std::count(truth.positive.begin(), truth.positive.end(), 1);
    if (positives == 0 || positives == static_cast<int64_t>(truth.positive.size()))
        throw InputError(arguments.data,
                         "has " + std::string(positives == 0 ? "no" : "only") + " objects of the class '" +
                             arguments.positive + "', so nothing can be told apart",
                         "choose another --label, --positive or --negative");
    return truth;
}

bool isTable(const fs::path& path) {
    return path.extension() == ".csv";
}

/// Files of one folder are runs of the method that the folder is called after.
std::vector<Method> methodsOf(const std::vector<std::string>& sources) {
    std::vector<Method> methods;
    const auto add = [&](const std::string& name, const std::string& file) {
        auto found =
            std::find_if(methods.begin(), methods.end(), [&](const Method& m) { return m.name == name; });
        if (found == methods.end())
            found = methods.insert(methods.end(), Method{name, {}, {}});
        found->files.push_back(file);
    };
    for (const std::string& source : sources) {
        const fs::path path = fs::path(absolutePath(source)).lexically_normal();
        if (!fs::is_directory(path)) {
            add(path.parent_path().filename().string(), source);
            continue;
        }
        std::vector<std::string> files;
        for (const auto& entry : fs::directory_iterator(path))
            if (isTable(entry.path()) || entry.path().extension() == ".safetensors")
                files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        const fs::path named = path.has_filename() ? path : path.parent_path();
        for (const std::string& file : files)
            add(named.filename().string(), file);
    }
    if (methods.empty())
        throw UsageError("evaluate classification", "was given no models and no tables of scores",
                         "name .safetensors or .csv files, or folders that hold some");
    return methods;
}

std::vector<double> scoresFromTable(const std::string& file, const Truth& truth, Context& context) {
    std::vector<std::string> notes;
    const Table table = readTableFile(file, notes);
    for (const std::string& note : notes)
        context.progress.warn(note);
    const Column *ids = table.find("id"), *scores = table.find("score");
    if (!ids || !scores)
        throw InputError(file, "has no columns id and score", "write it with 'galatea-cli score'");
    std::map<std::string, double> byId;
    for (int64_t row = 0; row < table.rowCount(); ++row)
        byId[ids->text(row)] = scores->number(row);
    std::vector<double> result;
    for (const std::string& id : truth.ids) {
        const auto found = byId.find(id);
        result.push_back(found == byId.end() ? std::nan("") : found->second);
    }
    return result;
}

std::vector<double> scoresOf(const std::string& file, const std::string& dataPath, const Dataset& data,
                             const Truth& truth, Context& context) {
    if (isTable(file))
        return scoresFromTable(file, truth, context);
    const ModelPtr model = openModelFile(context, file);
    requireMethod(*model, file, "score");
    requireShape(*model, file, data, dataPath);
    return scoreImages(*model, data, {}, context.stop, context.progress).score;
}

Run judged(const std::string& file, const std::vector<double>& all, const Truth& truth, double threshold) {
    std::vector<double> scores;
    for (const size_t row : truth.rows)
        scores.push_back(all[row]);
    if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); }))
        throw InputError(file, "gives no score for some of the labelled objects",
                         "score the same data set with it");
    Run run{file, rocCurve(scores, truth.positive), 0, {}, {}};
    run.nearest = nearestToCorner(run.curve);
    run.atNearest = confusionAt(scores, truth.positive, run.curve.threshold[run.nearest]);
    run.atThreshold = confusionAt(scores, truth.positive, threshold);
    return run;
}

Json confusionJson(const Confusion& c) {
    return {{"true_positives", c.truePositives},
            {"false_positives", c.falsePositives},
            {"true_negatives", c.trueNegatives},
            {"false_negatives", c.falseNegatives},
            {"accuracy", c.accuracy()},
            {"balanced_accuracy", c.balancedAccuracy()},
            {"precision", c.precision()},
            {"recall", c.recall()},
            {"f1", c.f1()},
            {"matthews", c.matthews()}};
}

Json runJson(const Run& run, double threshold) {
    Json at = confusionJson(run.atThreshold);
    at["threshold"] = threshold;
    return {{"file", run.file},
            {"auc", run.curve.area},
            {"auc_either_sign", std::max(run.curve.area, 1 - run.curve.area)},
            {"nearest",
             {{"threshold", run.curve.threshold[run.nearest]},
              {"false_positive_rate", run.curve.falsePositiveRate[run.nearest]},
              {"true_positive_rate", run.curve.truePositiveRate[run.nearest]},
              {"confusion", confusionJson(run.atNearest)}}},
            {"at_threshold", at}};
}

Json summaryJson(const RunSummary& summary) {
    return {{"runs", summary.runs},
            {"mean", summary.mean},
            {"highest", summary.highest},
            {"lowest", summary.lowest},
            {"deviation", summary.deviation}};
}

template <class Figure>
RunSummary summaryBy(const Method& method, const Figure& figure) {
    std::vector<double> figures;
    for (const Run& run : method.runs)
        figures.push_back(figure(run));
    return summaryOf(figures);
}

double area(const Run& run) {
    return run.curve.area;
}
double eitherSign(const Run& run) {
    return std::max(run.curve.area, 1 - run.curve.area);
}

std::string tableLine(const std::string& name, const RunSummary& own, const RunSummary& either) {
    char text[200];
    std::snprintf(text, sizeof text, "%-28s %5lld  %8.3f  %7.3f  %6.3f  %9.3f  %11.3f\n",
                  escaped(name).c_str(), static_cast<long long>(own.runs), own.mean, own.highest, own.lowest,
                  own.deviation, either.mean);
    return text;
}

/// Every run's curve; beside the median run's stands its point nearest to (0,1).
Plot rocPlot(const std::vector<Method>& methods, const ClassificationArguments& arguments) {
    Plot plot;
    plot.title = "ROC: " + arguments.positive + " against " +
                 (arguments.negative.empty() ? "the rest" : arguments.negative);
    plot.xLabel = "false positive rate";
    plot.yLabel = "true positive rate";
    plot.xRange = plot.yRange = PlotRange{0, 1};
    plot.sameScale = true;
    plot.width = plot.height = 640;
    for (size_t m = 0; m < methods.size(); ++m) {
        std::vector<const Run*> order;
        for (const Run& run : methods[m].runs)
            order.push_back(&run);
        std::sort(order.begin(), order.end(),
                  [](const Run* a, const Run* b) { return a->curve.area < b->curve.area; });
        for (size_t i = 0; i < order.size(); ++i) {
            PlotSeries line;
            line.name = i == 0 ? methods[m].name : "";
            line.colour = m;
            line.x = order[i]->curve.falsePositiveRate;
            line.y = order[i]->curve.truePositiveRate;
            plot.series.push_back(std::move(line));
        }
        const Run& median = *order[order.size() / 2];
        PlotSeries point{"",
                         {median.curve.falsePositiveRate[median.nearest]},
                         {median.curve.truePositiveRate[median.nearest]}};
        point.style = SeriesStyle::Points;
        point.colour = m;
        point.size = 6;
        plot.series.push_back(std::move(point));
    }
    PlotSeries chance{"chance", {0, 1}, {0, 1}};
    chance.colour = methods.size();
    chance.dashed = true;
    plot.series.push_back(std::move(chance));
    return plot;
}

Result runClassification(const ClassificationArguments& arguments, Evaluation& evaluation) {
    std::vector<Method> methods = methodsOf(arguments.runs);
    const DatasetPtr data = openData(evaluation.context, arguments.data);
    const Truth truth = truthOf(arguments, *data);
    Result result;
    result.json = {{"data", arguments.data},
                   {"positive", arguments.positive},
                   {"positives", std::count(truth.positive.begin(), truth.positive.end(), 1)},
                   {"negatives", std::count(truth.positive.begin(), truth.positive.end(), 0)},
                   {"methods", Json::array()}};
    char head[160];
    std::snprintf(head, sizeof head, "%-28s %5s  %8s  %7s  %6s  %9s  %11s\n", "method", "runs", "mean AUC",
                  "highest", "lowest", "deviation", "either sign");
    result.text = head;
    for (Method& method : methods) {
        Json runs = Json::array();
        for (const std::string& file : method.files) {
            throwIfStopped(evaluation.context.stop);
            method.runs.push_back(judged(file,
                                         scoresOf(file, arguments.data, *data, truth, evaluation.context),
                                         truth, arguments.threshold));
            runs.push_back(runJson(method.runs.back(), arguments.threshold));
        }
        const RunSummary own = summaryBy(method, area), either = summaryBy(method, eitherSign);
        result.json["methods"].push_back({{"method", method.name},
                                          {"auc", summaryJson(own)},
                                          {"auc_either_sign", summaryJson(either)},
                                          {"runs", runs}});
        result.text += tableLine(method.name, own, either);
    }
    evaluation.plot(rocPlot(methods, arguments), "roc");
    return result;
}

} // namespace

EvaluationAction defineEvaluateClassification(CLI::App& app) {
    const auto arguments = std::make_shared<ClassificationArguments>();
    app.add_option("data", arguments->data, "Data set whose catalogue holds the classes")
        ->required()
        ->type_name("DATA");
    app.add_option("runs", arguments->runs,
                   "Models that can score, tables of id and score (.csv), or folders of them; those in one "
                   "folder are runs of the method that the folder is called after")
        ->required()
        ->type_name("RUN...");
    app.add_option("--label", arguments->label, "Column of the classes")
        ->capture_default_str()
        ->type_name("COLUMN");
    app.add_option("--positive", arguments->positive, "Class that should have the higher scores")
        ->required()
        ->type_name("CLASS");
    app.add_option("--negative", arguments->negative, "The other class; default: every other label")
        ->type_name("CLASS");
    app.add_option("--threshold", arguments->threshold, "Also count what this threshold gets right")
        ->capture_default_str()
        ->type_name("SCORE");
    app.footer("  galatea-cli evaluate classification test.h5 CasVAE/ --positive galaxy --plots roc");
    return [arguments](Evaluation& evaluation) { return runClassification(*arguments, evaluation); };
}

} // namespace galatea::cli
