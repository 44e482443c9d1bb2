// evaluate redshift: boosted trees on latents, beside the same on magnitudes alone.

#include "redshift/redshift.h"

#include <algorithm>
#include <cmath>

#include "commands/evaluate/catalogue.h"
#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "files.h"
#include "latent/latents.h"

namespace galatea::cli {

namespace {

struct RedshiftArguments {
    std::string latents, catalogue, column = "redshift";
    std::vector<std::string> magnitudes, assignments;
    RedshiftOptions options;
    double aperture = 0.8; ///< diameter as a share of the image's side
};

/// Features of the same objects in several kinds, and what they are to tell.
struct Objects {
    std::vector<double> redshift;
    Array latents, magnitudes, fluxes, both;
    std::vector<std::string> magnitudeColumns;
    int64_t left = 0; ///< objects without redshift or catalogue entry
};

std::vector<std::string> magnitudeNames(const RedshiftArguments& arguments, const Table& catalogue) {
    std::vector<std::string> names = arguments.magnitudes;
    if (names.empty()) {
        for (const Column& column : catalogue.columns())
            if (column.name.rfind("mag_", 0) == 0 && !column.isText())
                names.push_back(column.name);
    }
    for (const std::string& name : names)
        if (!catalogue.find(name))
            throw UsageError(arguments.catalogue, "has no column '" + name + "'",
                             "choose others with --magnitudes");
    return names;
}

/// Magnitudes (or what stands for them) and the differences of neighbours: trees find no differences by
/// themselves.
Array withColours(const Array& values) {
    const int64_t count = values.dim(0), bands = values.dim(1);
    Array result({count, std::max<int64_t>(1, 2 * bands - 1)});
    for (int64_t n = 0; n < count; ++n)
        for (int64_t b = 0; b < bands; ++b) {
            result.at(n, b) = values.at(n, b);
            if (b > 0)
                result.at(n, bands + b - 1) = values.at(n, b - 1) - values.at(n, b);
        }
    return result;
}

/// log10 of the flux within a central circle of each image: what can be measured without knowing the truth. A
/// flux that is not positive is missing.
Array apertureFluxes(const Dataset& data, const std::vector<int64_t>& rows, double diameter) {
    const DatasetInfo& info = data.info();
    const double radius = 0.5 * diameter * static_cast<double>(std::min(info.height, info.width));
    Array result({static_cast<int64_t>(rows.size()), info.channels});
    constexpr size_t step = 256;
    for (size_t first = 0; first < rows.size(); first += step) {
        const auto part = std::span(rows).subspan(first, std::min(step, rows.size() - first));
        const Array images = data.read(part);
        for (int64_t n = 0; n < images.dim(0); ++n)
            for (int64_t c = 0; c < info.channels; ++c) {
                double sum = 0;
                for (int64_t y = 0; y < info.height; ++y)
                    for (int64_t x = 0; x < info.width; ++x)
                        if (std::hypot(static_cast<double>(y) - 0.5 * static_cast<double>(info.height - 1),
                                       static_cast<double>(x) - 0.5 * static_cast<double>(info.width - 1)) <=
                            radius)
                            sum += static_cast<double>(images.at(n, c, y, x));
                result.at(static_cast<int64_t>(first) + n, c) =
                    sum > 0 ? static_cast<float>(-2.5 * std::log10(sum)) : NAN;
            }
    }
    return withColours(result);
}

Array columnsOf(const Table& catalogue, const std::vector<std::string>& names,
                const std::vector<int64_t>& rows) {
    Array values({static_cast<int64_t>(rows.size()), static_cast<int64_t>(names.size())});
    for (size_t b = 0; b < names.size(); ++b)
        for (size_t n = 0; n < rows.size(); ++n)
            values.at(static_cast<int64_t>(n), static_cast<int64_t>(b)) =
                static_cast<float>(catalogue.find(names[b])->number(rows[n]));
    return withColours(values);
}

Array besideEachOther(const Array& a, const Array& b) {
    Array result({a.dim(0), a.dim(1) + b.dim(1)});
    for (int64_t n = 0; n < a.dim(0); ++n) {
        for (int64_t f = 0; f < a.dim(1); ++f)
            result.at(n, f) = a.at(n, f);
        for (int64_t f = 0; f < b.dim(1); ++f)
            result.at(n, a.dim(1) + f) = b.at(n, f);
    }
    return result;
}

Objects gather(const RedshiftArguments& arguments, const Latents& latents, const Dataset& data) {
    const Table& catalogue = data.catalog();
    const Column* redshift = catalogue.find(arguments.column);
    if (!redshift || redshift->isText())
        throw UsageError(arguments.catalogue, "has no column of numbers '" + arguments.column + "'",
                         "name the redshifts with --column");
    Objects objects;
    std::vector<int64_t> latentRows, rows;
    const std::vector<int64_t> rowOf = rowsById(latents.id, catalogue);
    for (int64_t n = 0; n < latents.size(); ++n) {
        const int64_t row = rowOf[static_cast<size_t>(n)];
        if (row < 0 || !std::isfinite(redshift->number(row))) {
            ++objects.left;
            continue;
        }
        latentRows.push_back(n);
        rows.push_back(row);
        objects.redshift.push_back(redshift->number(row));
    }
    if (rows.empty())
        throw UsageError(arguments.latents,
                         "shares no object that has a redshift with " + arguments.catalogue,
                         "give the data set that was embedded");
    objects.latents = gatherRows(latents.mean, latentRows);
    objects.magnitudeColumns = magnitudeNames(arguments, catalogue);
    if (!objects.magnitudeColumns.empty())
        objects.magnitudes = columnsOf(catalogue, objects.magnitudeColumns, rows);
    objects.fluxes = apertureFluxes(data, rows, arguments.aperture);
    objects.both = besideEachOther(objects.latents, objects.fluxes);
    return objects;
}

Json metricsJson(const RedshiftReport& report) {
    Json folds = Json::array();
    for (const RedshiftMetrics& fold : report.perFold)
        folds.push_back({{"objects", fold.objects},
                         {"r2", fold.r2},
                         {"bias", fold.bias},
                         {"sigma_mad", fold.sigmaMad},
                         {"outliers", fold.outliers}});
    const RedshiftMetrics& m = report.metrics;
    return {{"objects", m.objects},   {"r2", m.r2},
            {"bias", m.bias},         {"sigma_mad", m.sigmaMad},
            {"outliers", m.outliers}, {"folds", std::move(folds)}};
}

Plot scatter(const RedshiftReport& report, const std::vector<double>& truth, const std::string& title) {
    Plot plot{.title = "Redshift from " + title, .xLabel = "true redshift", .yLabel = "predicted redshift"};
    const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
    plot.series = {{"", truth, report.predicted, SeriesStyle::Points, {}, false, 1.2},
                   {"equal", {*low, *high}, {*low, *high}}};
    plot.sameScale = true;
    plot.height = 800;
    return plot;
}

Result runRedshift(RedshiftArguments arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    OptionSet set = describe(arguments.options.trees);
    for (const std::string& assignment : arguments.assignments)
        set.setText(assignment);
    arguments.options.seed = context.common.seed;
    if (context.common.threads > 0)
        arguments.options.trees.threads = context.common.threads;
    const Latents latents = readLatents(arguments.latents);
    const DatasetPtr data = openData(context, arguments.catalogue);
    const Objects objects = gather(arguments, latents, *data);
    Result result;
    result.json = {{"latents", arguments.latents},
                   {"catalogue", arguments.catalogue},
                   {"column", arguments.column},
                   {"left_out", objects.left},
                   {"folds", arguments.options.folds},
                   {"trees", set.toJson()},
                   {"magnitudes", objects.magnitudeColumns}};
    result.text =
        format("%zu objects, %lld folds%32s %8s %9s %9s %9s\n", objects.redshift.size(),
               static_cast<long long>(arguments.options.folds), "", "R2", "bias", "sigma_MAD", "outliers");
    const std::vector<std::pair<std::string, const Array*>> kinds{
        {"latents", &objects.latents},
        {"catalogue_magnitudes", &objects.magnitudes},
        {"aperture_magnitudes", &objects.fluxes},
        {"latents_and_aperture", &objects.both}};
    for (const auto& [name, features] : kinds) {
        if (features->empty())
            continue;
        const RedshiftReport report = crossValidateRedshift(*features, objects.redshift, arguments.options,
                                                            context.stop, context.progress);
        result.json["features"][name] = metricsJson(report);
        const RedshiftMetrics& m = report.metrics;
        result.text +=
            format("  %-44s %8.4f %9.5f %9.5f %9.4f\n", name.c_str(), m.r2, m.bias, m.sigmaMad, m.outliers);
        evaluation.plot(scatter(report, objects.redshift, name), "redshift-" + name);
    }
    return result;
}

} // namespace

EvaluationAction defineEvaluateRedshift(CLI::App& app) {
    const auto arguments = std::make_shared<RedshiftArguments>();
    app.add_option("latents", arguments->latents, "Latents file (embed, or fit --latents)")
        ->required()
        ->type_name("LATENTS.h5");
    app.add_option("--catalogue", arguments->catalogue, "The data set with the redshifts, joined by id")
        ->required()
        ->type_name("DATA");
    app.add_option("--column", arguments->column, "Its column of redshifts")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--magnitudes", arguments->magnitudes,
                   "Its magnitudes in order of wavelength; default: mag_*")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...");
    app.add_option("--aperture", arguments->aperture,
                   "Diameter of the circle whose flux is measured, as a share of the image's side")
        ->check(CLI::Range(0.01, 2.0))
        ->capture_default_str()
        ->type_name("F");
    addCount(app, "--folds", arguments->options.folds, "Of the cross-validation", 2, 100000, "K");
    BoostedTreesOptions defaults;
    std::string more = "More: key=value of";
    const OptionSet all = describe(defaults);
    for (const Option& option : all.options())
        more += " " + option.name;
    app.add_option("--set", arguments->assignments, more)->allow_extra_args(false)->type_name("key=value");
    app.footer("Every object is predicted by trees that did not see it, on the same folds for each kind of "
               "feature: the "
               "latents,\nthe catalogue's magnitudes with their colours, magnitudes measured on the images "
               "in a circle, "
               "and those with the latents.\n"
               "  galatea-cli evaluate redshift latents.h5 --catalogue stamps.h5 --column redshift");
    return [arguments](Evaluation& evaluation) { return runRedshift(*arguments, evaluation); };
}

} // namespace galatea::cli
