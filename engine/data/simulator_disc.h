#pragma once
// The disc of a simulated galaxy: arms, bar, ring, patches, dust. Internal to the simulator.

#include "data/simulator_scene.h"

namespace galatea::simulation {

/// Adds the smooth light of a disc, its arms, bar and ring, and the dust. `share`: of the galaxy's light
/// in the disc, knots not included.
void drawDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light);
/// The same for a disc seen from the side.
void drawEdgeOnDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light);

/// The arms' pattern in the disc's plane: crests where phase() is 0 modulo 2π.
class ArmPattern {
  public:
    explicit ArmPattern(const Arms& arms);
    /// `logRadius`: natural logarithm of the radius in scale lengths; `angle` in radians.
    float phase(float logRadius, float angle) const;

  private:
    float number_, winding_, offset_, wobble_, wobblePhase_;
};

} // namespace galatea::simulation
