#include "commands/commands.h"

#include <cmath>
#include <cstdio>

#include <algorithm>
#include <numeric>
#include <optional>

#include "data/dataset_file.h"
#include "files.h"
#include "inversion/band_refinement.h"
#include "inversion/best_fit.h"
#include "inversion/mask.h"
#include "io/csv.h"
#include "latent/latents.h"

namespace galatea::cli {

namespace {

struct FitArguments {
    std::string model, data, mask, output, latents, curves;
    std::vector<int64_t> index;
    std::vector<std::string> maskBands, assignments;
    BestFitOptions options;
    int64_t references = 0;
    bool bestOnly = false;
};

std::vector<int64_t> chosenRows(const FitArguments& arguments, const Dataset& data) {
    std::vector<int64_t> rows = arguments.index;
    for (const int64_t row : rows)
        requireIndex(data, arguments.data, row);
    if (rows.empty()) {
        rows.resize(static_cast<size_t>(data.size()));
        std::iota(rows.begin(), rows.end(), int64_t{0});
    }
    return rows;
}

/// The painted mask: one image for all, or as many as objects were chosen, or as the data set has.
Array hiddenPixels(const FitArguments& arguments, const Dataset& data, const std::vector<int64_t>& rows,
                   Context& context) {
    if (arguments.mask.empty())
        return {};
    const DatasetPtr mask = openData(context, arguments.mask);
    const auto count = static_cast<int64_t>(rows.size());
    if (mask->size() == 1 || mask->size() == count)
        return mask->readRange(0, mask->size());
    if (mask->size() == data.size())
        return mask->read(rows);
    throw UsageError(arguments.mask, "holds " + std::to_string(mask->size()) + " masks",
                     "give one, or one per object");
}

/// One row of the output file after another, with what the catalogue says of it.
struct Rows {
    std::vector<std::string> id, object, kind;
    std::vector<int64_t> row, start;
    std::vector<double> loss, startLoss;
    std::vector<std::vector<double>> latents; // [D] columns

    void add(const std::string& name, int64_t sourceRow, const std::string& what, int64_t fitStart,
             double itsLoss, double itsStartLoss, const float* z) {
        id.push_back(name + " " + what);
        object.push_back(name);
        kind.push_back(what.substr(0, what.find(' ')));
        row.push_back(sourceRow);
        start.push_back(fitStart);
        loss.push_back(itsLoss);
        startLoss.push_back(itsStartLoss);
        for (size_t d = 0; d < latents.size(); ++d)
            latents[d].push_back(z ? static_cast<double>(z[d]) : NAN);
    }

    Table table() const {
        Table table;
        table.set({"id", id, "", "meta.id;meta.main", "object and what is shown of it"});
        table.set({"object", object, "", "meta.id", "id in the data set that was fitted"});
        table.set({"row", row, "", "", "its row there"});
        table.set({"kind", kind, "", "",
                   "observed, hidden (as observed, hidden pixels 0), fit, refined, mean, spread, start"});
        table.set({"start", start, "", "", "number of the fit's start; -1 where there is none"});
        table.set({"loss", loss, "", "stat.fit.residual",
                   "mean squared error over observed pixels in the network's units"});
        table.set({"start_loss", startLoss, "", "stat.fit.residual", "the same where the fit began"});
        for (size_t d = 0; d < latents.size(); ++d)
            table.set({"z_" + std::to_string(d), latents[d], "", "", "latent of the fit"});
        return table;
    }
};

class FitWriter {
  public:
    FitWriter(const FitArguments& arguments, const Model& model, const Dataset& data)
        : arguments_(arguments), writer_(arguments.output, outputInfo(arguments, data)) {
        rows_.latents.resize(static_cast<size_t>(model.card().latent));
        const Column* ids = data.catalog().find("id");
        for (int64_t row = 0; row < data.size(); ++row)
            ids_.push_back(ids ? ids->text(row) : std::to_string(row));
    }

