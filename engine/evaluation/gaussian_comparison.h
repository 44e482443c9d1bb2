#pragma once
// A model beside the best scaled bivariate Gaussian of each image (Regier et al. 2015, section 3.2).

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/reconstruction.h"

namespace galatea {

struct GaussianComparisonOptions {
    int64_t batch = 32;  ///< images at a time
    int64_t threads = 0; ///< of the fits; 0: all cores
};

/// [N] each. The Gaussian's likelihood has one variance for all pixels of the image, the best there is; the
/// model's has its own for each, or, if it gives none, likewise the best shared one.
struct GaussianComparison {
    std::vector<std::string> id;
    std::vector<double> modelError, gaussianError; ///< squared error, mean over the image's values
    std::vector<double> modelLogLikelihood, gaussianLogLikelihood;
    int64_t notConverged = 0; ///< Gaussian fits that ended without a vanishing gradient
    bool modelHasVariance = false;

    double betterInSquaredError() const; ///< share of the images the model fits better
    double betterInLikelihood() const;
};

/// Each channel has a Gaussian of its own. Throws as reconstructImages().
GaussianComparison compareWithGaussians(const Model& model, const Dataset& data,
                                        const GaussianComparisonOptions& options = {},
                                        const StopToken& stop = {},
                                        ProgressSink& progress = silentProgress());

} // namespace galatea
