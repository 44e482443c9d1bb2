#pragma once
// Which point is under the mouse, and which lie inside an outline. Everything is decided by screen positions
// in double precision, exactly those MapView::mapToScreen gives.

#include "widgets/map/map_camera.h"
#include "widgets/map/point_store.h"

#include <QPolygonF>

#include <cstdint>
#include <vector>

namespace galatea {

class PickIndex {
  public:
    /// The visible row nearest to `position` within `radius` logical pixels; -1 if there is none. Of equally
    /// near ones the lowest row. On a 2-D map a grid over the data answers, built once; on a 3-D map a grid
    /// over the screen, built anew for the first question after the view has moved.
    int64_t nearest(const PointStore& store, const MapCamera& camera, const QPointF& position, double radius);
    void clear();

  private:
    struct Grid {
        double left = 0, top = 0, cell = 1;
        int64_t columns = 0, rows = 0;
        std::vector<uint32_t> begin; ///< columns*rows + 1 offsets into `members`
        std::vector<uint32_t> members;
        void build(const std::vector<float>& x, const std::vector<float>& y, const std::vector<uint32_t>& ids,
                   double cellSize);
        template <class Visit>
        void visit(double x0, double y0, double x1, double y1, Visit&& see) const;
    };
    void buildOverData(const PointStore& store);
    void buildOverScreen(const PointStore& store, const MapCamera& camera);

    Grid grid_;
    bool overScreen_ = false;
    uint64_t placesVersion_ = 0, visibleVersion_ = 0;
    MapProjector builtFor_;
};

/// Visible rows inside the polygon by the even-odd rule, ascending.
std::vector<int64_t> rowsInsidePolygon(const PointStore& store, const MapProjector& projector,
                                       const QPolygonF& polygon);

} // namespace galatea
