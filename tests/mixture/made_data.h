#pragma once
// Rows drawn from Gaussians that the test knows.

#include <vector>

#include "core/array.h"
#include "core/random.h"

namespace galatea {

struct Blob {
    int64_t count;
    std::vector<double> mean, deviation;
};

/// The blobs' rows, one blob after another.
inline Array drawBlobs(const std::vector<Blob>& blobs, uint64_t seed) {
    int64_t rows = 0;
    for (const Blob& blob : blobs)
        rows += blob.count;
    const auto dims = static_cast<int64_t>(blobs.front().mean.size());
    Array z({rows, dims});
    RandomStream random(seed, "blobs");
    float* out = z.data();
    for (const Blob& blob : blobs)
        for (int64_t i = 0; i < blob.count; ++i)
            for (size_t d = 0; d < blob.mean.size(); ++d)
                *out++ = static_cast<float>(blob.mean[d] + blob.deviation[d] * random.normal());
    return z;
}

/// Overlapping blobs of several shapes: nothing a mixture could find by luck.
inline Array overlappingBlobs(int64_t rowsEach, uint64_t seed) {
    return drawBlobs({{rowsEach, {0, 0, 0, 0}, {1, 0.3, 1, 2}},
                      {rowsEach, {2, 1, 0, 0}, {0.5, 0.5, 1, 2}},
                      {2 * rowsEach, {-1, 1, 3, 1}, {1, 1, 0.2, 0.5}},
                      {rowsEach / 2, {1, -2, -1, 5}, {1.5, 0.7, 1, 1}}},
                     seed);
}

} // namespace galatea
