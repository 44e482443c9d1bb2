#pragma once
// From truth to pixels. Internal to the simulator.

#include <vector>

#include "data/simulator_profiles.h"
#include "data/simulator_truth.h"

namespace galatea::simulation {

/// Light of one galaxy by population, in fractions of its luminosity, and the dust before it.
struct GalaxyLight {
    Plane old, young, nebular; ///< each sums to its population's share, but for what falls outside
    Plane dust;                ///< optical depth in r
    bool dusty = false;
    GalaxyLight(int64_t size, int64_t margin)
        : old(size, margin), young(size, margin), nebular(size, margin), dust(size, margin) {}
    void clear();
};

/// Draws bulge, disc with its structure, knots and tails; `pixelScale` in arcsec.
void drawLight(const Galaxy& galaxy, double pixelScale, GalaxyLight& light);

/// Writes image [bands, size, size] of the object: unit nanomaggies, or the display stretch. `bands` are
/// indices into ugriz.
void drawImage(const SimulatedObject& object, const SimulationOptions& options,
               const std::vector<size_t>& bands, float* image);

/// Standard deviation of the empty sky in one pixel, nanomaggies.
double skyDeviation(const SimulatedObject& object, const SimulationOptions& options, size_t band);

} // namespace galatea::simulation
