// evaluate projection: how much of the latents' neighbourhoods, and of their order at large, a map keeps.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "commands/evaluate/catalogue.h"
#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/map_quality.h"

namespace galatea::cli {

namespace {

struct ProjectionArguments {
    std::string latents, map, data, column;
    std::vector<int64_t> neighbors{5, 15, 50};
    int64_t sample = 2000;
};

/// Classes to colour the map by and to ask neighbours for.
KnownClasses classesFor(const ProjectionArguments& arguments, const Latents& latents, Context& context) {
    if (!arguments.column.empty()) {
        if (arguments.data.empty())
            throw UsageError("--column " + arguments.column, "there is no catalogue to find it in",
                             "give the data set with --data");
        const DatasetPtr data = openData(context, arguments.data);
        return classesIn(columnNamed(data->catalog(), arguments.column, arguments.data),
                         rowsById(latents.id, data->catalog()));
    }
    KnownClasses classes{{}, latents.component};
    const int64_t count = latents.responsibility.empty() ? 0 : latents.responsibility.dim(1);
    for (int64_t k = 0; k < count && !classes.of.empty(); ++k)
        classes.names.push_back("component " + std::to_string(k));
    return classes;
}

/// The map, at most 20,000 objects of it, by class.
void drawMap(const LatentMap& map, const KnownClasses& classes, Evaluation& evaluation) {
    if (map.coordinates.dim(1) != 2)
        return;
    const Array xy = map.coordinates.contiguousCopy();
    Plot plot{.title = "Map by " + map.method, .xLabel = "axis 0", .yLabel = "axis 1"};
    plot.sameScale = true;
    plot.width = plot.height = 900;
    plot.series.push_back({classes.names.empty() ? std::string() : "no class", {}, {}, SeriesStyle::Points});
    for (const std::string& name : classes.names)
        plot.series.push_back({name, {}, {}, SeriesStyle::Points});
    const int64_t n = xy.dim(0), step = std::max<int64_t>(1, n / 20000);
    for (int64_t i = 0; i < n; i += step) {
        const int64_t of = classes.of.empty() ? -1 : classes.of[static_cast<size_t>(i)];
        PlotSeries& series = plot.series[static_cast<size_t>(of + 1)];
        series.x.push_back(xy.at(i, 0));
        series.y.push_back(xy.at(i, 1));
        series.size = n > 5000 ? 1.2 : 2.5;
    }
    std::erase_if(plot.series, [](const PlotSeries& series) { return series.x.empty(); });
    evaluation.plot(plot, "map");
}

void drawFigures(const MapQuality& quality, Evaluation& evaluation) {
    Plot plot{.title = "What the map keeps", .xLabel = "neighbours", .yLabel = "mean over the objects"};
    plot.series = {{"preservation", {}, {}}, {"trustworthiness", {}, {}}, {"continuity", {}, {}}};
    plot.yRange = PlotRange{0, 1};
    for (const NeighborhoodFigures& at : quality.neighborhoods) {
        const double values[] = {at.preservation, at.trustworthiness, at.continuity};
        for (size_t s = 0; s < 3; ++s) {
            plot.series[s].x.push_back(static_cast<double>(at.k));
            plot.series[s].y.push_back(values[s]);
        }
    }
    evaluation.plot(plot, "neighborhoods");
}

void tellClasses(const ProjectionArguments& arguments, const Latents& latents, const LatentMap& map,
                 const KnownClasses& classes, const MapQuality& quality, Context& context, Result& result) {
    if (classes.of.empty())
        return;
    const int64_t k = *std::max_element(arguments.neighbors.begin(), arguments.neighbors.end());
    const double here = neighborClassAccuracy(latents.mean, classes.of, k, quality.rows, context.stop);
    const double there = neighborClassAccuracy(map.coordinates, classes.of, k, quality.rows, context.stop);
    const auto orNothing = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
    result.json["classes"] = {{"of", arguments.column.empty() ? "components" : arguments.column},
                              {"names", classes.names},
                              {"neighbors", k},
                              {"accuracy_in_latents", orNothing(here)},
                              {"accuracy_on_map", orNothing(there)}};
    result.text +=
        format("the class most frequent among %lld neighbours is an object's own for %.2f %% in the latents, "
               "for %.2f %% on the map\n",
               static_cast<long long>(k), 100 * here, 100 * there);
}

Result runProjection(const ProjectionArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    const Latents latents = readLatents(arguments.latents);
    const LatentMap map = readMap(arguments.map);
    if (map.coordinates.dim(0) != latents.size())
        throw UsageError(arguments.map,
                         "it shows " + std::to_string(map.coordinates.dim(0)) +
                             " objects, the latents hold " + std::to_string(latents.size()),
                         "give the map that was made of these latents");
    const KnownClasses classes = classesFor(arguments, latents, context);
    const MapQuality quality = mapQuality(latents.mean, map.coordinates,
                                          {arguments.neighbors, arguments.sample, context.common.seed},
                                          context.stop, context.progress);
    Result result;
    result.json = {{"latents", arguments.latents},
                   {"map", arguments.map},
                   {"method", map.method},
                   {"objects", latents.size()},
                   {"sampled", quality.rows.size()},
                   {"neighborhoods", Json::array()},
                   {"distance_correlation", quality.distanceCorrelation}};
    result.text =
        format("%lld objects by %s, %zu of them looked at\n", static_cast<long long>(latents.size()),
               escaped(map.method).c_str(), quality.rows.size());
    for (const NeighborhoodFigures& at : quality.neighborhoods) {
        result.json["neighborhoods"].push_back({{"k", at.k},
                                                {"preservation", at.preservation},
                                                {"trustworthiness", at.trustworthiness},
                                                {"continuity", at.continuity}});
        result.text +=
            format("%4lld neighbours: preservation %.4f, trustworthiness %.4f, continuity %.4f\n",
                   static_cast<long long>(at.k), at.preservation, at.trustworthiness, at.continuity);
    }
    result.text += format("distances: rank correlation %.4f\n", quality.distanceCorrelation);
    tellClasses(arguments, latents, map, classes, quality, context, result);
    drawFigures(quality, evaluation);
    drawMap(map, classes, evaluation);
    return result;
}

} // namespace

EvaluationAction defineEvaluateProjection(CLI::App& app) {
    const auto arguments = std::make_shared<ProjectionArguments>();
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("map", arguments->map, "Map made of them")->required()->type_name("MAP.h5");
    app.add_option("--neighbors", arguments->neighbors, "Sizes of the neighbourhoods")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str()
        ->type_name("K[,K]");
    addCount(app, "--sample", arguments->sample, "Objects looked at, each beside all others; 0: every one", 0,
             1000000000);
    app.add_option("--data", arguments->data, "Data set whose catalogue knows the classes")
        ->type_name("DATA");
    app.add_option("--column", arguments->column, "Its column of classes; default: the latents' components")
        ->type_name("NAME");
    app.footer(
        "Preservation: share of an object's nearest in the latents that are its nearest on the map too.\n"
        "Trustworthiness and continuity (Venna & Kaski 2001) weigh what is wrong by how far it is off.\n"
        "  galatea-cli evaluate projection latents.h5 map.h5 --data galaxies.h5 --column label --plots "
        "plots");
    return [arguments](Evaluation& evaluation) { return runProjection(*arguments, evaluation); };
}

} // namespace galatea::cli
