#include "app/desktop/analysis.h"

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

ComponentShape projectedShape(const PcaReport& pca, const GaussianMixture& mixture, int64_t k) {
    ComponentShape shape;
    shape.component = static_cast<int>(k);
    const int64_t dims = std::min<int64_t>(3, pca.components.dim(0)), width = mixture.dimensions;
    const double* mean = mixture.means.data() + k * width;
    const double* variance = mixture.variances.data() + k * width;
    const double* full =
        mixture.covariances.empty() ? nullptr : mixture.covariances.data() + k * width * width;
    for (int64_t a = 0; a < dims; ++a)
        for (int64_t d = 0; d < width; ++d) {
            const double pa = pca.components.at(a, d);
            shape.centre[static_cast<size_t>(a)] += pa * (mean[d] - pca.mean[static_cast<size_t>(d)]);
            for (int64_t b = 0; b < dims; ++b) {
                double spread = full ? 0 : pca.components.at(b, d) * variance[d];
                for (int64_t e = 0; full && e < width; ++e)
                    spread += pca.components.at(b, e) * full[d * width + e];
                shape.covariance[static_cast<size_t>(3 * a + b)] += pa * spread;
            }
        }
    return shape;
}

/// Mean and covariance of each component's members; of fewer than three only the mean.
std::vector<ComponentShape> memberShapes(const Array& places, const std::vector<int64_t>& component,
                                         int64_t components) {
    struct Sums {
        double count = 0;
        std::array<double, 3> first{};
        std::array<double, 9> second{};
    };
    const int64_t dims = std::min<int64_t>(3, places.dim(1));
    std::array<double, 3> origin{}; // the sums are of what is left when an object's place is taken away
    for (int64_t a = 0; a < dims && places.dim(0) > 0; ++a)
        origin[static_cast<size_t>(a)] = places.at(0, a);
    std::vector<Sums> sums(static_cast<size_t>(components));
    for (int64_t n = 0; n < places.dim(0); ++n) {
        const int64_t k = component[static_cast<size_t>(n)];
        if (k < 0 || k >= components)
            continue;
        Sums& mine = sums[static_cast<size_t>(k)];
        std::array<double, 3> at{};
        for (int64_t a = 0; a < dims; ++a)
            at[static_cast<size_t>(a)] = places.at(n, a) - origin[static_cast<size_t>(a)];
        mine.count += 1;
        for (size_t a = 0; a < 3; ++a) {
            mine.first[a] += at[a];
            for (size_t b = 0; b < 3; ++b)
                mine.second[3 * a + b] += at[a] * at[b];
        }
    }
    std::vector<ComponentShape> shapes(sums.size());
    for (size_t k = 0; k < sums.size(); ++k) {
        const Sums& of = sums[k];
        shapes[k].component = static_cast<int>(k);
        for (size_t a = 0; a < static_cast<size_t>(dims) && of.count > 0; ++a)
            shapes[k].centre[a] = origin[a] + of.first[a] / of.count;
        for (size_t a = 0; a < 3 && of.count >= 3; ++a)
            for (size_t b = 0; b < 3; ++b)
                shapes[k].covariance[3 * a + b] =
                    (of.second[3 * a + b] - of.first[a] * of.first[b] / of.count) / (of.count - 1);
    }
    return shapes;
}

} // namespace

LatentContent describeLatents(LatentsPtr latents, const GaussianMixture& mixture, const QString& path) {
    LatentContent content;
    content.ranges = latentRanges(latents->mean);
    content.influence = orderByInfluence(content.ranges);
    if (!mixture.empty() && mixture.dimensions == latents->mean.dim(1))
        responsibilities(mixture, latents->mean, &content.logLikelihood);
    content.ascending = ascending(content.logLikelihood);
    content.path = path;
    content.latents = std::move(latents);
    return content;
}

std::vector<LatentRange> priorRanges(const ModelCard& card) {
    std::vector<LatentRange> ranges(static_cast<size_t>(card.latent));
    const GaussianMixture& mix = card.mixture;
    for (size_t d = 0; d < ranges.size(); ++d) {
        LatentRange& range = ranges[d];
        double square = 1;
        if (!mix.empty()) {
            square = 0;
            for (size_t k = 0; k < static_cast<size_t>(mix.components); ++k) {
                const size_t at = k * ranges.size() + d;
                range.mean += mix.weights[k] * mix.means[at];
                square += mix.weights[k] * (mix.variances[at] + mix.means[at] * mix.means[at]);
            }
            square -= range.mean * range.mean;
        }
        range.deviation = std::sqrt(std::max(square, 1e-12));
        range.min = range.mean - 4 * range.deviation;
        range.max = range.mean + 4 * range.deviation;
    }
    return ranges;
}

MapContent principalMap(const Array& z, int64_t dims) {
    MapContent content;
    content.pca = fitPca(z, std::min({dims, z.dim(0), z.dim(1)}));
    content.map.coordinates = content.pca->projected;
    content.map.method = "pca";
    content.map.parameters = Json{{"dims", content.pca->components.dim(0)}};
    return content;
}

bool canPlace(const MapContent& map) {
    return map.pca || map.placement;
}

Array placeOnMap(const MapContent& map, const Array& latents, const StopToken& stop) {
    if (map.pca)
        return projectPca(*map.pca, latents);
    return map.placement ? map.placement->place(latents, stop, false).places : Array();
}

PlaceContent contentOfPlace(const MapContent& map, double x, double y, const StopToken& stop) {
    Array at({1, map.pca ? map.pca->components.dim(0) : 2}); // further components of a linear map at zero
    at.at(0, 0) = static_cast<float>(x);
    at.at(0, 1) = static_cast<float>(y);
    PlaceContent content;
    Array latents;
    if (map.pca) {
        latents = invertPca(*map.pca, at);
    } else {
        MapPlacement::InLatents found = map.placement->invert(at, stop);
        latents = found.latents;
        content.offData = found.offData.front();
    }
    const Array z = latents.contiguousCopy();
    content.latent.assign(z.values().begin(), z.values().end());
    return content;
}

std::vector<ComponentShape> componentShapes(const MapContent& map, const Latents& latents,
                                            const GaussianMixture& mixture) {
    const bool linear = map.pca && mixture.dimensions == map.pca->components.dim(1);
    if (!linear && !latents.component.empty())
        return memberShapes(map.map.coordinates, latents.component, mixture.components);
    std::vector<ComponentShape> shapes;
    for (int64_t k = 0; linear && k < mixture.components; ++k)
        shapes.push_back(projectedShape(*map.pca, mixture, k));
    return shapes;
}

double percentileOf(const LatentRange& range, double value) {
    const auto& p = range.percentiles;
    if (p.size() < 2)
        return 50;
    const auto above = std::upper_bound(p.begin(), p.end(), value);
    if (above == p.begin())
        return 0;
    if (above == p.end())
        return 100;
    const auto i = static_cast<double>(above - p.begin() - 1);
    const double width = *above - *(above - 1);
    const double within = width > 0 ? (value - *(above - 1)) / width : 0;
    return 100 * (i + within) / static_cast<double>(p.size() - 1);
}

Array asRow(const std::vector<float>& values) {
    return Array({1, static_cast<int64_t>(values.size())}, values);
}

} // namespace galatea
