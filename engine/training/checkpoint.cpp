#include "training/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "core/error.h"
#include "io/safetensors.h"
#include "models/family_parts.h"
#include "models/model_file.h"
#include "models/registry.h"
#include "nn/image_tensor.h"
#include "training/train.h"

namespace galatea {

namespace {

constexpr int64_t checkpointFormat = 2;

torch::Tensor cloned(const torch::Tensor& tensor) {
    return tensor.detach().clone();
}

Json inputJson(const ModelInput& input) {
    return {{"channels", input.channels}, {"height", input.height},     {"width", input.width},
            {"bands", input.bands},       {"offset", input.offset},     {"scale", input.scale},
            {"stretch", input.stretch},   {"bottom_up", input.bottomUp}};
}

ModelInput inputFrom(const Json& json) {
    ModelInput input;
    input.channels = json.at("channels").get<int64_t>();
    input.height = json.at("height").get<int64_t>();
    input.width = json.at("width").get<int64_t>();
    input.bands = json.at("bands").get<std::vector<std::string>>();
    input.offset = json.at("offset").get<std::vector<double>>();
    input.scale = json.at("scale").get<std::vector<double>>();
    input.stretch = json.at("stretch").get<std::string>();
    input.bottomUp = json.value("bottom_up", false);
    return input;
}

Json header(const Checkpoint& c) {
    Json steps = Json::array();
    for (const Adam::State& optimiser : c.optimisers)
        steps.push_back(optimiser.steps);
    return {{"checkpoint", checkpointFormat},
            {"family", c.family},
            {"input", inputJson(c.input)},
            {"family_options", c.familyOptions},
            {"train_options", c.trainOptions},
            {"seed", c.seed},
            {"data_size", c.dataSize},
            {"epochs_done", c.epochsDone},
            {"steps_done", c.stepsDone},
            {"phase_begun", c.phaseBegun},
            {"augment_generator", c.augmentGenerator},
            {"noise_generator", c.noiseGenerator},
            {"epoch_sums", c.epochSums.sums},
            {"epoch_images", c.epochSums.images},
            {"epoch_seconds", c.secondsOfEpoch},
            {"notes", c.notes},
            {"optimiser_steps", steps},
            {"best_loss", c.bestLoss},
            {"best_epoch", c.bestEpoch}};
}

/// The numbers of a header; anything odd in it is an exception.
Checkpoint fromHeader(const Json& json) {
    if (json.at("checkpoint").get<int64_t>() != checkpointFormat)
        throw std::invalid_argument("format");
    Checkpoint c;
    c.family = json.at("family").get<std::string>();
    c.input = inputFrom(json.at("input"));
    c.familyOptions = json.at("family_options");
    c.trainOptions = json.at("train_options");
    c.seed = json.at("seed").get<uint64_t>();
    c.dataSize = json.at("data_size").get<int64_t>();
    c.epochsDone = json.at("epochs_done").get<int64_t>();
    c.stepsDone = json.at("steps_done").get<int64_t>();
    c.phaseBegun = json.at("phase_begun").get<bool>();
    c.augmentGenerator = json.at("augment_generator").get<std::string>();
    c.noiseGenerator = json.at("noise_generator").get<std::string>();
    c.epochSums.sums = json.at("epoch_sums").get<std::map<std::string, double>>();
    c.epochSums.images = json.at("epoch_images").get<int64_t>();
    c.secondsOfEpoch = json.at("epoch_seconds").get<double>();
    c.notes = json.at("notes").get<std::vector<std::string>>();
    for (const Json& steps : json.at("optimiser_steps"))
        c.optimisers.push_back({{}, {}, steps.get<int64_t>()});
    c.bestLoss = json.at("best_loss").get<double>();
    c.bestEpoch = json.at("best_epoch").get<int64_t>();
    return c;
}

// Tensors of a checkpoint beside the parameters: best/NAME, first/GROUP/INDEX, second/GROUP/INDEX, the
// numbers with leading zeros, so that names sort in order.
std::string padded(size_t number, size_t digits) {
    const std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string momentName(const char* which, size_t group, size_t index) {
    return std::string(which) + "/" + padded(group, 3) + "/" + padded(index, 5);
}

void place(const std::string& name, const torch::Tensor& tensor, Checkpoint& checkpoint) {
    const bool first = name.starts_with("first/"), second = name.starts_with("second/");
    if (first || second) {
        const size_t group = std::stoul(name.substr(name.find('/') + 1, 3));
        Adam::State& state = checkpoint.optimisers.at(group);
        (first ? state.first : state.second).push_back(tensor);
    } else if (name.starts_with("best/")) {
        checkpoint.best.emplace_back(name.substr(5), tensor);
    } else {
        checkpoint.parameters.emplace_back(name, tensor);
    }
}

Checkpoint readOne(const std::string& path) {
    SafetensorsFile file = readSafetensors(path);
    try {
        Checkpoint checkpoint = fromHeader(Json::parse(file.metadata));
        std::sort(file.tensors.begin(), file.tensors.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [name, array] : file.tensors)
            place(name, toTensor(array).clone(), checkpoint);
        return checkpoint;
    } catch (const std::exception&) {
        throw InputError(path, "is no training checkpoint of this version of Galatea",
                         "give a file written with --checkpoint-every");
    }
}

[[noreturn]] void refuseOther(const std::string& source) {
    throw InputError(source, "is a checkpoint of another network",
                     "resume with the options it was made with");
}

} // namespace

NamedTensors clonedParameters(const Recipe& recipe) {
    NamedTensors copies;
    for (const auto& [name, tensor] : recipe.parameters())
        copies.emplace_back(name, cloned(tensor));
    return copies;
}

void captureState(const Recipe& recipe, const std::vector<Adam>& optimisers, Checkpoint& into) {
    into.parameters = clonedParameters(recipe);
    into.optimisers.clear();
    for (const Adam& optimiser : optimisers) {
        Adam::State copy;
        for (const torch::Tensor& tensor : optimiser.state().first)
            copy.first.push_back(cloned(tensor));
        for (const torch::Tensor& tensor : optimiser.state().second)
            copy.second.push_back(cloned(tensor));
        copy.steps = optimiser.state().steps;
        into.optimisers.push_back(std::move(copy));
    }
}

void copyParameters(const NamedTensors& from, Recipe& recipe, const std::string& source) {
    const torch::NoGradGuard guard;
    auto targets = recipe.parameters();
    if (targets.size() != from.size())
        refuseOther(source);
    for (auto& [name, target] : targets) {
        const auto same = std::find_if(from.begin(), from.end(),
                                       [&n = name](const auto& entry) { return entry.first == n; });
        if (same == from.end() || same->second.sizes() != target.sizes())
            refuseOther(source);
        target.copy_(same->second);
    }
}

void restoreState(const Checkpoint& from, Recipe& recipe, std::vector<Adam>& optimisers,
                  const std::string& source) {
    copyParameters(from.parameters, recipe, source);
    if (from.optimisers.size() != optimisers.size())
        refuseOther(source);
    try {
        for (size_t i = 0; i < optimisers.size(); ++i)
            optimisers[i].restore(from.optimisers[i]);
    } catch (const std::invalid_argument&) {
        refuseOther(source);
    }
}

ModelPtr startingModel(const std::string& path, const std::string& family) {
    const ModelPtr model = loadModel(path);
    if (model->card().family != family)
        throw UsageError(path, "is of another family (" + model->card().family + ")",
                         "start from a model of the family that is trained");
    return model;
}

void startFrom(const Model& model, Recipe& recipe, const std::string& source) {
    NamedTensors first = clonedParameters(recipe);
    for (const auto& [name, values] : model.weights())
        for (auto& [own, tensor] : first)
            if (own == name)
                tensor = toTensor(values);
    copyParameters(first, recipe, source);
    recipe.startFrom(model.card());
}

std::string generatorState(const torch::Generator& generator) {
    const torch::Tensor state = generator.get_state().contiguous();
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (int64_t i = 0; i < state.numel(); ++i) {
        const uint8_t byte = state.data_ptr<uint8_t>()[i];
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

void restoreGenerator(torch::Generator& generator, const std::string& state) {
    torch::Tensor bytes = torch::zeros({static_cast<int64_t>(state.size() / 2)}, torch::kUInt8);
    for (int64_t i = 0; i < bytes.numel(); ++i)
        bytes.data_ptr<uint8_t>()[i] =
            static_cast<uint8_t>(std::stoul(state.substr(static_cast<size_t>(2 * i), 2), nullptr, 16));
    try {
        generator.set_state(bytes);
    } catch (const c10::Error&) {
        throw std::invalid_argument("no state of a generator");
    }
}

void writeCheckpoint(const Checkpoint& checkpoint, const std::string& path) {
    NamedArrays arrays;
    for (const auto& [name, tensor] : checkpoint.parameters)
        arrays.emplace_back(name, toArray(tensor));
    for (const auto& [name, tensor] : checkpoint.best)
        arrays.emplace_back("best/" + name, toArray(tensor));
    for (size_t group = 0; group < checkpoint.optimisers.size(); ++group) {
        const Adam::State& state = checkpoint.optimisers[group];
        for (size_t i = 0; i < state.first.size(); ++i) {
            arrays.emplace_back(momentName("first", group, i), toArray(state.first[i]));
            arrays.emplace_back(momentName("second", group, i), toArray(state.second[i]));
        }
    }
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        // A hard link keeps the older file reachable while the new one takes its name in one step.
        std::filesystem::remove(path + ".previous", ignored);
        std::filesystem::create_hard_link(path, path + ".previous", ignored);
    }
    writeSafetensors(path, arrays, header(checkpoint).dump());
}

Checkpoint readCheckpoint(const std::string& path) {
    try {
        return readOne(path);
    } catch (const InputError&) {
        std::error_code ignored;
        if (!std::filesystem::exists(path + ".previous", ignored))
            throw;
        return readOne(path + ".previous");
    }
}

ModelPtr modelFromCheckpoint(const std::string& path) {
    const Checkpoint checkpoint = readCheckpoint(path);
    return builtFrom(path, [&] {
        const ModelFamily& family = modelFamily(checkpoint.family);
        requireInput(checkpoint.input, path);
        int64_t held = 0;
        for (const auto& entry : checkpoint.parameters)
            held += entry.second.numel();
        requireHeldWeights(family.weightCount(checkpoint.input, checkpoint.familyOptions, path), held, path);
        const auto recipe = family.recipe(checkpoint.input, family.options(checkpoint.familyOptions, path),
                                          checkpoint.seed, 1.0);
        copyParameters(checkpoint.parameters, *recipe, path);
        return recipe->snapshot(
            {{"seed", checkpoint.seed}, {"epochs", checkpoint.epochsDone}, {"finished", false}},
            Json::object());
    });
}

bool looksLikeCheckpoint(const std::string& path) {
    try {
        return Json::parse(readSafetensorsMetadata(path)).contains("checkpoint");
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace galatea
