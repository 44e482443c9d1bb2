#pragma once
// Principal components of latents: the first map.

#include <vector>

#include "core/array.h"

namespace galatea {

struct PcaReport {
    Array projected;          ///< [N,dims]
    Array components;         ///< [dims,D], orthonormal rows; each row's largest entry is positive
    std::vector<double> mean; ///< [D]
    std::vector<double> explainedVariance; ///< [dims], of N−1 normalisation
    double totalVariance = 0;
};

/// z [N,D]; dims ≤ min(N, D). Float64 inside.
PcaReport fitPca(const Array& z, int64_t dims);

/// Places new latents into an existing projection. z [M,D] → [M,dims].
Array projectPca(const PcaReport& pca, const Array& z);
/// The latent vectors a place on the map stands for, other components at zero. xy [M,dims] → [M,D].
Array invertPca(const PcaReport& pca, const Array& xy);

} // namespace galatea
