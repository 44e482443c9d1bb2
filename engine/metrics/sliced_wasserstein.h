#pragma once
// How far two clouds of points lie apart: whether samples are distributed like real images.

#include <cstdint>

#include "core/array.h"

namespace galatea {

/// Sliced 2-Wasserstein distance (Rabin et al. 2011) between a [n,F] and b [m,F]: the root mean square, over
/// `directions` random unit vectors, of the distance between the two sorted projections. Unequal numbers are
/// compared at the quantiles of the smaller. Throws UsageError unless both have rows and equal columns.
double slicedWasserstein(const Array& a, const Array& b, int64_t directions, uint64_t seed);

} // namespace galatea
