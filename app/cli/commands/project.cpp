#include "commands/commands.h"

#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/pca.h"
#include "latent/tsne.h"
#include "latent/umap.h"

namespace galatea::cli {

namespace {

struct ProjectArguments {
    std::string latents, output, method;
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

std::string neighborText(const std::string& method, double recall) {
    return "  neighbours: " + method +
           (recall < 1 ? ", " + rounded(100 * recall, 1) + " % of them found" : "") + "\n";
}

Projected byTsne(const Latents& latents, const ProjectArguments& arguments, Context& context) {
    refuseOptions(arguments, true, false);
    TsneOptions options;
    Projected result;
    result.map.parameters = optionsOf(options, arguments);
    const TsneReport report =
        fitTsne(latents.mean, options, context.common.seed, context.stop, context.progress);
    result.map.coordinates = report.map;
    result.report = {{"divergence", report.divergence},
                     {"neighbor_method", report.neighborMethod},
                     {"neighbor_recall", report.neighborRecall},
                     {"neighbor_seconds", report.neighborSeconds},
                     {"layout_seconds", report.layoutSeconds}};
    result.text = neighborText(report.neighborMethod, report.neighborRecall) + "  KL divergence " +
                  rounded(report.divergence, 4) + " nats\n";
    return result;
}

Projected byUmap(const Latents& latents, const ProjectArguments& arguments, Context& context) {
    refuseOptions(arguments, false, true);
    UmapOptions options;
    Projected result;
    result.map.parameters = optionsOf(options, arguments);
    const UmapReport report =
        fitUmap(latents.mean, options, context.common.seed, context.stop, context.progress);
    result.map.coordinates = report.map;
    result.report = {{"neighbor_method", report.neighborMethod},
                     {"neighbor_recall", report.neighborRecall},
                     {"neighbor_seconds", report.neighborSeconds},
                     {"start_seconds", report.startSeconds},
                     {"layout_seconds", report.layoutSeconds}};
    result.text = neighborText(report.neighborMethod, report.neighborRecall);
    return result;
}

Result runProject(const ProjectArguments& arguments, Context& context) {
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
    app.add_option("--method", arguments->method, "pca, tsne or umap")->required()->type_name("NAME");
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
    app.footer("  galatea-cli project latents.h5 --method tsne --perplexity 30 -o map.h5");
    return [arguments](Context& context) { return runProject(*arguments, context); };
}

} // namespace galatea::cli
