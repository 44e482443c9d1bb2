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

ComponentShape memberShape(const Array& places, const std::vector<int64_t>& component, int64_t k) {
    ComponentShape shape;
    shape.component = static_cast<int>(k);
    const int64_t dims = std::min<int64_t>(3, places.dim(1));
    double count = 0;
    for (int64_t n = 0; n < places.dim(0); ++n)
        if (component[static_cast<size_t>(n)] == k) {
            count += 1;
            for (int64_t a = 0; a < dims; ++a)
                shape.centre[static_cast<size_t>(a)] += places.at(n, a);
        }
    if (count < 3)
        return shape;
    for (double& c : shape.centre)
        c /= count;
    for (int64_t n = 0; n < places.dim(0); ++n)
        if (component[static_cast<size_t>(n)] == k)
            for (int64_t a = 0; a < dims; ++a)
                for (int64_t b = 0; b < dims; ++b)
                    shape.covariance[static_cast<size_t>(3 * a + b)] +=
                        (places.at(n, a) - shape.centre[static_cast<size_t>(a)]) *
                        (places.at(n, b) - shape.centre[static_cast<size_t>(b)]) / (count - 1);
    return shape;
}

} // namespace

LatentContent describeLatents(LatentsPtr latents, const GaussianMixture& mixture, const QString& path) {
    LatentContent content;
    content.ranges = latentRanges(latents->mean);
    content.influence = orderByInfluence(content.ranges);
    if (!mixture.empty() && mixture.dimensions == latents->mean.dim(1))
        responsibilities(mixture, latents->mean, &content.logLikelihood);
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
    std::vector<ComponentShape> shapes;
    const bool linear = map.pca && mixture.dimensions == map.pca->components.dim(1);
    for (int64_t k = 0; k < mixture.components; ++k) {
        if (linear)
            shapes.push_back(projectedShape(*map.pca, mixture, k));
        else if (!latents.component.empty())
            shapes.push_back(memberShape(map.map.coordinates, latents.component, k));
    }
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
