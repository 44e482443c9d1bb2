#include "commands/commands.h"

#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/pca.h"

namespace galatea::cli {

namespace {
struct ProjectArguments {
    std::string latents, output, method;
    int64_t dims = 2;
};

Result runProject(const ProjectArguments& arguments, Context& context) {
    if (arguments.method != "pca")
        throw UsageError("--method " + arguments.method, "is no method of this version", "use --method pca");
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.latents});
    const Latents latents = readLatents(arguments.latents);
    if (arguments.dims > std::min(latents.size(), latents.mean.dim(1)))
        throw UsageError("--dims " + std::to_string(arguments.dims),
                         arguments.latents + " holds " + std::to_string(latents.size()) + " objects of " +
                             std::to_string(latents.mean.dim(1)) + " latents, which is too few",
                         "use fewer dimensions or more objects");
    throwIfStopped(context.stop);
    const PcaReport pca = fitPca(latents.mean, arguments.dims);
    std::vector<double> fractions;
    for (const double variance : pca.explainedVariance)
        fractions.push_back(pca.totalVariance > 0 ? variance / pca.totalVariance : 0);
    LatentMap map;
    map.coordinates = pca.projected;
    map.method = "pca";
    map.parameters = {{"dims", arguments.dims},
                      {"latents", absolutePath(arguments.latents)},
                      {"latents_sha256", hashOf(arguments.latents)},
                      {"explained_variance", pca.explainedVariance},
                      {"seed", context.common.seed}};
    throwIfStopped(context.stop);
    writeMap(map, arguments.output);
    Result result;
    result.json = {{"output", arguments.output},
                   {"method", "pca"},
                   {"objects", latents.size()},
                   {"dims", arguments.dims},
                   {"explained_variance", pca.explainedVariance},
                   {"explained_fraction", fractions}};
    result.text = arguments.output + ": map of " + std::to_string(latents.size()) + " objects by PCA\n";
    for (size_t i = 0; i < fractions.size(); ++i) {
        char line[80];
        std::snprintf(line, sizeof line, "  axis %zu: %.1f %% of the variance\n", i, 100 * fractions[i]);
        result.text += line;
    }
    return result;
}
} // namespace

Action defineProject(CLI::App& app) {
    const auto arguments = std::make_shared<ProjectArguments>();
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("--method", arguments->method, "pca")->required()->type_name("NAME");
    app.add_option("--dims", arguments->dims, "2 or 3")
        ->check(CLI::Range(2, 3))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("-o,--output", arguments->output, "Map to write (.h5)")->required()->type_name("MAP.h5");
    app.footer("  galatea-cli project latents.h5 --method pca -o map.h5");
    return [arguments](Context& context) { return runProject(*arguments, context); };
}

} // namespace galatea::cli
