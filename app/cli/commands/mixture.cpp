#include "commands/commands.h"

#include "files.h"
#include "latent/latents.h"
#include "mixture/mixture_file.h"

namespace galatea::cli {

namespace {
struct MixtureArguments {
    std::string latents, output, covariance = "diag";
    MixtureOptions options;
};

Result runMixture(MixtureArguments arguments, Context& context) {
    if (arguments.covariance != "diag")
        throw UsageError("--covariance " + arguments.covariance, "is no covariance of this version",
                         "use --covariance diag");
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.latents});
    const Latents latents = readLatents(arguments.latents);
    arguments.options.seed = context.common.seed;
    const MixtureReport report = fitMixture(latents.mean, arguments.options, context.stop, context.progress);
    if (!report.converged)
        context.progress.warn("the fit had not converged after " + std::to_string(report.iterations) +
                              " iterations; raise --iterations");
    StoredMixture file;
    file.meanLogLikelihood = report.meanLogLikelihood;
    file.mixture = report.mixture;
    file.parameters = {{"method", "em"},
                       {"covariance", "diag"},
                       {"components", arguments.options.components},
                       {"starts", arguments.options.starts},
                       {"max_iterations", arguments.options.maxIterations},
                       {"tolerance", arguments.options.tolerance},
                       {"variance_floor", arguments.options.varianceFloor},
                       {"seed", arguments.options.seed},
                       {"iterations", report.iterations},
                       {"converged", report.converged},
                       {"latents", absolutePath(arguments.latents)},
                       {"latents_sha256", hashOf(arguments.latents)}};
    writeMixture(file, arguments.output);
    std::vector<int64_t> counts(static_cast<size_t>(report.mixture.components));
    for (const int64_t component : largestPerRow(responsibilities(report.mixture, latents.mean)))
        ++counts[static_cast<size_t>(component)];

    Result result;
    result.json = {{"output", arguments.output},
                   {"objects", latents.size()},
                   {"components", report.mixture.components},
                   {"weights", report.mixture.weights},
                   {"component_counts", counts},
                   {"mean_log_likelihood", report.meanLogLikelihood},
                   {"iterations", report.iterations},
                   {"converged", report.converged}};
    char line[120];
    std::snprintf(line, sizeof line, ": mean log-likelihood %.5f after %lld iterations\n",
                  report.meanLogLikelihood, static_cast<long long>(report.iterations));
    result.text = arguments.output + line;
    for (size_t k = 0; k < counts.size(); ++k) {
        std::snprintf(line, sizeof line, "  component %zu: weight %.4f, %lld objects\n", k,
                      report.mixture.weights[k], static_cast<long long>(counts[k]));
        result.text += line;
    }
    return result;
}
} // namespace

Action defineMixture(CLI::App& app) {
    const auto arguments = std::make_shared<MixtureArguments>();
    MixtureOptions& options = arguments->options;
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("-k,--components", options.components, "Number of components")
        ->required()
        ->check(CLI::Range(1, 65536))
        ->type_name("K");
    app.add_option("--covariance", arguments->covariance, "diag")->capture_default_str()->type_name("KIND");
    app.add_option("--starts", options.starts, "K-means starts; the best likelihood wins")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--iterations", options.maxIterations, "EM iterations at most")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--tolerance", options.tolerance, "Stop when the mean log-likelihood gains less")
        ->check(notNegative())
        ->capture_default_str()
        ->type_name("X");
    app.add_option("--variance-floor", options.varianceFloor, "Added to every variance")
        ->check(notNegative())
        ->capture_default_str()
        ->type_name("X");
    app.add_option("-o,--output", arguments->output, "Mixture to write (.h5)")
        ->required()
        ->type_name("MIXTURE.h5");
    app.footer("  galatea-cli mixture latents.h5 -k 12 -o mixture.h5");
    return [arguments](Context& context) { return runMixture(*arguments, context); };
}

} // namespace galatea::cli