    /// `refined` [N,C,H,W] may be empty.
    void add(const BestFitReport& report, const Array& images, const Array& observed, const Array& refined,
             int64_t n, int64_t sourceRow) {
        const std::string& name = ids_[static_cast<size_t>(sourceRow)];
        const int64_t best = report.best[static_cast<size_t>(n)];
        if (!arguments_.bestOnly) {
            rows_.add(name, sourceRow, "observed", -1, NAN, NAN, nullptr);
            append(images.row(n));
            Array hidden = images.row(n).copy();
            const Array seen = observed.row(n).contiguousCopy();
            bool any = false;
            for (int64_t i = 0; i < hidden.size(); ++i)
                if (seen.data()[i] == 0) {
                    hidden.data()[i] = 0;
                    any = true;
                }
            if (any) {
                rows_.add(name, sourceRow, "hidden", -1, NAN, NAN, nullptr);
                append(hidden);
            }
        }
        addFit(report, n, best, name, sourceRow, "fit");
        if (!refined.empty()) {
            rows_.add(name, sourceRow, "refined", -1, NAN, NAN, nullptr);
            append(refined.row(n));
        }
        if (arguments_.bestOnly || arguments_.options.starts == 1)
            return;
        rows_.add(name, sourceRow, "mean", -1, NAN, NAN, nullptr);
        append(report.mean.row(n));
        rows_.add(name, sourceRow, "spread", -1, NAN, NAN, nullptr);
        append(report.spread.row(n));
        for (int64_t s = 0; s < arguments_.options.starts; ++s)
            addFit(report, n, s, name, sourceRow, "start " + std::to_string(s));
    }

    void finish() { writer_.finish(rows_.table()); }
    const std::vector<std::string>& ids() const { return ids_; }

  private:
    static DatasetInfo outputInfo(const FitArguments& arguments, const Dataset& data) {
        DatasetInfo info = data.info();
        info.name = "best fits";
        info.source = absolutePath(arguments.model);
        return info;
    }
    void append(const Array& image) {
        std::vector<int64_t> shape = image.shape();
        shape.insert(shape.begin(), 1);
        writer_.append(image.contiguousCopy().reshaped(shape));
    }
    void addFit(const BestFitReport& report, int64_t n, int64_t start, const std::string& name,
                int64_t sourceRow, const std::string& what) {
        const Array latents = report.latents.row(n).row(start).contiguousCopy();
        rows_.add(name, sourceRow, what, start, static_cast<double>(report.losses.at(n, start)),
                  static_cast<double>(report.curves.at(n, start, int64_t{0})), latents.data());
        append(report.images.row(n).row(start));
    }

