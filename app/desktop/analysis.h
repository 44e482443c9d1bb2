#pragma once
// The work behind the views: plain engine calls, made on the job thread.

#include "app/desktop/document.h"

namespace galatea {

/// Ranges, order of influence and log likelihoods of latents.
LatentContent describeLatents(LatentsPtr latents, const GaussianMixture& mixture, const QString& path);

/// Ranges of a model nobody has shown data: of its mixture, else of the unit Gaussian. No percentiles.
std::vector<LatentRange> priorRanges(const ModelCard& card);

/// A map of the first principal components of z [N,D], `dims` of them where there are as many.
MapContent principalMap(const Array& z, int64_t dims = 3);

/// Whether latents have a place on the map and places have latents.
bool canPlace(const MapContent& map);
/// Places of latents [M,D]; empty for maps that cannot. On a map that is not linear every object is looked
/// at: not for the window's thread.
Array placeOnMap(const MapContent& map, const Array& latents, const StopToken& stop = {});

/// What a place on a plane map stands for. Not for the window's thread either.
struct PlaceContent {
    std::vector<float> latent;
    double offData = 0; ///< as MapPlacement tells it; 0 where the map is linear
};
PlaceContent contentOfPlace(const MapContent& map, double x, double y, const StopToken& stop = {});

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
