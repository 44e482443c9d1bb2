#include "training/checkpoint.h"

#include <filesystem>

#include "core/error.h"
#include "io/safetensors.h"
#include "models/registry.h"
#include "nn/image_tensor.h"
#include "training/train.h"

namespace galatea {

namespace {

constexpr int64_t checkpointFormat = 1;

torch::Tensor cloned(const torch::Tensor& tensor) {
    return tensor.detach().clone();
}

Json header(const Checkpoint& c) {
    return {{"checkpoint", checkpointFormat},
            {"family", c.family},
            {"input",
             {{"channels", c.input.channels},
              {"height", c.input.height},
              {"width", c.input.width},
              {"bands", c.input.bands}}},
            {"family_options", c.familyOptions},
            {"train_options", c.trainOptions},
            {"seed", c.seed},
            {"epochs_done", c.epochsDone},
            {"data_size", c.dataSize},
            {"optimiser_steps", c.optimiser.steps}};
}

/// The numbers of a header; anything odd in it is a Json exception.
Checkpoint fromHeader(const Json& json) {
    if (json.at("checkpoint").get<int64_t>() != checkpointFormat)
        throw std::invalid_argument("format");
    Checkpoint c;
    c.family = json.at("family").get<std::string>();
    c.input.channels = json.at("input").at("channels").get<int64_t>();
    c.input.height = json.at("input").at("height").get<int64_t>();
    c.input.width = json.at("input").at("width").get<int64_t>();
    c.input.bands = json.at("input").at("bands").get<std::vector<std::string>>();
    c.familyOptions = json.at("family_options");
    c.trainOptions = json.at("train_options");
    c.seed = json.at("seed").get<uint64_t>();
    c.epochsDone = json.at("epochs_done").get<int64_t>();
    c.dataSize = json.at("data_size").get<int64_t>();
    c.optimiser.steps = json.at("optimiser_steps").get<int64_t>();
    return c;
}

Checkpoint readOne(const std::string& path) {
    const SafetensorsFile file = readSafetensors(path);
    Checkpoint checkpoint;
    try {
        checkpoint = fromHeader(Json::parse(file.metadata));
    } catch (const std::exception&) {
        throw InputError(path, "is no training checkpoint of Galatea",
                         "give a file written with --checkpoint-every");
    }
    for (const auto& [name, array] : file.tensors) {
        const torch::Tensor tensor = toTensor(array).clone();
        if (name.starts_with("first/"))
            checkpoint.optimiser.first.push_back(tensor);
        else if (name.starts_with("second/"))
            checkpoint.optimiser.second.push_back(tensor);
        else
            checkpoint.parameters.emplace_back(name, tensor);
    }
    return checkpoint;
}

[[noreturn]] void refuseOther(const std::string& source) {
    throw InputError(source, "is a checkpoint of another network",
                     "resume with the options it was made with");
}

} // namespace

void captureState(const Recipe& recipe, const Adam& optimiser, Checkpoint& into) {
    into.parameters.clear();
    into.optimiser = {};
    for (const auto& [name, tensor] : recipe.parameters())
        into.parameters.emplace_back(name, cloned(tensor));
    for (const torch::Tensor& tensor : optimiser.state().first)
        into.optimiser.first.push_back(cloned(tensor));
    for (const torch::Tensor& tensor : optimiser.state().second)
        into.optimiser.second.push_back(cloned(tensor));
    into.optimiser.steps = optimiser.state().steps;
}

void restoreState(const Checkpoint& from, Recipe& recipe, Adam& optimiser, const std::string& source) {
    const torch::NoGradGuard guard;
    auto targets = recipe.parameters();
    if (targets.size() != from.parameters.size())
        refuseOther(source);
    for (auto& [name, target] : targets) {
        const auto same = std::find_if(from.parameters.begin(), from.parameters.end(),
                                       [&n = name](const auto& entry) { return entry.first == n; });
        if (same == from.parameters.end() || same->second.sizes() != target.sizes())
            refuseOther(source);
        target.copy_(same->second);
    }
    try {
        optimiser.restore(from.optimiser);
    } catch (const std::invalid_argument&) {
        refuseOther(source);
    }
}

void writeCheckpoint(const Checkpoint& checkpoint, const std::string& path) {
    NamedArrays arrays;
    for (const auto& [name, tensor] : checkpoint.parameters)
        arrays.emplace_back(name, toArray(tensor));
    const auto moments = [&](const char* prefix, const std::vector<torch::Tensor>& tensors) {
        for (size_t i = 0; i < tensors.size(); ++i) {
            std::string index = std::to_string(i);
            index.insert(0, 5 - std::min<size_t>(5, index.size()), '0'); // so that names sort in order
            arrays.emplace_back(prefix + index, toArray(tensors[i]));
        }
    };
    moments("first/", checkpoint.optimiser.first);
    moments("second/", checkpoint.optimiser.second);
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
    const ModelFamily& family = modelFamily(checkpoint.family);
    const auto recipe =
        family.recipe(checkpoint.input, family.options(checkpoint.familyOptions, path), checkpoint.seed, 1.0);
    std::vector<torch::Tensor> trainable;
    for (const auto& entry : recipe->parameters())
        if (entry.second.requires_grad())
            trainable.push_back(entry.second);
    Adam optimiser(trainable);
    restoreState(checkpoint, *recipe, optimiser, path);
    return recipe->snapshot(
        {{"seed", checkpoint.seed}, {"epochs", checkpoint.epochsDone}, {"finished", false}}, Json::object());
}

bool looksLikeCheckpoint(const std::string& path) {
    try {
        return Json::parse(readSafetensorsMetadata(path)).contains("checkpoint");
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace galatea
