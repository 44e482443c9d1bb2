#include "models/model_file.h"

#include "core/error.h"
#include "io/safetensors.h"
#include "models/registry.h"

namespace galatea {

namespace {
ModelCard cardOf(const std::string& metadata, const std::string& path) {
    try {
        return parseCard(metadata, path);
    } catch (const InputError&) {
        const Json json = Json::parse(metadata, nullptr, false);
        if (json.is_object() && json.contains("checkpoint"))
            throw InputError(path, "is the checkpoint of a training, not a model",
                             "go on with the training (--resume), or make a model of it with galatea-cli "
                             "convert");
        throw;
    }
}
} // namespace

ModelPtr loadModel(const std::string& path) {
    const SafetensorsFile file = readSafetensors(path);
    if (file.metadata.empty())
        throw InputError(path, "holds weights but no Galatea model card",
                         "open a model written by galatea, or convert the original");
    const ModelCard card = cardOf(file.metadata, path);
    for (const ModelFamily& family : modelFamilies())
        if (family.name == card.family)
            return family.build(card, file.tensors, path);
    throw InputError(path, "is of the model family '" + card.family + "', which this version cannot rebuild",
                     "use a newer version, or export the model as TorchScript");
}

void saveModel(const Model& model, const std::string& path) {
    const NamedArrays weights = model.weights();
    if (weights.empty())
        throw ModelError(model.card().name, "has no weights of a Galatea family",
                         "only models of Galatea's own families can be saved as safetensors");
    writeSafetensors(path, weights, cardText(model.card()));
}

} // namespace galatea
