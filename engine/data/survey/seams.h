#pragma once
// Seams: where a mosaic's exposures meet, its sky steps along a whole row or column, sharper than a
// background mesh can follow.

#include <cstdint>
#include <vector>

#include "data/survey/background.h"

namespace galatea::survey {

struct SeamReport {
    std::vector<int64_t> columns, rows; ///< where a step was found, pixels
};

/// Looks for steps of more than a quarter of the noise that run through most of the frame, and subtracts the
/// means of narrow strips (4 pixels by 256) within 100 pixels of them; elsewhere nothing changes. `pixels`
/// [H,W] has the smooth background subtracted; `mask` marks bad pixels and sources, which do not count; `bad`
/// marks those that stay 0; `noise` is the deviation of one pixel.
SeamReport removeSeams(Array& pixels, const Mask& mask, const Mask& bad, double noise);

} // namespace galatea::survey
