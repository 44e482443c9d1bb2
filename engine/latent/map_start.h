#pragma once
// What the layouts of a map begin and end with.

#include <cstdint>

#include "core/array.h"
#include "core/random.h"

namespace galatea {

/// The first `dims` principal components of z [N,D] as places [N,dims]; standard normal numbers where z has
/// fewer.
Array principalPlaces(const Array& z, int64_t dims, RandomStream& random);

/// Moves the places [N,dims] so that their mean is 0 along each axis.
void centreMap(Array& map);

} // namespace galatea
