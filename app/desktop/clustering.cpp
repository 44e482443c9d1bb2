#include "app/desktop/clustering.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/desktop/analysis.h"
#include "core/error.h"
#include "mixture/membership.h"
#include "mixture/row_blocks.h"

namespace galatea {

namespace {

QString numberOf(int64_t components) {
    return components == 1 ? QString("1 component") : QString("%1 components").arg(components);
}

QString covarianceText(Covariance covariance) {
    return covariance == Covariance::Full ? "full covariances" : "diagonal covariances";
}

/// The heaviest component first, so that numbers and colours mean something.
GaussianMixture sortedByWeight(const GaussianMixture& mixture) {
    std::vector<int64_t> order(mixture.weights.size());
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return mixture.weights[static_cast<size_t>(a)] > mixture.weights[static_cast<size_t>(b)];
    });
    return restrictedMixture(mixture, order);
}

MixtureOutcome::Candidate candidateOf(const GaussianMixture& mixture, double likelihood, int64_t rows,
                                      const QString& how) {
    return {mixture,
            how,
            nullptr,
            likelihood,
            bayesCriterion(mixture, likelihood, rows),
            akaikeCriterion(mixture, likelihood, rows)};
}

void describeBest(MixtureOutcome& outcome, const Array& z) {
    MixtureOutcome::Candidate& best = outcome.candidates[outcome.best];
    best.fitted = describeMixture(z, best.mixture, best.how);
}

MixtureOutcome byProcess(const Array& z, const MixtureWish& wish, const StopToken& stop,
                         ProgressSink& progress) {
    DirichletProcessOptions options;
    options.maxComponents = wish.maxComponents;
    options.covariance = wish.covariance;
    options.starts = wish.starts;
    options.seed = wish.seed;
    const DirichletProcessReport report = fitDirichletProcess(z, options, stop, progress);
    const QString how = QString("%1 found among at most %2, %3, seed %4")
                            .arg(numberOf(report.mixture.components))
                            .arg(wish.maxComponents)
                            .arg(covarianceText(wish.covariance))
                            .arg(wish.seed);
    MixtureOutcome outcome{{candidateOf(report.mixture, report.meanLogLikelihood, z.dim(0), how)}, 0};
    describeBest(outcome, z);
    return outcome;
}

} // namespace

FittedMixturePtr describeMixture(const Array& z, const GaussianMixture& mixture, const QString& how) {
    auto fitted = std::make_shared<FittedMixture>();
    fitted->mixture = mixture;
    fitted->how = how;
    fitted->responsibility = responsibilities(mixture, z, &fitted->logLikelihood);
    fitted->component = largestPerRow(fitted->responsibility);
    fitted->ascending = ascending(fitted->logLikelihood);
    return fitted;
}

MixtureOutcome fitMixtures(const Array& z, const MixtureWish& wish, const StopToken& stop,
                           ProgressSink& progress) {
    if (wish.method == MixtureWish::Method::Process)
        return byProcess(z, wish, stop, progress);
    MixtureOptions options;
    options.covariance = wish.covariance;
    options.starts = wish.starts;
    options.seed = wish.seed;
    options.maxIterations = 300;
    options.tolerance = 1e-5;
    const bool range = wish.method == MixtureWish::Method::Range;
    const SelectionReport selection =
        selectMixture(z, options, range ? wish.fewest : wish.components, range ? wish.most : wish.components,
                      Criterion::Bayes, stop, progress);
    MixtureOutcome outcome;
    outcome.best = selection.best;
    for (const Candidate& candidate : selection.candidates) {
        const GaussianMixture mixture = sortedByWeight(candidate.report.mixture);
        const QString how =
            QString("%1, %2, %3, seed %4")
                .arg(numberOf(mixture.components), covarianceText(wish.covariance),
                     wish.starts == 1 ? QString("1 start") : QString("best of %1 starts").arg(wish.starts))
                .arg(wish.seed);
        outcome.candidates.push_back(candidateOf(mixture, candidate.report.meanLogLikelihood, z.dim(0), how));
    }
    throwIfStopped(stop);
    describeBest(outcome, z);
    return outcome;
}

ClusterFigures measureClusters(const Array& z, const Array& responsibility,
                               const std::vector<int64_t>& component, const StopToken& stop,
                               ProgressSink& progress) {
    const int64_t components = responsibility.dim(1);
    const Array rows = z.contiguousCopy();
    ClusterFigures figures;
    progress.update({"measuring the components", 0, 3, "steps", "sizes and overlap"});
    figures.objects = populations(component, components);
    figures.overlap = overlapMatrix(responsibility, component);
    progress.update({"measuring the components", 1, 3, "steps", "distances from the centres"});
    figures.simplified = simplifiedSilhouettes(rows, component, components);
    figures.calinskiHarabasz = calinskiHarabasz(rows, component, components);
    figures.daviesBouldin = daviesBouldin(rows, component, components);
    throwIfStopped(stop);
    progress.update({"measuring the components", 2, 3, "steps", "silhouettes"});
    figures.full = silhouettes(rows, component, components, silhouetteSample, 1, rowThreads(), stop);
    return figures;
}

QString methodName(ProjectionWish::Method method) {
    return method == ProjectionWish::Method::Pca    ? "PCA"
           : method == ProjectionWish::Method::Tsne ? "t-SNE"
                                                    : "UMAP";
}

QString mapTitle(const MapContent& map) {
    const std::string& method = map.map.method;
    return map.map.coordinates.empty() ? QString("none")
           : method == "pca"           ? QString("PCA")
           : method == "tsne"          ? QString("t-SNE")
           : method == "umap"          ? QString("UMAP")
           : method.empty()            ? QString("map")
                                       : shown(method);
}

MapContent makeMap(const Array& z, ProjectionWish wish, const StopToken& stop, ProgressSink& progress,
                   const std::function<void(const Array& map)>& shown) {
    MapContent content;
    const auto show = [&](const Array& map, int64_t) { shown(map); };
    switch (wish.method) {
    case ProjectionWish::Method::Pca:
        return principalMap(z, wish.dims);
    case ProjectionWish::Method::Tsne:
        wish.tsne.dims = wish.dims;
        content.map.coordinates = fitTsne(z, wish.tsne, wish.seed, stop, progress, show).map;
        content.map.method = "tsne";
        content.map.parameters = describe(wish.tsne).toJson();
        break;
    case ProjectionWish::Method::Umap:
        wish.umap.dims = wish.dims;
        content.map.coordinates = fitUmap(z, wish.umap, wish.seed, stop, progress, show).map;
        content.map.method = "umap";
        content.map.parameters = describe(wish.umap).toJson();
        break;
    }
    content.map.parameters["seed"] = wish.seed;
    return content;
}

} // namespace galatea
