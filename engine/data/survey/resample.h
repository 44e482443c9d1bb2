#pragma once
// Cutting a stamp out of a frame on a grid of its own, between the frame's pixels.

#include <cstdint>
#include <string>

#include "core/array.h"
#include "data/survey/background.h"
#include "data/survey/pixel_map.h"

namespace galatea::survey {

/// Lanczos3: L(t) = sinc(t) sinc(t/3) for |t| < 3, keeps the point spread best. Cubic: Catmull–Rom (Keys
/// 1981, a = −½), rings less beside bad pixels and saturated stars. In both the weights of every output pixel
/// are divided by their sum, so a flat image stays flat, and Lanczos weights are adjusted so that the centre
/// of light stays. Where the frame's pixels are coarser than the output's nothing is averaged; where they are
/// finer by more than a third, aliasing has to be expected.
enum class ResamplingKernel { Lanczos3, Cubic };

struct Stamp {
    int64_t inside = 0;  ///< output pixels whose centre lies on the frame
    int64_t bad = 0;     ///< of these, pixels that have no good pixel near enough: NaN
    int64_t patched = 0; ///< of these, pixels on a bad pixel that the good ones around it make up for
};

/// Fills out[size · size] (row by row) with the frame seen on the reference grid: output pixel (i, j) lies at
/// centre + (j − (size − 1)/2, i − (size − 1)/2) of the reference frame. Values are multiplied by the area of
/// a reference pixel in frame pixels, so the sum over a source is its flux whatever the pixel scales. Bad and
/// missing neighbours are left out of the weighted mean; NaN where less than half of the weight is left.
Stamp cutStamp(const Array& frame, const Mask& mask, const PixelMap& map, PixelPosition centre, int64_t size,
               ResamplingKernel kernel, float* out);

/// The whole frame on the reference grid [height,width], bilinear: for detection images only. Without a
/// place: 0.
Array resampledFrame(const Array& frame, const PixelMap& map, int64_t width, int64_t height);

} // namespace galatea::survey
