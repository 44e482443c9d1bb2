#include "commands/commands.h"

#include <algorithm>
#include <cmath>

#include "anomaly/scores.h"
#include "files.h"
#include "io/csv.h"

namespace galatea::cli {

namespace {

struct ScoreArguments {
    std::string model, data, output;
    std::vector<double> thresholds;
    ScoreOptions options;
};

std::optional<RegionThresholds> chosenThresholds(const ScoreArguments& arguments, const ModelCard& card) {
    if (arguments.thresholds.empty())
        return thresholdsOf(card);
    RegionThresholds thresholds{};
    if (arguments.thresholds.size() != thresholds.size() ||
        !std::is_sorted(arguments.thresholds.begin(), arguments.thresholds.end()))
        throw UsageError("--thresholds", "must be four numbers in ascending order",
                         "for example --thresholds 0.03,0.04,0.08,0.1");
    std::copy(arguments.thresholds.begin(), arguments.thresholds.end(), thresholds.begin());
    return thresholds;
}

/// Writes the table and counts the objects of each region.
Json writeScores(const AnomalyScores& scores, const std::optional<RegionThresholds>& thresholds,
                 const std::string& path) {
    Table table;
    table.set({"id", scores.id});
    table.set({"score", scores.score});
    Json counts = Json::object();
    if (thresholds) {
        std::vector<double> regions;
        for (const double score : scores.score)
            regions.push_back(regionLabel(score, *thresholds));
        Column column{"region", std::move(regions)};
        for (int64_t row = 0; row < column.size(); ++row)
            if (std::isfinite(column.number(row))) {
                Json& count = counts[column.text(row)];
                count = count.is_null() ? 1 : count.get<int64_t>() + 1;
            }
        table.set(std::move(column));
    }
    writeCsv(path, table);
    return counts;
}

Result runScore(const ScoreArguments& arguments, Context& context) {
    checkedOutput(arguments.output, {"csv"}, {arguments.model, arguments.data});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "score");
    const std::optional<RegionThresholds> thresholds = chosenThresholds(arguments, model->card());
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const AnomalyScores scores =
        scoreImages(*model, *data, arguments.options, context.stop, context.progress);
    if (scores.notFinite > 0)
        context.progress.warn(arguments.model + ": " + std::to_string(scores.notFinite) +
                              " scores are not finite and stand empty in the table");
    const Json counts = writeScores(scores, thresholds, arguments.output);

    Result result;
    result.json = {{"output", arguments.output}, {"images", data->size()}};
    result.text = arguments.output + ": " + std::to_string(data->size()) + " scores\n";
    if (thresholds) {
        result.json["thresholds"] = *thresholds;
        result.json["region_counts"] = counts;
        for (const auto& [region, count] : counts.items())
            result.text += "  region " + region + ": " + count.dump() + "\n";
    } else {
        result.text +=
            "  no regions: the model's card has no thresholds and none were given (--thresholds)\n";
    }
    return result;
}

} // namespace

Action defineScore(CLI::App& app) {
    const auto arguments = std::make_shared<ScoreArguments>();
    app.add_option("model", arguments->model, "Model file that can score")->required()->type_name("MODEL");
    app.add_option("data", arguments->data, "Data set, folder of pictures or CSV list")
        ->required()
        ->type_name("DATA");
    app.add_option("-o,--output", arguments->output, "Table to write: id, score, region (.csv)")
        ->required()
        ->type_name("SCORES.csv");
    app.add_option("--thresholds", arguments->thresholds,
                   "Four ascending scores that part the regions 0 (surely normal), 0.2, 0.5, 0.8 and 1 "
                   "(surely an anomaly); default: the model's own")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("T,T,T,T");
    app.add_option("--batch", arguments->options.batch, "Images at a time")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str()
        ->type_name("N");
    app.footer("  galatea-cli score svdd.safetensors galaxies.h5 -o scores.csv");
    return [arguments](Context& context) { return runScore(*arguments, context); };
}

} // namespace galatea::cli
