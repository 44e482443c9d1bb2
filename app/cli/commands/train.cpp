#include "commands/commands.h"

#include <filesystem>

#include "core/text.h"
#include "files.h"
#include "io/regular_file.h"
#include "io/strict_json.h"
#include "models/model_file.h"
#include "models/registry.h"
#include "training/launcher.h"
#include "training/train.h"

namespace galatea::cli {

namespace {

struct TrainArguments {
    std::string family, data, output, config, log, startFrom;
    std::vector<std::string> assignments;
    int64_t epochs = 0, checkpointEvery = 0;
    double checkpointMinutes = 5;
    bool resume = false, list = false;
};

/// The trainer's options and the family's, set through one door. A name may be written bare where only one
/// of the two has it, or with "training." or "model." before it.
class TrainSettings {
  public:
    explicit TrainSettings(const std::string& family)
        : training(trainOptionsFor(modelFamily(family))), family_(modelFamily(family)),
          help_(family_.optionHelp()), trainingSet_(describe(training)) {}

    void setJson(const std::string& key, const Json& value, const std::string& source) {
        std::string name;
        if (ownerOf(key, source, name) == Owner::Training)
            trainingSet_.set(name, value, source);
        else
            model[name] = value;
    }

    void setText(const std::string& assignment) {
        const size_t equals = assignment.find('=');
        if (equals == std::string::npos)
            throw UsageError("--set " + assignment, "is not of the form key=value",
                             "write for example --set latent=10");
        const std::string key = trimmed(assignment.substr(0, equals)),
                          text = trimmed(assignment.substr(equals + 1));
        std::string name;
        if (ownerOf(key, "--set", name) == Owner::Training)
            trainingSet_.setText(name + "=" + text, "--set");
        else
            model[name] = parsedText(name, text);
    }

    /// The family's options complete and checked. Throws UsageError.
    Json checkedModel(const std::string& source) const { return family_.options(model, source); }
    Json trainingJson() const { return trainingSet_.toJson(); }

    /// Every option with its default and meaning, for --list-options.
    Result listed() const {
        Result result;
        result.json = {{"training", optionHelp(trainingSet_)}, {"model", help_}};
        for (const char* group : {"training", "model"}) {
            result.text += std::string(group) + "\n";
            for (const Json& option : result.json[group])
                result.text += "  " + option["name"].get<std::string>() + " = " + option["default"].dump() +
                               "  " + option["help"].get<std::string>() + "\n";
        }
        return result;
    }

    TrainOptions training;
    Json model = Json::object();

  private:
    enum class Owner { Training, Model };

    const Json* modelOption(const std::string& name) const {
        for (const Json& option : help_)
            if (option["name"] == name)
                return &option;
        return nullptr;
    }

    Owner ownerOf(const std::string& key, const std::string& source, std::string& name) const {
        const size_t dot = key.find('.');
        const std::string group = dot == std::string::npos ? "" : key.substr(0, dot);
        name = dot == std::string::npos ? key : key.substr(dot + 1);
        const bool inTraining = group != "model" && trainingSet_.find(name),
                   inModel = group != "training" && modelOption(name);
        if ((!group.empty() && group != "training" && group != "model") || (!inTraining && !inModel))
            throw UsageError(source, "there is no option '" + key + "'",
                             "'galatea-cli train " + family_.name + " --list-options' lists them all");
        if (inTraining && inModel)
            throw UsageError(source, "both the trainer and the model have an option '" + name + "'",
                             "write training." + name + " or model." + name);
        return inTraining ? Owner::Training : Owner::Model;
    }

    /// The value as the option's own type. Throws UsageError if it is not.
    Json parsedText(const std::string& name, const std::string& text) const {
        const std::unique_ptr<FamilyOptions> options = family_.editableOptions();
        OptionSet set = options->describe();
        set.setText(name + "=" + text, "--set");
        return set.toJson()[name];
    }

