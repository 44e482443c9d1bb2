#include "models/model_file.h"

#include "core/error.h"
#include "io/safetensors.h"
#include "models/registry.h"

namespace galatea {

ModelPtr loadModel(const std::string& path) {
    const SafetensorsFile file = readSafetensors(path);
    if (file.metadata.empty())
        throw InputError(path, "holds weights but no Galatea model card",
                         "open a model written by galatea, or convert the original");
    const ModelCard card = parseCard(file.metadata, path);
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
