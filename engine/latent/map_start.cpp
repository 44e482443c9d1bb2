#include "latent/map_start.h"

#include <algorithm>

#include "latent/pca.h"

namespace galatea {

Array principalPlaces(const Array& z, int64_t dims, RandomStream& random) {
    const int64_t components = std::min({dims, z.dim(0), z.dim(1)});
    const Array projected = fitPca(z, components).projected;
    Array places({z.dim(0), dims});
    for (int64_t i = 0; i < z.dim(0); ++i)
        for (int64_t d = 0; d < dims; ++d)
            places.data()[i * dims + d] =
                d < components ? projected.data()[i * components + d] : static_cast<float>(random.normal());
    return places;
}

void centreMap(Array& map) {
    const int64_t count = map.dim(0), dims = map.dim(1);
    for (int64_t d = 0; d < dims; ++d) {
        double sum = 0;
        for (int64_t i = 0; i < count; ++i)
            sum += map.data()[i * dims + d];
        const auto mean = static_cast<float>(sum / static_cast<double>(count));
        for (int64_t i = 0; i < count; ++i)
            map.data()[i * dims + d] -= mean;
    }
}

} // namespace galatea
