#pragma once
// Which points of a view are shown as pictures: all of them if there is room, else a choice without overlap
// that stays the same while the map is moved.

#include "widgets/map/point_store.h"

#include <QPointF>
#include <QSizeF>

#include <vector>

namespace galatea {

struct PlannedThumbnail {
    qint64 row = -1;
    QPointF at; ///< of its middle, in the projector's pixels
};

struct ThumbnailPlan {
    double side = 0; ///< of each
    std::vector<PlannedThumbnail> thumbnails;
};

/// Nothing where the points lie too close for pictures one could make out.
ThumbnailPlan planThumbnails(const PointStore& store, const MapProjector& projector, const QSizeF& view);

} // namespace galatea
