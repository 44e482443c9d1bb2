// galatea-cli mixture: Gaussian mixtures of latents, with the number of components given, chosen by a
// criterion or found by a Dirichlet process.

#include <chrono>
#include <optional>

#include "commands/commands.h"
#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "mixture/dirichlet_process.h"
#include "mixture/membership.h"
#include "mixture/mixture_file.h"
#include "mixture/selection.h"

namespace galatea::cli {

namespace {

struct MixtureArguments {
    std::string latents, output, components, covariance, criterion = "bic";
    int64_t dirichletProcess = 0; ///< components at most; 0: not wanted
    int64_t starts = 1;
    std::optional<int64_t> iterations;
    std::optional<double> tolerance, concentration, activeWeight;
    double varianceFloor = MixtureOptions().varianceFloor;
};

struct Range {
    int64_t fewest = 0, most = 0;
};

/// "12" or "2:20".
Range rangeOf(const std::string& text) {
    constexpr int64_t mostComponents = 65536;
    const size_t colon = text.find(':');
    const auto number = [&](const std::string& part) {
        if (part.empty() || part.size() > 6 || part.find_first_not_of("0123456789") != std::string::npos)
            return int64_t{0};
        return static_cast<int64_t>(std::stoll(part));
    };
    Range range;
    range.fewest = number(text.substr(0, colon));
    range.most = colon == std::string::npos ? range.fewest : number(text.substr(colon + 1));
    if (range.fewest < 1 || range.most < range.fewest || range.most > mostComponents)
        throw UsageError("--components " + text, "is neither a number nor a range of numbers",
                         "give one such as 12, or a range such as 2:20");
    return range;
}

MixtureOptions emOptions(const MixtureArguments& arguments, Covariance covariance, const Context& context) {
    MixtureOptions options;
    options.covariance = covariance;
    options.starts = arguments.starts;
    options.maxIterations = arguments.iterations.value_or(options.maxIterations);
    options.tolerance = arguments.tolerance.value_or(options.tolerance);
    options.varianceFloor = arguments.varianceFloor;
    options.seed = context.common.seed;
    return options;
}

Json settings(const MixtureOptions& options) {
    return {{"method", "em"},
            {"covariance", covarianceName(options.covariance)},
            {"components", options.components},
            {"starts", options.starts},
            {"trials", options.trials},
            {"max_iterations", options.maxIterations},
            {"tolerance", options.tolerance},
            {"variance_floor", options.varianceFloor},
            {"seed", options.seed}};
}

Json settings(const DirichletProcessOptions& options) {
    return {{"method", "dirichlet process"},           {"covariance", covarianceName(options.covariance)},
            {"max_components", options.maxComponents}, {"concentration", options.concentration},
            {"mean_precision", options.meanPrecision}, {"degrees_of_freedom", options.degreesOfFreedom},
            {"active_weight", options.activeWeight},   {"starts", options.starts},
            {"max_iterations", options.maxIterations}, {"tolerance", options.tolerance},
            {"variance_floor", options.varianceFloor}, {"seed", options.seed}};
}

/// A fit, whatever found it.
struct Fitted {
    StoredMixture stored;
    int64_t iterations = 0;
    bool converged = false;
    double seconds = 0;           ///< of the fit alone
    Json report = Json::object(); ///< what this way of fitting has to say besides
    std::string text;
};

Fitted fromReport(const MixtureReport& report, const MixtureOptions& options) {
    Fitted fitted;
    fitted.stored.mixture = report.mixture;
    fitted.stored.meanLogLikelihood = report.meanLogLikelihood;
    fitted.stored.parameters = settings(options);
    fitted.iterations = report.iterations;
    fitted.converged = report.converged;
    return fitted;
}

Fitted fitOne(const Latents& latents, MixtureOptions options, int64_t components, Context& context) {
    options.components = components;
    const MixtureReport report = fitMixture(latents.mean, options, context.stop, context.progress);
    return fromReport(report, options);
}

Fitted fitRange(const Latents& latents, MixtureOptions options, Range range,
                const MixtureArguments& arguments, Context& context) {
    const bool bayes = arguments.criterion == "bic";
    const SelectionReport selection =
        selectMixture(latents.mean, options, range.fewest, range.most,
                      bayes ? Criterion::Bayes : Criterion::Akaike, context.stop, context.progress);
    const Candidate& best = selection.candidates[selection.best];
    options.components = best.report.mixture.components;
    Fitted fitted = fromReport(best.report, options);
    fitted.stored.parameters["criterion"] = arguments.criterion;
    fitted.stored.parameters["candidates"] = {range.fewest, range.most};
    fitted.report["criterion"] = arguments.criterion;
    Json& table = fitted.report["selection"] = Json::array();
    fitted.text = "  components  mean log-likelihood             BIC             AIC\n";
    for (const Candidate& candidate : selection.candidates) {
        const MixtureReport& report = candidate.report;
        table.push_back({{"components", report.mixture.components},
                         {"mean_log_likelihood", report.meanLogLikelihood},
                         {"free_parameters", freeParameters(report.mixture)},
                         {"bic", candidate.bayes},
                         {"aic", candidate.akaike},
                         {"iterations", report.iterations},
                         {"converged", report.converged}});
        char line[120];
        std::snprintf(line, sizeof line, "  %10lld  %19.5f  %14.1f  %14.1f%s\n",
                      static_cast<long long>(report.mixture.components), report.meanLogLikelihood,
                      candidate.bayes, candidate.akaike,
                      &candidate == &best ? (bayes ? "  lowest BIC" : "  lowest AIC") : "");
        fitted.text += line;
    }
    return fitted;
}

Fitted fitProcess(const Latents& latents, const MixtureArguments& arguments, Covariance covariance,
                  Context& context) {
    DirichletProcessOptions options;
    options.maxComponents = arguments.dirichletProcess;
    options.covariance = covariance;
    options.starts = arguments.starts;
    options.maxIterations = arguments.iterations.value_or(options.maxIterations);
    options.tolerance = arguments.tolerance.value_or(options.tolerance);
    options.concentration = arguments.concentration.value_or(options.concentration);
    options.activeWeight = arguments.activeWeight.value_or(options.activeWeight);
    options.varianceFloor = arguments.varianceFloor;
    options.seed = context.common.seed;
    const DirichletProcessReport report =
        fitDirichletProcess(latents.mean, options, context.stop, context.progress);
    Fitted fitted;
    fitted.stored.mixture = report.mixture;
    fitted.stored.meanLogLikelihood = report.meanLogLikelihood;
    fitted.stored.parameters = settings(options);
    fitted.iterations = report.iterations;
    fitted.converged = report.converged;
    fitted.report = {{"active_components", report.mixture.components},
                     {"active_weight", options.activeWeight},
                     {"expected_weights", report.weights},
                     {"lower_bound", report.lowerBound}};
    char line[160];
    std::snprintf(line, sizeof line,
                  "  %lld of at most %lld components are active (weight above %g); lower bound %.3f\n",
                  static_cast<long long>(report.mixture.components),
                  static_cast<long long>(options.maxComponents), options.activeWeight, report.lowerBound);
    fitted.text = line;
    return fitted;
}

void refuseMixedWishes(const MixtureArguments& arguments) {
    if (arguments.components.empty() == (arguments.dirichletProcess == 0))
        throw UsageError("mixture", "needs either -k or --dirichlet-process",
                         "give the number of components, or how many there may be at most");
    if (arguments.dirichletProcess == 0 && (arguments.concentration || arguments.activeWeight))
        throw UsageError(arguments.concentration ? "--concentration" : "--active-weight",
                         "it belongs to the Dirichlet process",
                         "leave it out, or use --dirichlet-process in place of -k");
}

/// Latents that correlate within a component would be parted by diagonal covariances, so the search for the
/// number of components uses full ones.
Covariance covarianceOf(const MixtureArguments& arguments) {
    if (arguments.covariance.empty())
        return arguments.dirichletProcess > 0 ? Covariance::Full : Covariance::Diagonal;
    return arguments.covariance == "full" ? Covariance::Full : Covariance::Diagonal;
}

Result tell(const Fitted& fitted, const Latents& latents, const std::string& output) {
    const GaussianMixture& mixture = fitted.stored.mixture;
    const double likelihood = fitted.stored.meanLogLikelihood;
    const std::vector<int64_t> counts =
        populations(largestPerRow(responsibilities(mixture, latents.mean)), mixture.components);
    const double bayes = bayesCriterion(mixture, likelihood, latents.size()),
                 akaike = akaikeCriterion(mixture, likelihood, latents.size());
    Result result;
    result.json = {{"output", output},
                   {"objects", latents.size()},
                   {"components", mixture.components},
                   {"covariance", covarianceName(mixture.covariance())},
                   {"weights", mixture.weights},
                   {"component_counts", counts},
                   {"mean_log_likelihood", likelihood},
                   {"bic", bayes},
                   {"aic", akaike},
                   {"iterations", fitted.iterations},
                   {"converged", fitted.converged},
                   {"fit_seconds", fitted.seconds}};
    result.json.update(fitted.report);
    char line[160];
    std::snprintf(line, sizeof line,
                  ": %lld components, mean log-likelihood %.5f after %lld iterations, BIC %.1f, AIC %.1f\n",
                  static_cast<long long>(mixture.components), likelihood,
                  static_cast<long long>(fitted.iterations), bayes, akaike);
    result.text = output + line + fitted.text;
    for (size_t k = 0; k < counts.size(); ++k) {
        std::snprintf(line, sizeof line, "  component %zu: weight %.4f, %lld objects\n", k,
                      mixture.weights[k], static_cast<long long>(counts[k]));
        result.text += line;
    }
    return result;
}

Result runMixture(const MixtureArguments& arguments, Context& context) {
    refuseMixedWishes(arguments);
    const Range range = arguments.components.empty() ? Range{} : rangeOf(arguments.components);
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.latents});
    const Latents latents = readLatents(arguments.latents);
    const Covariance covariance = covarianceOf(arguments);
    const MixtureOptions options = emOptions(arguments, covariance, context);
    const auto begin = std::chrono::steady_clock::now();
    Fitted fitted = arguments.dirichletProcess > 0 ? fitProcess(latents, arguments, covariance, context)
                    : range.most > range.fewest    ? fitRange(latents, options, range, arguments, context)
                                                   : fitOne(latents, options, range.fewest, context);
    fitted.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    fitted.stored.parameters["iterations"] = fitted.iterations;
    fitted.stored.parameters["converged"] = fitted.converged;
    fitted.stored.parameters["latents"] = absolutePath(arguments.latents);
    fitted.stored.parameters["latents_sha256"] = hashOf(arguments.latents);
    throwIfStopped(context.stop);
    writeMixture(fitted.stored, arguments.output);
    return tell(fitted, latents, arguments.output);
}

} // namespace

