#pragma once
// How well a model that encodes and decodes reconstructs images, and whether its variances are true.

#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct ReconstructionOptions {
    int64_t batch = 32; ///< images at a time
};

/// Of the pixels of all images: r = (x − mean) / √variance should be a standard normal variable.
struct VarianceCalibration {
    static constexpr int64_t bins = 100;
    static constexpr double largest = 5; ///< of |r|; the last bin holds everything beyond as well
    std::vector<int64_t> counts;         ///< [bins] of |r|, equal bins from 0 to `largest`
    int64_t pixels = 0;
    double within[3] = {0, 0, 0}; ///< share of pixels with |r| below 1, 2, 3; normal: 0.683, 0.954, 0.997
    double meanSquare = 0;        ///< of r; should be 1
    double smallestVariance = 0;  ///< of any pixel
};

struct ReconstructionReport {
    std::vector<std::string> id;       ///< [N]
    std::vector<double> squaredError;  ///< [N], mean over the image's values
    std::vector<double> logLikelihood; ///< [N], sum over the values; empty if the model gives no variance
    double pixelVariance = 0;          ///< mean squared error of the images' own mean image
    bool hasVariance = false;
    VarianceCalibration calibration;

    double meanError() const;
};

/// Decodes the mean of each image's latents. Throws ModelError if the model lacks a method or gives another
/// shape, UsageError if the images do not fit or there are none, Interrupted on stop.
ReconstructionReport reconstructImages(const Model& model, const Dataset& data,
                                       const ReconstructionOptions& options = {}, const StopToken& stop = {},
                                       ProgressSink& progress = silentProgress());

/// Σ −½ [log 2πv + (x − m)² / v] over `count` values.
double gaussianLogLikelihood(const float* x, const float* mean, const float* variance, int64_t count);

/// The "id" column as text, or the rows' numbers.
std::vector<std::string> imageIds(const Dataset& data);

} // namespace galatea
