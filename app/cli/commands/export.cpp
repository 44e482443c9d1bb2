#include "commands/commands.h"

#include <algorithm>
#include <filesystem>

#include "core/text.h"
#include "data/export_images.h"
#include "data/open_dataset.h"
#include "files.h"
#include "io/hdf5.h"
#include "io/regular_file.h"
#include "io/strict_json.h"
#include "io/table_file.h"
#include "join_options.h"
#include "latent/latent_table.h"

namespace galatea::cli {

namespace {

namespace fs = std::filesystem;

constexpr int64_t largestSession = int64_t{256} << 20;
constexpr int sessionDepth = 32;

struct ExportArguments {
    std::string source, output, data, rows, layout = "cube", format = "fits";
    bool images = false, table = false, selection = false, deviations = false;
    JoinArguments join;
};

/// What is to be written: latents, a data set or both, and which rows.
struct Material {
    std::optional<Latents> latents;
    std::string latentsPath, dataPath;
    DatasetPtr data;
    std::vector<int64_t> selection;
};

bool isSession(const std::string& path) {
    return lowerCase(fs::path(path).extension().string()) == ".galatea";
}

bool isLatents(const std::string& path) {
    return looksLikeHdf5(path) && Hdf5Reader(path).isDataset("/mean");
}

/// Bytes of base 64 (RFC 4648); what is no letter of it ends the text.
std::string fromBase64(std::string_view text) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    uint32_t pending = 0;
    int bits = 0;
    for (const char letter : text) {
        const size_t value = letters.find(letter);
        if (value == std::string_view::npos)
            break;
        pending = pending << 6 | static_cast<uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(pending >> bits & 0xff);
        }
    }
    return bytes;
}

/// Numbers, or one bit per row where many are selected.
std::vector<int64_t> selectionOf(const Json& value) {
    std::vector<int64_t> rows;
    if (value.is_array())
        for (const Json& row : value)
            if (row.is_number())
                rows.push_back(static_cast<int64_t>(row.get<double>()));
    if (!value.is_object() || !value.contains("bits") || !value["bits"].is_string())
        return rows;
    const std::string bits = fromBase64(value["bits"].get<std::string>());
    for (size_t i = 0; i < bits.size(); ++i)
        for (size_t bit = 0; bit < 8; ++bit)
            if (static_cast<unsigned char>(bits[i]) >> bit & 1)
                rows.push_back(static_cast<int64_t>(8 * i + bit));
    return rows;
}

/// The files a session names, and its selection.
Material readSessionFile(const std::string& path) {
    const Json root =
        parseStrictJson(openRegular(path).readAll(largestSession), sessionDepth, path, "the session");
    if (!root.is_object() || !root.contains("galatea-session"))
        throw InputError(path, "this is no session", "name a .galatea file the window saved");
    if (root.value("demonstration", false))
        throw InputError(path, "the demonstration's session has no files of its own",
                         "save its samples or data in the window");
    const auto file = [&](const char* key) -> std::string {
        const Json& files = root.contains("files") ? root["files"] : Json::object();
        if (!files.is_object() || !files.contains(key))
            return {};
        const Json& entry = files[key]; // format 1: the path alone
        const std::string name = entry.is_string()   ? entry.get<std::string>()
                                 : entry.is_object() ? entry.value("path", std::string())
                                                     : std::string();
        return name.empty() ? name : (fs::absolute(path).parent_path() / name).lexically_normal().string();
    };
    Material material;
    material.latentsPath = file("latents");
    material.dataPath = file("data");
    const Json& view = root.contains("view") ? root["view"] : Json();
    if (view.is_object() && view.contains("selection"))
        material.selection = selectionOf(view["selection"]);
    if (material.latentsPath.empty() && material.dataPath.empty())
        throw InputError(path, "this session has neither a data set nor latents",
                         "open one and save it again");
    return material;
}

/// The data set is welcome, not needed: without it the table has no catalogue columns.
void openDataOf(Material& material, Context& context) {
    try {
        material.data = openData(context, material.dataPath);
    } catch (const InputError& error) {
        context.progress.warn(std::string("the catalogue's columns are left out: ") + error.what());
    }
}

