// galatea-cli evaluate TASK: how good a model is at something, as figures (JSON) and plots.

#include "commands/evaluate/evaluate.h"

#include <filesystem>

#include "commands/commands.h"
#include "commands/evaluate/tasks.h"
#include "files.h"
#include "io/atomic_file.h"

namespace galatea::cli {

const std::vector<EvaluationTask>& evaluationTasks() {
    static const std::vector<EvaluationTask> tasks = {
        {"reconstruction", "How near the reconstructions come, and whether the variances are true",
         defineEvaluateReconstruction},
        {"clustering", "How the components part the objects, hold together and agree with known classes",
         defineEvaluateClustering},
        {"gaussian-baseline", "Whether images are fitted better than by the best scaled Gaussian",
         defineEvaluateGaussianBaseline},
        {"anomaly", "How well scores part the normal class from others, and where the thresholds lie",
         defineEvaluateAnomaly},
        {"classification", "How well scores part two classes: ROC curves over repeated runs",
         defineEvaluateClassification},
        {"inversion", "How near best fits come, and what they make of a hidden band",
         defineEvaluateInversion},
        {"samples", "Whether what a model draws is distributed like real images", defineEvaluateSamples},
        {"projection", "How much of the latents' neighbourhoods a map keeps", defineEvaluateProjection},
        {"redshift", "Redshifts by boosted trees on latents, beside magnitudes alone",
         defineEvaluateRedshift},
    };
    return tasks;
}

void addModelAndData(CLI::App& app, std::string& model, std::string& data, const char* modelHelp,
                     const char* dataHelp) {
    app.add_option("model", model, modelHelp)->required()->type_name("MODEL");
    app.add_option("data", data, dataHelp)->required()->type_name("DATA");
}

void addCount(CLI::App& app, const char* flags, int64_t& value, const char* help, int64_t least, int64_t most,
              const char* unit) {
    app.add_option(flags, value, help)
        ->check(CLI::Range(least, most))
        ->capture_default_str()
        ->type_name(unit);
}

void addBatch(CLI::App& app, int64_t& batch) {
    addCount(app, "--batch", batch, "Images at a time", 1, 65536);
}

std::string Evaluation::file(const std::string& name) {
    files.push_back((std::filesystem::path(folder) / name).string());
    return files.back();
}

void Evaluation::plot(const Plot& plot, const std::string& name) {
    if (!wantsPlots())
        return;
    for (std::string& path : writePlot(plot, (std::filesystem::path(folder) / name).string()))
        files.push_back(std::move(path));
}

namespace {

struct EvaluateArguments {
    std::string report, plots;
    std::vector<EvaluationAction> actions;
    std::vector<CLI::App*> apps;
};

void makeFolder(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!std::filesystem::is_directory(path))
        throw UsageError(path, "cannot be made a folder for plots", "give --plots another name");
}

void writeReport(const std::string& path, const Json& json) {
    AtomicFile file(path);
    file.write(json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n");
    file.commit();
}

Result runEvaluate(const EvaluateArguments& arguments, Context& context) {
    if (!arguments.report.empty())
        checkedOutput(arguments.report, {"json"});
    if (!arguments.plots.empty())
        makeFolder(arguments.plots);
    for (size_t i = 0; i < arguments.apps.size(); ++i) {
        if (!arguments.apps[i]->parsed())
            continue;
        Evaluation evaluation{context, arguments.plots};
        Result result = arguments.actions[i](evaluation);
        result.json["task"] = evaluationTasks()[i].name;
        result.json["plots"] = evaluation.files;
        if (!arguments.report.empty()) {
            writeReport(arguments.report, result.json);
            result.text += arguments.report + ": the whole report\n";
        }
        if (!evaluation.files.empty())
            result.text += arguments.plots + ": " + std::to_string(evaluation.files.size()) + " plots\n";
        return result;
    }
    throw UsageError("evaluate", "needs a task", "'galatea-cli evaluate --help' lists them");
}

} // namespace

Action defineEvaluate(CLI::App& app) {
    const auto arguments = std::make_shared<EvaluateArguments>();
    app.require_subcommand(1);
    app.add_option("-o,--output", arguments->report, "Report to write (.json)")->type_name("REPORT.json");
    app.add_option("--plots", arguments->plots, "Folder for plots (PNG and SVG), made if need be")
        ->type_name("DIR");
    for (const EvaluationTask& task : evaluationTasks()) {
        CLI::App* sub = app.add_subcommand(task.name, task.help);
        sub->fallthrough(); // -o, --plots and the common options may follow the task's own
        arguments->actions.push_back(task.define(*sub));
        arguments->apps.push_back(sub);
    }
    return [arguments](Context& context) { return runEvaluate(*arguments, context); };
}

} // namespace galatea::cli
