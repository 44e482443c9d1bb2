#pragma once
// Synthetic galaxies and stars with known truth.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"

namespace galatea {

struct SimulationOptions {
    int64_t count = 1000;
    int64_t size = 64;           ///< image side in pixels
    std::string bands = "ugriz"; ///< any of u, g, r, i, z, in this order in the images
    double starFraction = 0.0;   ///< of objects that are stars, for star/galaxy work
    double noise = 1.0;          ///< multiplies the noise of sky and photons; 0: none
    double pixelScale = 0;       ///< arcsec; 0: chosen so that each object fills its image alike
    bool rescale =
        false; ///< display-like images: asinh stretch, each image to [0,1] over all its bands together
    uint64_t seed = 1;
    int64_t threads = 0; ///< drawing images; 0: one per core; the images do not depend on it
};

OptionSet describe(SimulationOptions& options);

/// Images are drawn when they are read. Pixels are nanomaggies (magnitude 22.5 is 1) unless rescaled.
/// Truth columns in the catalogue (units in the table): id, type (elliptical, lenticular, spiral, barred
/// spiral, edge-on disc, irregular, merger, star), label (smooth, spiral, edge-on, irregular, merger, star),
/// redshift, mag_<band> (the object alone; both galaxies of a merger), sky_noise_<band>, radius, axis_ratio,
/// angle, inclination, pixel_scale, seeing, absolute_mag, bulge_fraction, sersic_n, bulge_radius,
/// young_fraction, pitch, bar, ring, dust, arms, companions, foreground_stars; NaN where a star has none.
/// Image n depends only on the seed and n, so any part can be made alone. Throws UsageError for an option
/// outside its limits.
DatasetPtr simulate(const SimulationOptions& options, const StopToken& stop = {},
                    ProgressSink& progress = silentProgress());

} // namespace galatea
