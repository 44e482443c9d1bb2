#include "pictures.h"

#include <algorithm>

#include "contact_sheet.h"
#include "core/text.h"
#include "data/dataset_file.h"
#include "files.h"
#include "io/fits_writer.h"
#include "io/raster.h"

namespace galatea::cli {

namespace {

/// Calls `take` with the images of each batch in turn.
template <class Take>
void decodeInBatches(const Model& model, const PictureRequest& request, Context& context, Take take) {
    const int64_t count = request.latents.dim(0);
    for (int64_t row = 0; row < count; row += request.batch) {
        throwIfStopped(context.stop);
        const int64_t end = std::min(row + request.batch, count);
        take(model.decode(request.latents.slice(row, end)).mean.contiguousCopy(), row);
        context.progress.update({"decoding", end, count, "images", {}});
    }
}

Array decodeAll(const Model& model, const PictureRequest& request, Context& context) {
    const ModelInput& input = model.card().input;
    Array all({request.latents.dim(0), input.channels, input.height, input.width});
    decodeInBatches(model, request, context, [&](const Array& images, int64_t row) {
        const auto from = images.values();
        std::copy(from.begin(), from.end(), all.slice(row, row + images.dim(0)).data());
    });
    return all;
}

void writeDatasetFile(const Model& model, const PictureRequest& request, Context& context) {
    const ModelCard& card = model.card();
    DatasetInfo info;
    info.name = card.name;
    info.source = absolutePath(request.modelPath);
    info.channels = card.input.channels;
    info.height = card.input.height;
    info.width = card.input.width;
    info.bands = card.input.bands;
    info.bottomUp = request.bottomUp || card.input.bottomUp;
    DatasetWriter writer(request.path, info);
    decodeInBatches(model, request, context, [&](const Array& images, int64_t) { writer.append(images); });
    writer.finish(request.catalog);
}

std::vector<FitsCard> provenanceCards(const Model& model, const PictureRequest& request) {
    std::vector<FitsCard> cards = {
        {"ORIGIN", "galatea-cli " GALATEA_VERSION, "program that drew these images"},
        {"MODEL", absolutePath(request.modelPath), "model file"},
        {"MODELSHA", hashOf(request.modelPath), "its SHA-256"},
        {"FAMILY", model.card().family, "model family"},
        {"BANDS", joined(model.card().input.bands, ","), "of the third axis"},
    };
    for (const Provenance& fact : request.provenance) {
        FitsCard card{fact.card, std::string(), fact.comment};
        if (fact.value.is_number_integer())
            card.value = fact.value.get<int64_t>();
        else if (fact.value.is_number())
            card.value = fact.value.get<double>();
        else
            card.value = fact.value.is_string() ? fact.value.get<std::string>() : fact.value.dump();
        cards.push_back(std::move(card));
    }
    return cards;
}

} // namespace

const std::vector<std::string>& pictureFormats() {
    static const std::vector<std::string> formats = {"h5", "fits", "png"};
    return formats;
}

Result drawPictures(const Model& model, const PictureRequest& request, Context& context) {
    const ModelInput& input = model.card().input;
    Result result;
    result.json = {{"output", request.path},
                   {"images", request.latents.dim(0)},
                   {"shape", {input.channels, input.height, input.width}}};
    for (const Provenance& fact : request.provenance)
        result.json[fact.name] = fact.value;
    if (request.format == "h5") {
        writeDatasetFile(model, request, context);
    } else if (request.format == "fits") {
        writeFitsCube(request.path, decodeAll(model, request, context), provenanceCards(model, request));
    } else {
        const ContactSheet sheet =
            makeContactSheet(decodeAll(model, request, context),
                             {input.bands, request.bottomUp || input.bottomUp, request.columns});
        writePng(request.path, sheet.image);
        result.json["stretch"] = {{"black", sheet.black}, {"white", sheet.white}};
    }
    result.text = request.path + ": " + std::to_string(request.latents.dim(0)) + " images, " +
                  shapeText(input.channels, input.height, input.width) + "\n";
    return result;
}

} // namespace galatea::cli