Material gather(const ExportArguments& arguments, Context& context) {
    Material material;
    if (isSession(arguments.source))
        material = readSessionFile(arguments.source);
    else if (isLatents(arguments.source))
        material.latentsPath = arguments.source;
    else
        material.dataPath = arguments.source;
    if (!material.latentsPath.empty()) {
        material.latents = readLatents(material.latentsPath);
        if (material.dataPath.empty())
            material.dataPath = material.latents->data;
    }
    if (!arguments.data.empty())
        material.dataPath = arguments.data;
    const bool needed = !material.latents || !arguments.data.empty() || arguments.images;
    if (needed)
        material.data = openData(context, material.dataPath);
    else if (!material.dataPath.empty())
        openDataOf(material, context);
    if (material.latents && material.data && arguments.data.empty() && !material.latents->dataHash.empty() &&
        hashOf(material.dataPath) != material.latents->dataHash)
        context.progress.warn(material.dataPath + ": it has changed since the latents were made");
    return material;
}

/// "0-9,12,20-" → rows, in that order.
std::vector<int64_t> parseRows(const std::string& text, int64_t count) {
    std::vector<int64_t> rows;
    const auto wrong = [&]() -> UsageError {
        return {"--rows " + text, "is no list of rows below " + std::to_string(count),
                "write it like 0-9,12,20-"};
    };
    for (const std::string& part : split(text, ',')) {
        const size_t dash = part.find('-');
        long long first = 0, last = 0;
        if (!parseInteger(trimmed(part.substr(0, dash)), first))
            throw wrong();
        last = first;
        if (dash != std::string::npos) {
            const std::string end = trimmed(part.substr(dash + 1));
            if (end.empty())
                last = count - 1;
            else if (!parseInteger(end, last))
                throw wrong();
        }
        if (first < 0 || last >= count || first > last ||
            static_cast<int64_t>(rows.size()) + (last - first) > 100'000'000)
            throw wrong();
        for (long long row = first; row <= last; ++row)
            rows.push_back(row);
    }
    return rows;
}

std::vector<int64_t> chosenRows(const ExportArguments& arguments, const Material& material, int64_t count) {
    if (!arguments.rows.empty())
        return parseRows(arguments.rows, count);
    std::vector<int64_t> rows;
    if (arguments.selection) {
        if (material.selection.empty())
            throw UsageError(arguments.source, "it holds no selection", "leave --selection out");
        for (const int64_t row : material.selection)
            if (row >= 0 && row < count)
                rows.push_back(row);
        return rows;
    }
    for (int64_t row = 0; row < count; ++row)
        rows.push_back(row);
    return rows;
}

std::vector<FitsCard> provenanceCards(const Material& material) {
    std::vector<FitsCard> cards = {
        {"ORIGIN", "galatea-cli " GALATEA_VERSION, "program that wrote this file"}};
    if (material.data && !material.data->info().source.empty())
        cards.push_back({"SOURCE", material.data->info().source, "where the data set came from"});
    return cards;
}

TableProvenance tableProvenance(const ExportArguments& arguments, const Material& material) {
    TableProvenance provenance;
    provenance.title = fs::path(arguments.source).stem().string();
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            provenance.facts.emplace_back(name, value);
    };
    add("creator", "galatea-cli " GALATEA_VERSION);
    if (material.latents) {
        add("model", material.latents->model);
        add("model_sha256", material.latents->modelHash);
        add("data_sha256", material.latents->dataHash);
    }
    add("data", material.dataPath);
    return provenance;
}

Result exportTable(const ExportArguments& arguments, const Material& material, Context& context) {
    std::vector<std::string> notes;
    const Table* catalog = material.data ? &material.data->catalog() : nullptr;
    Table table = material.latents
                      ? latentTable(*material.latents, catalog, notes, {.deviations = arguments.deviations})
                      : *catalog;
    Result result;
    if (const JoinRequest join = joinRequest(arguments.join); !join.path.empty()) {
        JoinReport report;
        table = CatalogJoin(join).apply(table, arguments.source, report, context.stop);
        tellJoin(report, join.path, result, context);
    }
    if (!arguments.rows.empty() || arguments.selection)
        table = table.select(chosenRows(arguments, material, table.rowCount()));
    throwIfStopped(context.stop);
    writeTableFile(arguments.output, table, tableProvenance(arguments, material), notes);
    for (const std::string& note : notes)
        context.progress.warn(note);
    result.json["output"] = arguments.output;
    result.json["rows"] = table.rowCount();
    result.json["columns"] = table.columns().size();
    result.text = arguments.output + ": " + std::to_string(table.rowCount()) + " rows, " +
                  std::to_string(table.columns().size()) + " columns\n" + result.text;
    return result;
}

