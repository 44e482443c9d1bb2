#pragma once
// The disc of a simulated galaxy: arms, bar, ring, patches, dust. Internal to the simulator.

#include "data/simulator_scene.h"

namespace galatea::simulation {

/// Adds the smooth light of a disc, its arms, bar and ring, and the dust. `share`: of the galaxy's light
/// in the disc, knots not included.
void drawDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light);
/// The same for a disc seen from the side.
void drawEdgeOnDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light);

/// Angle φ of the arms' pattern at a place in the disc's plane (radius in scale lengths): crests at φ = 0
/// modulo 2π.
double armPhase(const Arms& arms, double logRadius, double angle);

} // namespace galatea::simulation
