#include "commands/commands.h"
#include "commands/evaluate/summary.h"

#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/map_placement.h"
#include "latent/pca.h"
#include "latent/tsne.h"
#include "latent/umap.h"

namespace galatea::cli {

namespace {

struct ProjectArguments {
    std::string latents, output, method, onto, base;
    int64_t dims = 2;
    double perplexity = 0;
    int64_t neighbors = 0;
    std::vector<std::string> assignments;
};

/// What a method gives: the map, and what it says of itself.
struct Projected {
    LatentMap map;
    Json report = Json::object();
    std::string text;
};

std::string rounded(double value, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

void refuseOptions(const ProjectArguments& arguments, bool perplexity, bool neighbors) {
    if (arguments.perplexity > 0 && !perplexity)
        throw UsageError("--perplexity", "it belongs to t-SNE", "leave it out, or use --method tsne");
    if (arguments.neighbors > 0 && !neighbors)
        throw UsageError("--neighbors", "it belongs to UMAP", "leave it out, or use --method umap");
}

Projected byPca(const Latents& latents, const ProjectArguments& arguments, Context&) {
    refuseOptions(arguments, false, false);
    if (!arguments.assignments.empty())
        throw UsageError("--set " + arguments.assignments.front(), "PCA has no options", "leave it out");
    if (arguments.dims > std::min(latents.size(), latents.mean.dim(1)))
        throw UsageError("--dims " + std::to_string(arguments.dims),
                         arguments.latents + " holds " + std::to_string(latents.size()) + " objects of " +
                             std::to_string(latents.mean.dim(1)) + " latents, which is too few",
                         "use fewer dimensions or more objects");
    const PcaReport pca = fitPca(latents.mean, arguments.dims);
    std::vector<double> fractions;
    for (const double variance : pca.explainedVariance)
        fractions.push_back(pca.totalVariance > 0 ? variance / pca.totalVariance : 0);
    Projected result;
    result.map.coordinates = pca.projected;
    result.map.parameters = {{"dims", arguments.dims}, {"explained_variance", pca.explainedVariance}};
    result.report = {{"explained_variance", pca.explainedVariance}, {"explained_fraction", fractions}};
    for (size_t i = 0; i < fractions.size(); ++i)
        result.text +=
            "  axis " + std::to_string(i) + ": " + rounded(100 * fractions[i], 1) + " % of the variance\n";
    return result;
}

/// Options of a method from --set and the flags of their own.
template <class Options>
Json optionsOf(Options& options, const ProjectArguments& arguments) {
    OptionSet set = describe(options);
    for (const std::string& assignment : arguments.assignments)
        set.setText(assignment, "--set");
    set.set("dims", arguments.dims, "--dims");
    if (arguments.perplexity > 0)
        set.set("perplexity", arguments.perplexity, "--perplexity");
    if (arguments.neighbors > 0)
        set.set("neighbors", arguments.neighbors, "--neighbors");
    return set.toJson();
}

/// What t-SNE and UMAP have in common: options, map, neighbours.
template <class Options, class Fit>
auto byLayout(const Latents& latents, const ProjectArguments& arguments, Context& context, Fit fit,
              Projected& result) {
    Options options;
    result.map.parameters = optionsOf(options, arguments);
    auto report =
        fit(latents.mean, options, context.common.seed, context.stop, context.progress, MapCallback{});
    result.map.coordinates = std::move(report.map);
    result.report = {{"neighbor_method", report.neighborMethod},
                     {"neighbor_recall", report.neighborRecall},
                     {"neighbor_seconds", report.neighborSeconds},
                     {"layout_seconds", report.layoutSeconds}};
    result.text = "  neighbours: " + report.neighborMethod;
    if (report.neighborRecall < 1)
        result.text += ", " + rounded(100 * report.neighborRecall, 1) + " % of them found";
    result.text += "\n";
    return report;
}

Projected byTsne(const Latents& latents, const ProjectArguments& arguments, Context& context) {
    refuseOptions(arguments, true, false);
    Projected result;
    const TsneReport report = byLayout<TsneOptions>(latents, arguments, context, fitTsne, result);
    result.report["divergence"] = report.divergence;
    result.text += "  KL divergence " + rounded(report.divergence, 4) + " nats\n";
    return result;
}

Projected byUmap(const Latents& latents, const ProjectArguments& arguments, Context& context) {
    refuseOptions(arguments, false, true);
    Projected result;
    const UmapReport report = byLayout<UmapOptions>(latents, arguments, context, fitUmap, result);
    result.report["start_seconds"] = report.startSeconds;
    return result;
}

/// The latents that a map was made of: those given, or those it names.
Latents baseOf(const LatentMap& map, const ProjectArguments& arguments) {
    std::string path = arguments.base;
    if (path.empty() && map.parameters.contains("latents") && map.parameters["latents"].is_string())
        path = map.parameters["latents"].get<std::string>();
    if (path.empty())
        throw UsageError(arguments.onto, "it does not say which latents it was made of",
                         "name them with --of");
    Latents base = readLatents(path);
    if (base.size() != map.coordinates.dim(0))
        throw UsageError(path,
                         "it holds " + std::to_string(base.size()) + " objects, the map shows " +
                             std::to_string(map.coordinates.dim(0)),
                         "name the latents that the map was made of with --of");
    return base;
}

/// New objects on a map that exists: nothing on it moves.
Result runOnto(const ProjectArguments& arguments, Context& context) {
    if (!arguments.method.empty() || !arguments.assignments.empty())
        throw UsageError("--onto", "the map's method and options are what they are",
                         "leave --method and --set out");
    refuseOptions(arguments, false, false);
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.latents, arguments.onto});
    const Latents fresh = readLatents(arguments.latents);
    const LatentMap map = readMap(arguments.onto);
    const Latents base = baseOf(map, arguments);
    const MapPlacement::OnMap placed =
        MapPlacement(base.mean, map.coordinates).place(fresh.mean, context.stop);
    LatentMap result{placed.places, map.method, map.parameters};
    result.parameters["onto"] = absolutePath(arguments.onto);
    result.parameters["onto_sha256"] = hashOf(arguments.onto);
    result.parameters["latents"] = absolutePath(arguments.latents);
    result.parameters["latents_sha256"] = hashOf(arguments.latents);
    throwIfStopped(context.stop);
    writeMap(result, arguments.output);
    constexpr double far = 3;
    const auto off =
        std::count_if(placed.offData.begin(), placed.offData.end(), [](double d) { return d > far; });
    Result answer;
    answer.json = {
        {"output", arguments.output},
        {"method", map.method},
        {"onto", arguments.onto},
        {"objects", fresh.size()},
        {"dims", map.coordinates.dim(1)},
        {"off_data",
         {{"median", quantileOf(placed.offData, 0.5)}, {"largest", quantileOf(placed.offData, 1)}}},
        {"objects_off_data", off}};
    answer.text = arguments.output + ": " + std::to_string(fresh.size()) + " objects on the map of " +
                  std::to_string(base.size()) +
                  "\n  distance to the nearest of them, in units of their spacing: median " +
                  rounded(quantileOf(placed.offData, 0.5), 2) + "; above " + rounded(far, 0) + " for " +
                  std::to_string(off) + "\n";
    return answer;
}

Result runProject(const ProjectArguments& arguments, Context& context) {
    if (!arguments.onto.empty())
        return runOnto(arguments, context);
    if (arguments.method.empty())
        throw UsageError("project", "needs a method", "use --method pca, tsne or umap, or --onto MAP.h5");
    struct Method {
        const char *name, *title;
        Projected (*run)(const Latents&, const ProjectArguments&, Context&);
    };
    constexpr Method methods[] = {{"pca", "PCA", byPca}, {"tsne", "t-SNE", byTsne}, {"umap", "UMAP", byUmap}};
    const Method* const method = std::find_if(std::begin(methods), std::end(methods),
                                              [&](const Method& m) { return arguments.method == m.name; });
    if (method == std::end(methods))
        throw UsageError("--method " + arguments.method, "there is no such method", "use pca, tsne or umap");
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.latents});
    const Latents latents = readLatents(arguments.latents);
    throwIfStopped(context.stop);
    Projected projected = method->run(latents, arguments, context);
    projected.map.method = method->name;
    projected.map.parameters["latents"] = absolutePath(arguments.latents);
    projected.map.parameters["latents_sha256"] = hashOf(arguments.latents);
    projected.map.parameters["seed"] = context.common.seed;
    throwIfStopped(context.stop);
    writeMap(projected.map, arguments.output);
    Result result;
    result.json = {{"output", arguments.output},
                   {"method", method->name},
                   {"objects", latents.size()},
                   {"dims", arguments.dims}};
    result.json.update(projected.report);
    result.text = arguments.output + ": map of " + std::to_string(latents.size()) + " objects by " +
                  method->title + "\n" + projected.text;
    return result;
}
} // namespace

