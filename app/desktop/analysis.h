#pragma once
// The work behind the views: plain engine calls, made on the job thread.

#include "app/desktop/document.h"

namespace galatea {

/// Ranges, order of influence and log likelihoods of latents.
LatentContent describeLatents(LatentsPtr latents, const GaussianMixture& mixture, const QString& path);

/// Ranges of a model nobody has shown data: of its mixture, else of the unit Gaussian. No percentiles.
std::vector<LatentRange> priorRanges(const ModelCard& card);

/// The first map: principal components, three where there are as many.
MapContent principalMap(const Latents& latents);

/// Places latents [M,D] on a map; empty for maps that cannot place new points.
Array placeOnMap(const MapContent& map, const Array& latents);

/// A component's place and spread on a map: projected where the map is linear, else from its members.
struct ComponentShape {
    int component = 0;
    std::array<double, 3> centre{};
    std::array<double, 9> covariance{};
};
std::vector<ComponentShape> componentShapes(const MapContent& map, const Latents& latents,
                                            const GaussianMixture& mixture);

/// Percentile (0 … 100) of a value within a latent's range.
double percentileOf(const LatentRange& range, double value);

Array asRow(const std::vector<float>& values); ///< [1,D]

} // namespace galatea
