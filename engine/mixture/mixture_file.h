#pragma once
// A mixture on its own, as `mixture LATENTS.h5 -o MIXTURE.h5` writes it.

#include <string>

#include "mixture/mixture.h"

namespace galatea {

struct StoredMixture {
    GaussianMixture mixture;
    double meanLogLikelihood = 0; ///< of the data it was fitted to
};

/// HDF5: /weights [K], /means [K,D], /variances [K,D], float64; attributes covariance = "diag" and
/// log_likelihood (the mean over rows). Writing is atomic.
void writeMixture(const StoredMixture& stored, const std::string& path);

/// Throws InputError if anything is missing, of the wrong shape, or no mixture by GaussianMixture::check().
StoredMixture readMixture(const std::string& path);

} // namespace galatea
