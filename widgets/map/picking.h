#pragma once
// Which point is under the mouse, and which lie inside an outline. Everything is decided by screen positions
// in double precision, exactly those MapView::mapToScreen gives; tiles that cannot matter are skipped.

#include "widgets/map/map_camera.h"
#include "widgets/map/point_store.h"

#include <QPolygonF>

#include <cstdint>
#include <vector>

namespace galatea {

/// The visible row nearest to `position` within `radius` logical pixels; -1 if there is none. Of equally near
/// ones the lowest row.
int64_t nearestRow(const PointStore& store, const MapProjector& projector, const QPointF& position,
                   double radius);

/// Visible rows inside the polygon by the even-odd rule, ascending.
std::vector<qint64> rowsInsidePolygon(const PointStore& store, const MapProjector& projector,
                                      const QPolygonF& polygon);

/// Visible rows no farther than `radius` from a line through these points (a single one: a disc), ascending.
std::vector<qint64> rowsUnderStroke(const PointStore& store, const MapProjector& projector,
                                    const QPolygonF& stroke, double radius);

} // namespace galatea
