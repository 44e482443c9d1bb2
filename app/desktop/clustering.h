#pragma once
// Mixtures of the open latents and maps of them: plain engine calls, made on the job thread.

#include "app/desktop/document.h"
#include "latent/tsne.h"
#include "latent/umap.h"
#include "metrics/clustering.h"
#include "mixture/dirichlet_process.h"
#include "mixture/selection.h"

namespace galatea {

/// How a mixture is to be fitted.
struct MixtureWish {
    enum class Method { Number, Range, Process };
    Method method = Method::Number;
    int64_t components = 6;        ///< Method::Number
    int64_t fewest = 1, most = 12; ///< Method::Range
    int64_t maxComponents = 30;    ///< Method::Process
    Covariance covariance = Covariance::Full;
    int64_t starts = 3;
    uint64_t seed = 1;
};

/// One candidate for each number of components tried; one alone where the number was known or found.
struct MixtureOutcome {
    struct Candidate {
        GaussianMixture mixture;
        QString how;
        FittedMixturePtr fitted; ///< what it says of the objects: of the best only, until another is used
        double meanLogLikelihood = 0, bayes = 0, akaike = 0;
    };
    std::vector<Candidate> candidates;
    size_t best = 0; ///< of the lowest BIC
};

MixtureOutcome fitMixtures(const Array& z, const MixtureWish& wish, const StopToken& stop,
                           ProgressSink& progress);

/// What the mixture says of every row.
FittedMixturePtr describeMixture(const Array& z, const GaussianMixture& mixture, const QString& how);

/// How the components part the objects and hold together.
struct ClusterFigures {
    std::vector<int64_t> objects; ///< [K] by the largest responsibility
    Array overlap;                ///< [K,K], see overlapMatrix()
    Silhouettes simplified, full; ///< full: of at most `silhouetteSample` objects, each against all
    double calinskiHarabasz = 0, daviesBouldin = 0;
};
inline constexpr int64_t silhouetteSample = 2000;
ClusterFigures measureClusters(const Array& z, const Array& responsibility,
                               const std::vector<int64_t>& component, const StopToken& stop,
                               ProgressSink& progress);

/// How a map is to be made. Each method's options carry their own number of dimensions.
struct ProjectionWish {
    enum class Method { Pca, Tsne, Umap };
    Method method = Method::Tsne;
    int64_t dims = 2;
    TsneOptions tsne;
    UmapOptions umap;
    uint64_t seed = 1;
};
QString methodName(ProjectionWish::Method method); ///< "PCA", "t-SNE", "UMAP"
QString mapTitle(const MapContent& map);           ///< how it was made: "PCA", "t-SNE", a method of a file

/// `shown` gets the map on its way, from this thread.
MapContent makeMap(const Array& z, ProjectionWish wish, const StopToken& stop, ProgressSink& progress,
                   const std::function<void(const Array& map)>& shown);

} // namespace galatea
