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
    double noise = 1.0;          ///< multiplies the sky noise; 0: none
    bool rescale =
        false; ///< display-like images: asinh stretch, each image to [0,1] over all its bands together
    uint64_t seed = 1;
};

OptionSet describe(SimulationOptions& options);

/// Truth columns in the catalogue (units in the table): id, type (elliptical, lenticular, spiral, barred
/// spiral, edge-on disc, irregular, merger, star), redshift, mag_<band>, bulge_fraction, sersic_n, radius,
/// axis_ratio, angle, arms, bar, companions, ... Image n depends only on the seed and n, so any part can be
/// made alone.
DatasetPtr simulate(const SimulationOptions& options, const StopToken& stop = {},
                    ProgressSink& progress = silentProgress());

} // namespace galatea