Action defineMixture(CLI::App& app) {
    const auto arguments = std::make_shared<MixtureArguments>();
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("-k,--components", arguments->components,
                   "Number of components, or a range of which --criterion chooses")
        ->type_name("K|K1:K2");
    app.add_option("--dirichlet-process", arguments->dirichletProcess,
                   "Find the number of components, at most so many")
        ->check(CLI::Range(1, 65536))
        ->type_name("MAX");
    app.add_option("--criterion", arguments->criterion, "Of a range the lowest: bic or aic")
        ->check(CLI::IsMember({"bic", "aic"}))
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--covariance", arguments->covariance,
                   "diag or full; default: diag with -k, full with --dirichlet-process")
        ->check(CLI::IsMember({"diag", "full"}))
        ->type_name("KIND");
    app.add_option("--starts", arguments->starts, "K-means starts; the best likelihood or lower bound wins")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--iterations", arguments->iterations,
                   "Iterations at most (100 with -k, 500 with --dirichlet-process)")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    app.add_option("--tolerance", arguments->tolerance,
                   "Stop when an object's mean log-likelihood (1e-3) or lower bound (1e-6) gains less")
        ->check(notNegative())
        ->type_name("X");
    app.add_option("--variance-floor", arguments->varianceFloor, "Added to every variance")
        ->check(notNegative())
        ->capture_default_str()
        ->type_name("X");
    app.add_option("--concentration", arguments->concentration,
                   "Dirichlet process: small for few components (1 / MAX)")
        ->check(CLI::PositiveNumber)
        ->type_name("X");
    app.add_option("--active-weight", arguments->activeWeight,
                   "Dirichlet process: components of more weight are active and kept (0.01)")
        ->check(CLI::Range(0.0, 0.999999))
        ->type_name("X");
    app.add_option("-o,--output", arguments->output, "Mixture to write (.h5)")
        ->required()
        ->type_name("MIXTURE.h5");
    app.footer("  galatea-cli mixture latents.h5 -k 12 -o mixture.h5\n"
               "  galatea-cli mixture latents.h5 -k 2:20 --covariance full --criterion bic -o mixture.h5\n"
               "  galatea-cli mixture latents.h5 --dirichlet-process 30 -o mixture.h5");
    return [arguments](Context& context) { return runMixture(*arguments, context); };
}

} // namespace galatea::cli
