#pragma once
// Curves around Gaussians on the screen: one in the plane, three in space, each through two principal axes.

#include "widgets/map/map_camera.h"
#include "widgets/map/map_types.h"

#include <QPolygonF>

#include <vector>

namespace galatea {

/// Closed curves in the projector's pixels; those that reach behind the eye are left out.
std::vector<QPolygonF> gaussianCurves(const MapEllipse& ellipse, int dimensions,
                                      const MapProjector& projector);

} // namespace galatea