    const FitArguments& arguments_;
    DatasetWriter writer_;
    Rows rows_;
    std::vector<std::string> ids_;
};

void writeCurves(const BestFitReport& report, const std::vector<std::string>& objects,
                 const std::string& path) {
    Table table;
    std::vector<int64_t> step(static_cast<size_t>(report.curves.dim(2)));
    std::iota(step.begin(), step.end(), int64_t{0});
    table.set({"step", step});
    for (int64_t n = 0; n < report.curves.dim(0); ++n)
        for (int64_t s = 0; s < report.curves.dim(1); ++s) {
            std::vector<double> losses;
            for (int64_t i = 0; i < report.curves.dim(2); ++i)
                losses.push_back(static_cast<double>(report.curves.at(n, s, i)));
            table.set({objects[static_cast<size_t>(n)] + " start " + std::to_string(s), std::move(losses)});
        }
    writeCsv(path, table);
}

/// The best start's latents as a latents file, for redshifts and maps.
void writeBestLatents(const BestFitReport& report, const std::vector<std::string>& objects,
                      const FitArguments& arguments) {
    Latents latents;
    const int64_t count = report.latents.dim(0), size = report.latents.dim(2);
    latents.mean = Array({count, size});
    for (int64_t n = 0; n < count; ++n) {
        const Array row = report.latents.row(n).row(report.best[static_cast<size_t>(n)]).contiguousCopy();
        std::copy_n(row.data(), size, latents.mean.data() + n * size);
        latents.reconstructionError.push_back(
            static_cast<double>(report.losses.at(n, report.best[static_cast<size_t>(n)])));
    }
    latents.id = objects;
    latents.model = absolutePath(arguments.model);
    latents.modelHash = hashOf(arguments.model);
    latents.data = absolutePath(arguments.data);
    latents.dataHash = hashOf(arguments.data);
    writeLatents(latents, arguments.latents);
}

/// What objects that are not fitted themselves tell of whole hidden bands; nothing if not asked.
std::optional<BandRefinement> refinementOf(const FitArguments& arguments, const Model& model,
                                           const Dataset& data, const std::vector<int64_t>& rows,
                                           const std::vector<int64_t>& channels, Context& context) {
    if (arguments.references == 0)
        return std::nullopt;
    if (channels.empty())
        throw UsageError("--refine", "has no whole band to refine", "hide one with --mask-bands");
    const std::vector<int64_t> others =
        referenceRows(data.size(), rows, arguments.references, arguments.options.seed);
    return BandRefinement(model, others.empty() ? Array() : data.read(others), channels, arguments.options,
                          context.stop, context.progress);
}

void checkOutputs(const FitArguments& arguments) {
    const std::vector<std::string> inputs{arguments.model, arguments.data, arguments.mask};
    checkedOutput(arguments.output, {"h5"}, inputs);
    if (!arguments.latents.empty())
        checkedOutput(arguments.latents, {"h5"}, inputs);
    if (!arguments.curves.empty())
        checkedOutput(arguments.curves, {"csv"}, inputs);
}

Result runFit(FitArguments arguments, Context& context) {
    checkOutputs(arguments);
    OptionSet set = describe(arguments.options);
    for (const std::string& assignment : arguments.assignments)
        set.setText(assignment);
    if (context.common.seedGiven)
        arguments.options.seed = context.common.seed;
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "decode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const std::vector<int64_t> rows = chosenRows(arguments, *data);
    const Array images = data->read(rows);
    const std::vector<int64_t> channels =
        channelsNamed(arguments.maskBands, data->info().bands, data->info().channels);
    const Array observed = observedPixels(images, channels, hiddenPixels(arguments, *data, rows, context));
    const auto refinement = refinementOf(arguments, *model, *data, rows, channels, context);
    FitWriter writer(arguments, *model, *data);
    const BestFitReport report =
        bestFit(*model, images, observed, arguments.options, context.stop, context.progress);

    const Array refined = refinement ? refinement->refined(images, observed, report.mean) : Array();

    Result result;
    result.json = {{"output", arguments.output}, {"options", set.toJson()}, {"fits", Json::array()}};
    std::vector<std::string> objects;
    for (size_t n = 0; n < rows.size(); ++n) {
        const auto object = static_cast<int64_t>(n);
        writer.add(report, images, observed, refined, object, rows[n]);
        objects.push_back(writer.ids()[static_cast<size_t>(rows[n])]);
        const int64_t best = report.best[n];
        result.json["fits"].push_back({{"id", objects.back()},
                                       {"index", rows[n]},
                                       {"loss", report.losses.at(object, best)},
                                       {"start_loss", report.curves.at(object, best, int64_t{0})},
                                       {"start", best},
                                       {"starts_counted", report.counted[n]}});
    }
    writer.finish();
    if (!arguments.latents.empty())
        writeBestLatents(report, objects, arguments);
    if (!arguments.curves.empty())
        writeCurves(report, objects, arguments.curves);
    double mean = 0, first = 0;
    for (const Json& fit : result.json["fits"]) {
        mean += fit["loss"].get<double>() / static_cast<double>(rows.size());
        first += fit["start_loss"].get<double>() / static_cast<double>(rows.size());
    }
    result.json["mean_loss"] = mean;
    char line[160];
    std::snprintf(line, sizeof line, ": %zu objects fitted; mean squared error %.4g, %.4g at the start\n",
                  rows.size(), mean, first);
    result.text = arguments.output + line;
    return result;
}

} // namespace

Action defineFit(CLI::App& app) {
    const auto arguments = std::make_shared<FitArguments>();
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    app.add_option("data", arguments->data, "Data set")->required()->type_name("DATA");
    app.add_option("--index", arguments->index, "Objects to fit, counted from 0; default: all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("i,j,...");
    app.add_option("--mask-bands", arguments->maskBands, "Bands to hide, by name or number")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("u,...");
    app.add_option("--mask", arguments->mask,
                   "Picture or data set whose pixels other than 0 are hidden; one for all or one per object")
        ->type_name("FILE");
    app.add_option("--starts", arguments->options.starts, "Fits per object, from different starts")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--refine", arguments->references,
                   "Also refine hidden bands by what this many other objects of the data tell; 0: do not")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--steps", arguments->options.steps, "Steps of Adam")
        ->check(CLI::Range(0, 1000000))
        ->capture_default_str()
        ->type_name("N");
    BestFitOptions defaults;
    std::string more = "More: key=value of";
    const OptionSet all = describe(defaults);
    for (const Option& option : all.options())
        more += " " + option.name;
    app.add_option("--set", arguments->assignments, more)->allow_extra_args(false)->type_name("key=value");
    app.add_flag("--best-only", arguments->bestOnly, "Write the best fit of each object, nothing else");
    app.add_option("--latents", arguments->latents, "Also write the best latents (.h5)")
        ->type_name("LATENTS.h5");
    app.add_option("--curves", arguments->curves, "Also write every fit's error at every step (.csv)")
        ->type_name("CURVES.csv");
    app.add_option("-o,--output", arguments->output, "Data set of fits to write (.h5)")
        ->required()
        ->type_name("OUT.h5");
    app.footer(
        "The output is a data set; its column `kind` tells what each image is: observed, hidden (pixels left "
        "out are 0),\nfit (the best), refined (with --refine), mean and spread over the starts, and every "
        "start.\n"
        "  galatea-cli fit lsgan.safetensors stamps.h5 --index 0,5 --mask-bands u -o filled.h5");
    return [arguments](Context& context) { return runFit(*arguments, context); };
}

} // namespace galatea::cli
