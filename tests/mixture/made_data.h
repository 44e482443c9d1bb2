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

/// A Gaussian given by its mean and a matrix A [D,D]: rows are mean + A · normals, covariance A Aᵀ.
struct TiltedBlob {
    int64_t count;
    std::vector<double> mean, map;
};

inline Array drawTilted(const std::vector<TiltedBlob>& blobs, uint64_t seed) {
    int64_t rows = 0;
    for (const TiltedBlob& blob : blobs)
        rows += blob.count;
    const size_t dims = blobs.front().mean.size();
    Array z({rows, static_cast<int64_t>(dims)});
    RandomStream random(seed, "tilted");
    float* out = z.data();
    for (const TiltedBlob& blob : blobs)
        for (int64_t i = 0; i < blob.count; ++i) {
            std::vector<double> normal(dims);
            for (double& value : normal)
                value = random.normal();
            for (size_t d = 0; d < dims; ++d) {
                double value = blob.mean[d];
                for (size_t e = 0; e < dims; ++e)
                    value += blob.map[d * dims + e] * normal[e];
                *out++ = static_cast<float>(value);
            }
        }
    return z;
}

/// Two crossing needles and a round blob: diagonal covariances cannot tell the needles apart.
inline Array crossedNeedles(int64_t rowsEach, uint64_t seed) {
    return drawTilted({{rowsEach, {0, 0}, {2, 0.2, 2, -0.2}},
                       {rowsEach, {0, 0}, {2, 0.2, -2, 0.2}},
                       {rowsEach, {9, 2}, {1, 0, 0, 1}}},
                      seed);
}

} // namespace galatea
