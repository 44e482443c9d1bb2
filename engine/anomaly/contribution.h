#pragma once
// Where in an image an anomaly score comes from.

#include <cstdint>
#include <functional>
#include <vector>

#include "core/array.h"
#include "core/stop_token.h"

namespace galatea {

/// Scores of images [N,C,H,W], higher is stranger.
using ImageScore = std::function<std::vector<double>(const Array& images)>;

struct ContributionOptions {
    int64_t patch = 0;  ///< side, pixels; 0: an eighth of the image's shorter side, at least 3
    int64_t stride = 0; ///< between two patches, pixels, at most one patch; 0: half of it
    int64_t batch = 32; ///< images at a time
};

/// How much each pixel of `image` [C,H,W] adds to its score, [H,W], in the score's units: by how much the
/// score falls, on average, when a patch that covers the pixel is painted over with the sky, the median of
/// the image's outermost pixels in each channel (occlusion: M. Zeiler & R. Fergus, 2014, section 4.2). Below
/// 0 where the patch makes the image more normal. It needs nothing of a model but its score, so patches that
/// count only together are missed. Throws UsageError for other shapes, ModelError if a score is not finite,
/// Interrupted on stop.
Array occlusionContribution(const ImageScore& score, const Array& image,
                            const ContributionOptions& options = {}, const StopToken& stop = {});

/// Shares of a mean squared error: [H,W] whose sum is the mean over all values of (image − other)², both
/// [C,H,W].
Array squaredErrorContribution(const Array& image, const Array& other);

/// Shares of −ln p(image) where every value is Gaussian with its own mean and variance, all [C,H,W]: [H,W]
/// whose sum is the whole.
Array likelihoodContribution(const Array& image, const Array& mean, const Array& variance);

} // namespace galatea