Result exportImages(const ExportArguments& arguments, const Material& material, const std::string& extension,
                    Context& context) {
    const Dataset& data = *material.data;
    const std::vector<int64_t> rows = chosenRows(arguments, material, data.size());
    ImageExportReport report;
    if (extension == "h5" || extension == "hdf5") {
        report = exportDataset(data, rows, arguments.output, context.stop, context.progress);
    } else if (extension == "png") {
        report = exportPngs(data, rows, arguments.output, context.stop, context.progress);
    } else {
        ImageExport options;
        options.layout = arguments.layout == "files"        ? ImageLayout::Files
                         : arguments.layout == "extensions" ? ImageLayout::Extensions
                                                            : ImageLayout::Cube;
        options.provenance = provenanceCards(material);
        report = exportFits(data, rows, arguments.output, options, context.stop, context.progress);
    }
    for (const std::string& note : report.notes)
        context.progress.warn(note);
    const DatasetInfo& info = data.info();
    Result result;
    result.json = {{"output", arguments.output},
                   {"images", report.images},
                   {"shape", {info.channels, info.height, info.width}}};
    result.text = arguments.output + ": " + std::to_string(report.images) + " images, " +
                  shapeText(info.channels, info.height, info.width) + "\n";
    return result;
}

/// The output's extension, or the format asked for where it is to be a folder.
Result runExport(ExportArguments arguments, Context& context) {
    std::string extension = lowerCase(fs::path(arguments.output).extension().string());
    if (arguments.layout == "files" || extension.empty() || arguments.output.ends_with('/')) {
        arguments.layout = "files";
        extension = arguments.format;
        arguments.images = true;
    } else {
        extension = checkedOutput(arguments.output, {"csv", "fits", "vot", "xml", "h5", "hdf5"},
                                  {arguments.source, arguments.data, arguments.join.request.path});
    }
    const bool onlyTable = extension == "csv" || extension == "vot" || extension == "xml";
    if (onlyTable && arguments.images)
        throw UsageError(arguments.output, "images cannot be written as a table", "write .fits or .h5");
    if (!onlyTable && extension != "fits" && arguments.table)
        throw UsageError(arguments.output, "a table cannot be written in this format",
                         "write .csv, .fits or .vot");
    const bool fromData = !isSession(arguments.source) && !isLatents(arguments.source);
    arguments.images =
        !onlyTable && !arguments.table && (arguments.images || extension != "fits" || fromData);
    const Material material = gather(arguments, context);
    return arguments.images ? exportImages(arguments, material, extension, context)
                            : exportTable(arguments, material, context);
}

} // namespace

Action defineExport(CLI::App& app) {
    const auto arguments = std::make_shared<ExportArguments>();
    app.add_option("source", arguments->source, "Latents (.h5), a session (.galatea) or a data set")
        ->required()
        ->type_name("LATENTS.h5|SESSION|DATA");
    app.add_option("-o,--output", arguments->output,
                   "Table: .csv, .fits, .vot. Images: .fits, .h5, or a new folder")
        ->required()
        ->type_name("OUT");
    auto* images = app.add_flag("--images", arguments->images,
                                "Write images; a data set's .fits holds them unless --table is given");
    app.add_flag("--table", arguments->table, "Write the table of a data set as .fits")->excludes(images);
    app.add_option("--layout", arguments->layout,
                   "FITS images: cube, extensions (one HDU each) or files (a folder with one file each)")
        ->check(CLI::IsMember({"cube", "extensions", "files"}))
        ->capture_default_str();
    app.add_option("--format", arguments->format, "Of the files in a folder")
        ->check(CLI::IsMember({"fits", "png"}))
        ->capture_default_str();
    auto* rows = app.add_option("--rows", arguments->rows, "Only these rows, counted from 0, in this order")
                     ->type_name("0-9,12,20-");
    app.add_flag("--selection", arguments->selection, "Only what is selected in the session")->excludes(rows);
    app.add_option("--data", arguments->data, "Data set of the latents, where it is not where it was")
        ->type_name("DATA");
    app.add_flag("--deviations", arguments->deviations, "Also sigma_0 …, the latents' standard deviations");
    addJoinOptions(app, arguments->join);
    app.footer("  galatea-cli export latents.h5 -o latents.vot\n"
               "  galatea-cli export galaxies.h5 --rows 0-99 --layout extensions -o first.fits\n"
               "  galatea-cli export galaxies.h5 --format png -o pictures/");
    return [arguments](Context& context) { return runExport(*arguments, context); };
}

} // namespace galatea::cli