    const ModelFamily& family_;
    Json help_;
    OptionSet trainingSet_;
};

void readConfig(const std::string& path, TrainSettings& settings) {
    constexpr int64_t largest = 1 << 20;
    const Json config = parseStrictJson(openRegular(path).readAll(largest), 8, path, "the configuration");
    if (!config.is_object())
        throw InputError(path, "the configuration is no JSON object",
                         "write {\"epochs\": 10, \"latent\": 20}");
    for (const auto& [key, value] : config.items()) {
        if ((key == "training" || key == "model") && value.is_object()) {
            for (const auto& [inner, innerValue] : value.items())
                settings.setJson(key + "." + inner, innerValue, path);
        } else {
            settings.setJson(key, value, path);
        }
    }
}

std::string checkpointPath(const std::string& output) {
    std::filesystem::path path(output);
    return path.replace_extension(".checkpoint.safetensors").string();
}

/// Config file first, then --set, then the options with flags of their own.
void apply(const TrainArguments& arguments, const CommonOptions& common, TrainSettings& settings) {
    if (!arguments.config.empty())
        readConfig(arguments.config, settings);
    for (const std::string& assignment : arguments.assignments)
        settings.setText(assignment);
    TrainOptions& training = settings.training;
    if (common.seedGiven)
        training.seed = common.seed;
    if (arguments.epochs > 0)
        training.epochs = arguments.epochs;
    if (arguments.checkpointEvery > 0)
        training.checkpointEvery = arguments.checkpointEvery;
    if (training.checkpoint.empty())
        training.checkpoint = checkpointPath(arguments.output);
    training.checkpointSeconds = 60 * arguments.checkpointMinutes;
    training.startFrom = arguments.startFrom;
    if (arguments.resume)
        training.resume = training.checkpoint;
    if (!arguments.log.empty())
        training.logFile = arguments.log;
}

Result report(const TrainReport& trained, const TrainArguments& arguments) {
    Result result;
    result.json = {{"output", arguments.output},
                   {"family", arguments.family},
                   {"epochs", trained.model->card().training.value("epochs", 0)},
                   {"training_seconds", trained.seconds},
                   {"stopped_early", trained.stoppedEarly},
                   {"notes", trained.notes}};
    char line[160];
    std::snprintf(line, sizeof line, ": %d epochs in %.0f s", result.json["epochs"].get<int>(),
                  trained.seconds);
    result.text = arguments.output + line;
    if (trained.meanImageError > 0) {
        const double ratio = trained.validationError / trained.meanImageError;
        result.json["validation_error"] = trained.validationError;
        result.json["mean_image_error"] = trained.meanImageError;
        result.json["error_ratio"] = ratio;
        std::snprintf(line, sizeof line, "; held-out error %.4g, %.1f %% of the mean image's",
                      trained.validationError, 100 * ratio);
        result.text += line;
    }
    result.text += "\n";
    if (!trained.componentCounts.empty())
        result.json["component_counts"] = trained.componentCounts;
    if (!trained.epochs.empty()) {
        result.json["last_training"] = trained.epochs.back().training;
        result.json["last_validation"] = trained.epochs.back().validation;
    }
    return result;
}

Result runTrain(const TrainArguments& arguments, Context& context) {
    TrainSettings settings(arguments.family);
    if (arguments.list)
        return settings.listed();
    if (arguments.data.empty() || arguments.output.empty())
        throw UsageError("train", "needs a data set and -o MODEL.safetensors",
                         "'galatea-cli train --help' tells more");
    checkedOutput(arguments.output, {"safetensors"}, {arguments.data, arguments.config});
    if (!arguments.log.empty())
        checkedOutput(arguments.log, {"csv"}, {arguments.data, arguments.config});
    apply(arguments, context.common, settings);
    const Json model = settings.checkedModel(arguments.config.empty() ? "--set" : arguments.config);
    const DatasetPtr data = openData(context, arguments.data);
    const std::unique_ptr<Launched> others = joinLauncher();
    const bool first = !others || others->rank() == 0;
    const TrainReport trained =
        train(arguments.family, *data, model, settings.training, context.stop,
              first ? context.progress : silentProgress(), {}, others ? &others->collective() : nullptr);
    if (!first)
        return {}; // the first process alone writes and tells
    saveModel(*trained.model, arguments.output);
    if (arguments.checkpointEvery == 0) { // nobody asked to keep them
        std::error_code ignored;
        std::filesystem::remove(settings.training.checkpoint, ignored);
        std::filesystem::remove(settings.training.checkpoint + ".previous", ignored);
    }
    return report(trained, arguments);
}

} // namespace

Action defineTrain(CLI::App& app) {
    const auto arguments = std::make_shared<TrainArguments>();
    std::vector<std::string> families;
    for (const ModelFamily& family : modelFamilies())
        families.push_back(family.name);
    app.add_option("family", arguments->family, "Model family: " + joined(families, ", "))
        ->required()
        ->type_name("FAMILY");
    app.add_option("data", arguments->data, "Data set")->type_name("DATA");
    app.add_option("-o,--output", arguments->output, "Model file to write (.safetensors)")
        ->type_name("MODEL");
    app.add_option("--config", arguments->config, "Options as JSON: {\"latent\": 20, \"batch\": 100}")
        ->type_name("FILE");
    app.add_option("--set", arguments->assignments, "One option of the model or the trainer; may be repeated")
        ->allow_extra_args(false)
        ->type_name("key=value");
    app.add_flag("--list-options", arguments->list, "List every option with its default and leave");
    app.add_option("--epochs", arguments->epochs,
                   "Epochs in all, shared among the phases; each keeps at least one")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    app.add_option("--from", arguments->startFrom, "Model whose weights are the first ones (fine-tuning)")
        ->type_name("MODEL");
    app.add_flag("--resume", arguments->resume, "Go on from the last checkpoint beside the output");
    app.add_option("--checkpoint-every", arguments->checkpointEvery,
                   "Epochs between checkpoints, which then stay; without it they are removed at the end")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    app.add_option("--checkpoint-minutes", arguments->checkpointMinutes,
                   "Minutes between further checkpoints, also within an epoch; 0: none")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str()
        ->type_name("M");
    app.add_option("--log", arguments->log, "Write every loss term of every epoch (.csv)")
        ->type_name("LOSSES.csv");
    app.footer("Where the trainer and the model share a name, write training.NAME or model.NAME.\n"
               "  galatea-cli train astrovader galaxies.h5 --set latent=10 --epochs 60 -o model.safetensors");
    return [arguments](Context& context) { return runTrain(*arguments, context); };
}

} // namespace galatea::cli
