#include "files.h"

#include <algorithm>
#include <filesystem>

#include "core/text.h"
#include "data/open_dataset.h"
#include "io/atomic_file.h"
#include "io/regular_file.h"
#include "io/sha256.h"
#include "mixture/mixture_file.h"
#include "torchscript/open_model.h"

namespace galatea::cli {

ModelPtr openModelFile(Context& context, const std::string& path) {
    HostLimits limits;
    limits.threads = context.common.threads;
    ModelPtr model = openModel(path, limits);
    context.models.push_back({path, model});
    tellLateNotes(context);
    return model;
}

void tellLateNotes(Context& context) {
    for (OpenedModel& opened : context.models) {
        const std::vector<std::string> notes = opened.model->notes();
        for (; opened.notesTold < notes.size(); ++opened.notesTold)
            context.progress.warn(opened.path + ": " + notes[opened.notesTold]);
    }
}

DatasetPtr openData(Context& context, const std::string& path) {
    DatasetPtr data = openDataset(path);
    for (const std::string& note : data->info().notes)
        context.progress.warn(path + ": " + note);
    return data;
}

std::string checkedOutput(const std::string& path, const std::vector<std::string>& formats,
                          const std::vector<std::string>& inputs) {
    std::string extension = lowerCase(std::filesystem::path(path).extension().string());
    if (!extension.empty())
        extension.erase(0, 1);
    if (std::find(formats.begin(), formats.end(), extension) == formats.end())
        throw UsageError(path,
                         extension.empty() ? "has no extension to tell its format"
                                           : "the format ." + extension + " cannot be written here",
                         "end its name in ." + joined(formats, " or ."));
    for (const std::string& input : inputs)
        if (sameFile(path, input))
            throw UsageError(path, "is an input as well", "give the output another name");
    requireWritable(path);
    return extension;
}

std::string absolutePath(const std::string& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::weakly_canonical(path, error);
    return error ? path : absolute.string();
}

std::string hashOf(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) ? sha256OfFile(path) : std::string();
}

void requireMethod(const Model& model, const std::string& path, const std::string& method) {
    if (!model.card().can(method))
        throw ModelError(path, "this model cannot " + method,
                         "use a model whose card lists '" + method + "'");
}

ModelCard withMixture(const ModelCard& card, const std::string& mixturePath) {
    ModelCard changed = card;
    if (mixturePath.empty())
        return changed;
    changed.mixture = readMixture(mixturePath).mixture;
    if (changed.mixture.dimensions != card.latent)
        throw UsageError(mixturePath,
                         "is a mixture over " + std::to_string(changed.mixture.dimensions) +
                             " latents, and the model has " + std::to_string(card.latent),
                         "fit one to latents of this model");
    return changed;
}

void requireShape(const Model& model, const std::string& modelPath, const Dataset& data,
                  const std::string& dataPath) {
    const ModelInput& input = model.card().input;
    const DatasetInfo& info = data.info();
    if (info.channels != input.channels || info.height != input.height || info.width != input.width)
        throw UsageError(dataPath,
                         "its images are " + shapeText(info.channels, info.height, info.width) + " but " +
                             modelPath + " takes " + shapeText(input.channels, input.height, input.width),
                         "import them with --size " + std::to_string(input.width) +
                             (input.channels == 1 && info.channels == 3 ? " --gray" : ""));
}

void requireIndex(const Dataset& data, const std::string& path, int64_t index) {
    if (index < 0 || index >= data.size())
        throw UsageError(path, "has no object " + std::to_string(index),
                         "its " + std::to_string(data.size()) + " objects are counted from 0");
}

std::string shapeText(int64_t channels, int64_t height, int64_t width) {
    return std::to_string(channels) + " × " + std::to_string(height) + " × " + std::to_string(width);
}

} // namespace galatea::cli
