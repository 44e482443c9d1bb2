#pragma once
// A mixture on its own, as `mixture LATENTS.h5 -o MIXTURE.h5` writes it.

#include <string>

#include "core/options.h"
#include "mixture/mixture.h"

namespace galatea {

struct StoredMixture {
    GaussianMixture mixture;
    double meanLogLikelihood = 0;     ///< of the data it was fitted to
    Json parameters = Json::object(); ///< how it was made: options, seed, data
};

/// HDF5: /weights [K], /means [K,D], and /variances [K,D] or /covariances [K,D,D], float64; attributes
/// covariance = "diag" or "full" and log_likelihood (the mean over rows), and the parameters as JSON text in
/// `parameters`. Writing is atomic.
void writeMixture(const StoredMixture& stored, const std::string& path);

/// Throws InputError if anything is missing, of the wrong shape, or no mixture by GaussianMixture::check().
StoredMixture readMixture(const std::string& path);

} // namespace galatea
