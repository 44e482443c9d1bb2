#pragma once
// What a family needs to know of the training images to scale them.

#include <span>

#include "data/dataset.h"
#include "models/registry.h"

namespace galatea {

/// From at most 1024 of the rows, evenly spread, and for median and sky from at most a million pixels per
/// channel of them. Throws InputError if one of those images holds pixels that are not finite.
ImageStatistics imageStatistics(const Dataset& data, std::span<const int64_t> rows);

} // namespace galatea
