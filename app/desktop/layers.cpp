#include "app/desktop/layers.h"

#include <QFileInfo>

#include "app/desktop/display_choice.h"
#include "app/desktop/file_kind.h"
#include "core/error.h"
#include "data/open_dataset.h"

namespace galatea {

namespace {

/// Images of another survey, as the model needs them.
Latents embedFile(const std::string& file, const Model& model, const StopToken& stop,
                  ProgressSink& progress) {
    if (!model.card().can("encode"))
        throw InputError(file, "these are images, and the open model cannot encode any",
                         "open latents of them instead");
    const DatasetPtr data = openDataset(file);
    const Fit fit = fitToModel(data->info(), model.card().input);
    if (!fit.possible)
        throw InputError(file, "these images do not fit the model: " + fit.sentence.toStdString(),
                         "open images of its kind");
    const DatasetPtr seen = fit.transform.any() ? transformed(data, fit.transform) : data;
    return embed(model, *seen, {}, stop, progress);
}

} // namespace

DataLayerPtr readLayer(const QString& path, const ModelPtr& model, int64_t width, const StopToken& stop,
                       ProgressSink& progress) {
    const std::string file = path.toStdString();
    auto latents = std::make_shared<Latents>();
    switch (fileKind(path)) {
    case FileKind::Latents:
        *latents = readLatents(file);
        break;
    case FileKind::Dataset:
        if (!model)
            throw InputError(file, "these are images, and no model is open to encode them",
                             "open latents of them, or the model of the map");
        *latents = embedFile(file, *model, stop, progress);
        break;
    default:
        throw InputError(file, "this is neither latents nor images", "choose a file of latents or images");
    }
    if (latents->mean.dim(1) != width)
        throw InputError(file,
                         "these latents have " + std::to_string(latents->mean.dim(1)) +
                             " dimensions, those of the map " + std::to_string(width),
                         "make them with the same model");
    auto layer = std::make_shared<DataLayer>();
    layer->name = shown(QFileInfo(path).completeBaseName().toStdString());
    layer->latents = std::move(latents);
    layer->path = path;
    return layer;
}

} // namespace galatea
