#include "commands/commands.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "core/text.h"
#include "data/open_dataset.h"
#include "files.h"
#include "io/hdf5.h"
#include "io/npy.h"
#include "io/raster.h"
#include "io/regular_file.h"
#include "latent/latents.h"
#include "mixture/mixture_file.h"
#include "models/astrovader/keras.h"
#include "torchscript/open_model.h"

namespace galatea::cli {

namespace {

/// Lines "  name: value" under a headline.
std::string listing(const std::string& headline,
                    const std::vector<std::pair<std::string, std::string>>& lines) {
    std::string text = headline + "\n";
    for (const auto& [name, value] : lines)
        if (!value.empty())
            text += "  " + name + ": " + escaped(value) + "\n";
    return text;
}

std::string numberText(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.6g", value);
    return std::isfinite(value) ? buffer : "";
}

Json jsonNumber(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

/// Name, kind and range (or number of different texts) of each catalogue column.
Json describeColumns(const Table& table) {
    Json columns = Json::array();
    for (const Column& column : table.columns()) {
        Json entry = {{"name", column.name}, {"unit", column.unit}};
        if (column.isText()) {
            std::map<std::string, int64_t> counts;
            for (const std::string& cell : std::get<std::vector<std::string>>(column.values))
                ++counts[cell];
            entry["kind"] = "text";
            entry["different"] = counts.size();
            constexpr size_t most = 20; // classes worth listing; more is a free text
            if (counts.size() <= most)
                entry["counts"] = counts;
        } else {
            double low = std::numeric_limits<double>::infinity(), high = -low;
            for (int64_t row = 0; row < column.size(); ++row) {
                const double value = column.number(row);
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
            entry["kind"] =
                std::holds_alternative<std::vector<int64_t>>(column.values) ? "integer" : "number";
            entry["min"] = jsonNumber(low);
            entry["max"] = jsonNumber(high);
        }
        columns.push_back(std::move(entry));
    }
    return columns;
}

std::string columnLine(const Json& column) {
    std::string text =
        "    " + escaped(column["name"].get<std::string>()) + " (" + column["kind"].get<std::string>();
    if (!column["unit"].get<std::string>().empty())
        text += ", " + escaped(column["unit"].get<std::string>());
    text += ")";
    if (column.contains("counts")) {
        std::vector<std::string> counts;
        for (const auto& [name, count] : column["counts"].items())
            counts.push_back((name.empty() ? "(empty)" : escaped(name)) + " " + count.dump());
        text += ": " + joined(counts, ", ");
    } else if (column.contains("min") && column["min"].is_number() && column["max"].is_number()) {
        text += ": " + numberText(column["min"]) + " to " + numberText(column["max"]);
    } else if (column.contains("different")) {
        text += ": " + column["different"].dump() + " different";
    }
    return text + "\n";
}

Result describeDataset(const std::string& path, Context& context) {
    const DatasetPtr data = openData(context, path);
    const DatasetInfo& info = data->info();
    Result result;
    result.json = {{"kind", "data set"},
                   {"images", data->size()},
                   {"shape", {info.channels, info.height, info.width}},
                   {"bands", info.bands},
                   {"unit", info.unit},
                   {"pixel_scale", jsonNumber(info.pixelScale)},
                   {"source", info.source},
                   {"columns", describeColumns(data->catalog())}};
    result.text = listing(
        path + ": data set",
        {{"images", std::to_string(data->size())},
         {"shape", shapeText(info.channels, info.height, info.width)},
         {"bands", joined(info.bands, ", ")},
         {"unit", info.unit},
         {"pixel scale", std::isfinite(info.pixelScale) ? numberText(info.pixelScale) + " arcsec" : ""},
         {"source", info.source}});
    result.text += "  catalogue:\n";
    for (const Json& column : result.json["columns"])
        result.text += columnLine(column);
    return result;
}

Result describeModel(const std::string& path, const std::string& format, Context& context) {
    const ModelPtr model = openModelFile(context, path);
    const ModelCard& card = model->card();
    int64_t parameters = 0;
    for (const auto& [name, weights] : model->weights())
        parameters += weights.size();
    Result result;
    result.json = {{"kind", "model"},
                   {"format", format},
                   {"card", Json::parse(cardText(card))},
                   {"parameters", parameters}};
    const std::optional<Walls> walls = wallsAround(*model);
    if (walls)
        result.json["sandbox"] = {{"bubblewrap", walls->bubblewrap},
                                  {"landlock", walls->landlock},
                                  {"seccomp", walls->seccomp},
                                  {"enough", walls->enough()}};
    result.text = listing(
        path + ": model (" + format + ")",
        {{"family", card.family},
         {"runs behind", walls ? walls->text() : ""},
         {"name", card.name},
         {"input", shapeText(card.input.channels, card.input.height, card.input.width)},
         {"bands", joined(card.input.bands, ", ")},
         {"latents", std::to_string(card.latent)},
         {"can", joined(card.methods, ", ")},
         {"mixture", card.mixture.empty() ? "" : std::to_string(card.mixture.components) + " components"},
         {"weights", parameters ? std::to_string(parameters) : ""},
         {"options", card.options.empty() ? "" : card.options.dump()},
         {"training", card.training.empty() ? "" : card.training.dump()},
         {"metrics", card.metrics.empty() ? "" : card.metrics.dump()}});
    return result;
}

Result describeLatents(const std::string& path) {
    const Latents latents = readLatents(path);
    const int64_t components = latents.responsibility.empty() ? 0 : latents.responsibility.dim(1);
    std::map<int64_t, int64_t> counts;
    for (const int64_t component : latents.component)
        ++counts[component];
    Json countList = Json::object();
    std::string countText;
    for (const auto& [component, count] : counts) {
        countList[std::to_string(component)] = count;
        countText +=
            (countText.empty() ? "" : " · ") + std::to_string(component) + ": " + std::to_string(count);
    }
    Result result;
    result.json = {{"kind", "latents"},
                   {"objects", latents.size()},
                   {"latent", latents.mean.dim(1)},
                   {"logvar", !latents.logvar.empty()},
                   {"components", components},
                   {"component_counts", countList},
                   {"scores", !latents.score.empty()},
                   {"reconstruction_errors", !latents.reconstructionError.empty()},
                   {"model", latents.model},
                   {"model_sha256", latents.modelHash},
                   {"data", latents.data},
                   {"data_sha256", latents.dataHash}};
    result.text = listing(path + ": latents", {{"objects", std::to_string(latents.size())},
                                               {"latents", std::to_string(latents.mean.dim(1))},
                                               {"objects per component", countText},
                                               {"model", latents.model},
                                               {"data", latents.data}});
    return result;
}

Result describeMap(const std::string& path) {
    const LatentMap map = readMap(path);
    Result result;
    result.json = {{"kind", "map"},
                   {"objects", map.coordinates.dim(0)},
                   {"dims", map.coordinates.dim(1)},
                   {"method", map.method},
                   {"parameters", map.parameters}};
    result.text = listing(path + ": map", {{"objects", std::to_string(map.coordinates.dim(0))},
                                           {"dimensions", std::to_string(map.coordinates.dim(1))},
                                           {"method", map.method},
                                           {"parameters", map.parameters.dump()}});
    return result;
}

Result describeMixture(const std::string& path) {
    const StoredMixture file = readMixture(path);
    Result result;
    result.json = {{"kind", "mixture"},
                   {"components", file.mixture.components},
                   {"latent", file.mixture.dimensions},
                   {"covariance", covarianceName(file.mixture.covariance())},
                   {"weights", file.mixture.weights},
                   {"mean_log_likelihood", file.meanLogLikelihood},
                   {"parameters", file.parameters}};
    std::string weights;
    for (const double weight : file.mixture.weights)
        weights += (weights.empty() ? "" : ", ") + numberText(weight);
    result.text =
        listing(path + ": Gaussian mixture", {{"components", std::to_string(file.mixture.components)},
                                              {"latents", std::to_string(file.mixture.dimensions)},
                                              {"covariance", covarianceName(file.mixture.covariance())},
                                              {"weights", weights},
                                              {"parameters", file.parameters.dump()}});
    return result;
}

Result describeKeras(const std::string& path) {
    const ModelPtr model = readKerasAstroVaDEr(path);
    const ModelCard& card = model->card();
    Result result;
    result.json = {{"kind", "keras weights"}, {"card", Json::parse(cardText(card))}};
    result.text = listing(path + ": Keras weights of AstroVaDEr",
                          {{"input", shapeText(card.input.channels, card.input.height, card.input.width)},
                           {"latents", std::to_string(card.latent)},
                           {"components", std::to_string(card.mixture.components)},
                           {"next", "galatea-cli convert " + path + " -o MODEL.safetensors"}});
    return result;
}

Result describePicture(const std::string& path, Context& context) {
    const Raster raster = readRaster(path);
    for (const std::string& note : raster.notes)
        context.progress.warn(path + ": " + note);
    const Array& pixels = raster.pixels;
    const auto values = pixels.values();
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    Result result;
    result.json = {{"kind", "picture"},
                   {"shape", pixels.shape()},
                   {"bits_per_sample", raster.bitsPerSample},
                   {"min", *low},
                   {"max", *high}};
    result.text =
        listing(path + ": picture", {{"shape", shapeText(pixels.dim(0), pixels.dim(1), pixels.dim(2))},
                                     {"bits per sample", std::to_string(raster.bitsPerSample)},
                                     {"values", numberText(*low) + " to " + numberText(*high)}});
    return result;
}

Result describeHdf5(const std::string& path, Context& context) {
    if (looksLikeKerasAstroVaDEr(path))
        return describeKeras(path);
    const Hdf5Reader file(path);
    if (file.isDataset("/xy") || file.isDataset("/xyz"))
        return describeMap(path);
    if (file.isDataset("/weights") && file.isDataset("/means"))
        return describeMixture(path);
    if (file.isDataset("/mean") && !file.isDataset("/images"))
        return describeLatents(path);
    return describeDataset(path, context);
}

Result describe(const std::string& path, Context& context) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return describeDataset(path, context);
    const std::string start = openRegular(path).firstBytes(16);
    const std::string extension = lowerCase(std::filesystem::path(path).extension().string());
    if (looksLikeHdf5(path))
        return describeHdf5(path, context);
    if (looksLikeRaster(path))
        return describePicture(path, context);
    if (looksLikeNpz(path))
        return describeDataset(path, context);
    if (start.starts_with("PK"))
        return describeModel(path, "TorchScript", context);
    if (extension == ".safetensors" || extension == ".pt")
        return describeModel(path, "safetensors", context);
    if (!start.empty() && hasReader(path))
        return describeDataset(path, context);
    throw InputError(path, start.empty() ? "is empty" : "is of no kind that Galatea knows",
                     "give a data set, model, latents, map, mixture, picture or CSV list");
}

} // namespace

Action defineInfo(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    app.add_option("file", *path,
                   "Data set, model, latents, map, mixture, Keras weights, picture, CSV list or folder")
        ->required()
        ->type_name("FILE");
    return [path](Context& context) {
        Result result = describe(*path, context);
        result.json["file"] = *path;
        return result;
    };
}

} // namespace galatea::cli
