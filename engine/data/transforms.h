#pragma once
// Image transforms, applied in this order: crop, gray, average, resize, rescale.

#include <cstdint>
#include <string>

#include "data/dataset.h"

namespace galatea {

struct TransformOptions {
    int64_t crop = 0;     ///< side of the central square kept, in pixels; 0: all
    bool gray = false;    ///< RGB → one channel, weights 0.2125, 0.7154, 0.0721 (ITU-R BT.709)
    int64_t average = 1;  ///< side of the blocks of pixels that become one, their mean; 1: as is
    int64_t size = 0;     ///< side after resizing, in pixels; 0: as is
    bool rescale = false; ///< each image's minimum to 0 and maximum to 1
    bool any() const { return crop || gray || average > 1 || size || rescale; }
};

/// image [C,H,W] → [C',H',W'].
Array transformImage(const Array& image, const TransformOptions& options);

/// Bilinear with half-pixel centres and no antialiasing: output i reads input (i + ½)·in/out − ½, edges
/// clamped.
Array resizeBilinear(const Array& image, int64_t height, int64_t width);

/// Every block of `side` × `side` pixels becomes one, their mean. Throws UsageError unless the image's sides
/// are multiples of it.
Array averageBlocks(const Array& image, int64_t side);

/// Coordinate cards of an image of this size after the transform: a crop moves the origin, an averaged
/// or resized image has none.
std::string transformedWcsCards(const std::string& cards, int64_t height, int64_t width,
                                const TransformOptions& options);

/// A data set seen through a transform; nothing is computed before it is read.
DatasetPtr transformed(DatasetPtr source, const TransformOptions& options);

} // namespace galatea
