#pragma once
// What of an image a best fit may look at.

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"

namespace galatea {

/// 1 for observed, 0 for hidden pixels [N,C,H,W]: hidden are whole channels, the pixels of `hidden` that are
/// not 0
/// ([C,H,W] or [1,H,W] for all images, or one such per image), and every pixel that is not finite. `hidden`
/// may be empty. Throws UsageError if shapes or channels do not fit, or if an image has nothing left.
Array observedPixels(const Array& images, const std::vector<int64_t>& hiddenChannels,
                     const Array& hidden = {});

/// The observed pixels as they are, the others from `fill`; all of one shape. Shares nothing with them.
Array observedOver(const Array& images, const Array& observed, const Array& fill);

/// Channels by their names in `bands`, or by number from 0. Throws UsageError naming the ones there are.
std::vector<int64_t> channelsNamed(const std::vector<std::string>& names,
                                   const std::vector<std::string>& bands, int64_t channels);

} // namespace galatea
