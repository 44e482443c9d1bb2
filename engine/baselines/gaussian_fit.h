#pragma once
// The best scaled bivariate Gaussian of an image: what Regier et al. (2015, section 3.2) compare their model
// with.

#include <array>

#include "core/array.h"

namespace galatea {

/// scale · N(p; mean, L Lᵀ) with p in pixels, (0,0) the centre of the first pixel.
struct GaussianFit {
    double scale = 0;                 ///< the Gaussian's integral, in pixel values × pixels
    double x = 0, y = 0;              ///< mean
    double l11 = 1, l21 = 0, l22 = 1; ///< Cholesky factor of the covariance, pixels; x is the first axis
    double squaredError = 0;          ///< sum over the pixels
    bool converged = false;
};

/// Least squares over the six unconstrained parameters (scale, mean, logarithms of l11 and l22, l21) by BFGS,
/// the best of several starts. image [H,W]. Throws std::invalid_argument on another shape, UsageError if a
/// pixel is not finite.
GaussianFit fitGaussian(const Array& image);

/// The fitted image [H,W].
Array drawGaussian(const GaussianFit& fit, int64_t height, int64_t width);

/// Largest log-likelihood of `pixels` values with this sum of squared errors if all share one variance
/// (the mean squared error: closed form).
double sharedVarianceLogLikelihood(double squaredError, int64_t pixels);

} // namespace galatea