Action defineProject(CLI::App& app) {
    const auto arguments = std::make_shared<ProjectArguments>();
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("--method", arguments->method, "pca, tsne or umap")->type_name("NAME");
    app.add_option("--onto", arguments->onto,
                   "Instead of making a map: find these objects' places on this one")
        ->type_name("MAP.h5");
    app.add_option("--of", arguments->base,
                   "With --onto: the latents that map was made of; default: those it names")
        ->type_name("LATENTS.h5");
    app.add_option("--dims", arguments->dims, "2 or 3")
        ->check(CLI::Range(2, 3))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--perplexity", arguments->perplexity, "t-SNE: effective number of neighbours (30)")
        ->type_name("P");
    app.add_option("--neighbors", arguments->neighbors,
                   "UMAP: neighbours of each object, itself among them (15)")
        ->type_name("N");
    std::string more = "One more option of the method; may be repeated.";
    TsneOptions tsne;
    UmapOptions umap;
    for (const auto& [name, set] : {std::pair{"t-SNE", describe(tsne)}, std::pair{"UMAP", describe(umap)}}) {
        more += std::string(" ") + name + ":";
        for (const Option& option : set.options())
            more += " " + option.name;
        more += ".";
    }
    app.add_option("--set", arguments->assignments, more)->allow_extra_args(false)->type_name("key=value");
    app.add_option("-o,--output", arguments->output, "Map to write (.h5)")->required()->type_name("MAP.h5");
    app.footer("  galatea-cli project latents.h5 --method tsne --perplexity 30 -o map.h5\n"
               "  galatea-cli project new-latents.h5 --onto map.h5 -o new-map.h5");
    return [arguments](Context& context) { return runProject(*arguments, context); };
}

} // namespace galatea::cli
