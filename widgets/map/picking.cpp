#include "widgets/map/picking.h"

#include "core/parallel.h"
#include "widgets/map/tile_bounds.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace galatea {

namespace {

/// visit(slot, x, y) for the visible points of a tile that are before the eye.
template <class Visit>
void forPoints(const PointStore& store, const MapProjector& projector, const Tile& tile, Visit&& visit) {
    const TileOrder& order = store.order();
    double x = 0, y = 0, depth = 0;
    for (uint32_t slot = tile.begin; slot < tile.end; ++slot)
        if (!(store.flags()[slot] & hiddenFlags) &&
            projector(order.x[slot], order.y[slot], order.z.empty() ? 0.0F : order.z[slot], x, y, depth))
            visit(slot, x, y);
}

/// Rows, ascending, of the visible points in `box` for which inside(x, y) holds.
template <class Inside>
std::vector<qint64> rowsWhere(const PointStore& store, const MapProjector& projector, const QRectF& box,
                              const Inside& inside) {
    const TileOrder& order = store.order();
    // A byte a row, so that several threads may write side by side.
    const auto count = static_cast<size_t>(store.count());
    const auto hit = std::make_unique<uint8_t[]>(count);
    const auto tiles = static_cast<int64_t>(order.tiles.size());
    parallelFor(tiles, tiles < 8 ? 1 : 0, [&](int64_t k) {
        const Tile& tile = order.tiles[static_cast<size_t>(k)];
        if (boundsOf(tile, projector).meets(box.left(), box.top(), box.right(), box.bottom()))
            forPoints(store, projector, tile, [&](uint32_t slot, double x, double y) {
                if (x >= box.left() && x <= box.right() && y >= box.top() && y <= box.bottom() &&
                    inside(x, y))
                    hit[order.rowOf[slot]] = 1;
            });
    });
    size_t size = 0;
    for (size_t row = 0; row < count; ++row)
        size += hit[row];
    std::vector<qint64> rows;
    rows.reserve(size);
    for (size_t row = 0; row < count; ++row)
        if (hit[row])
            rows.push_back(static_cast<qint64>(row));
    return rows;
}

struct Edge {
    double x0, y0, x1, y1;
};

/// Edges by the pixel rows they come near, so that a point meets only the few beside it.
class EdgeBands {
  public:
    EdgeBands(double top, double bottom) : top_(std::floor(top)) {
        const auto bands = static_cast<size_t>(std::clamp(std::ceil(bottom - top) + 2, 1.0, 8192.0));
        height_ = (bottom - top_ + 1) / static_cast<double>(bands);
        bands_.resize(bands);
    }
    void add(const Edge& edge, double reach) {
        const size_t last = bandOf(std::max(edge.y0, edge.y1) + reach);
        for (size_t k = bandOf(std::min(edge.y0, edge.y1) - reach); k <= last; ++k)
            bands_[k].push_back(edge);
    }
    const std::vector<Edge>& at(double y) const { return bands_[bandOf(y)]; }

  private:
    size_t bandOf(double y) const {
        return static_cast<size_t>(
            std::clamp((y - top_) / height_, 0.0, static_cast<double>(bands_.size() - 1)));
    }
    double top_, height_ = 1;
    std::vector<std::vector<Edge>> bands_;
};

} // namespace

int64_t nearestRow(const PointStore& store, const MapProjector& projector, const QPointF& position,
                   double radius) {
    double best = radius * radius;
    int64_t found = -1;
    for (const Tile& tile : store.order().tiles) {
        const double reach = std::sqrt(best) + 1e-9;
        if (!boundsOf(tile, projector)
                 .meets(position.x() - reach, position.y() - reach, position.x() + reach,
                        position.y() + reach))
            continue;
        forPoints(store, projector, tile, [&](uint32_t slot, double x, double y) {
            const double dx = x - position.x(), dy = y - position.y(), square = dx * dx + dy * dy;
            const int64_t row = store.order().rowOf[slot];
            if (square < best || (square == best && (found < 0 || row < found))) {
                best = square;
                found = row;
            }
        });
    }
    return found;
}

std::vector<qint64> rowsInsidePolygon(const PointStore& store, const MapProjector& projector,
                                      const QPolygonF& polygon) {
    if (polygon.size() < 3)
        return {};
    const QRectF box = polygon.boundingRect();
    EdgeBands edges(box.top(), box.bottom());
    for (qsizetype i = 0; i < polygon.size(); ++i) {
        const QPointF a = polygon[i], b = polygon[(i + 1) % polygon.size()];
        if (a.y() != b.y())
            edges.add({a.x(), a.y(), b.x(), b.y()}, 0);
    }
    return rowsWhere(store, projector, box, [&](double x, double y) {
        bool odd = false;
        for (const Edge& edge : edges.at(y))
            if ((edge.y0 > y) != (edge.y1 > y) &&
                x < edge.x0 + (y - edge.y0) / (edge.y1 - edge.y0) * (edge.x1 - edge.x0))
                odd = !odd;
        return odd;
    });
}

std::vector<qint64> rowsUnderStroke(const PointStore& store, const MapProjector& projector,
                                    const QPolygonF& stroke, double radius) {
    if (stroke.isEmpty() || !(radius > 0))
        return {};
    const QRectF box = stroke.boundingRect().adjusted(-radius, -radius, radius, radius);
    EdgeBands edges(box.top(), box.bottom());
    for (qsizetype i = 0; i < stroke.size(); ++i) {
        const QPointF a = stroke[i], b = stroke[std::min(i + 1, stroke.size() - 1)];
        if (i == 0 || a != b)
            edges.add({a.x(), a.y(), b.x(), b.y()}, radius);
    }
    return rowsWhere(store, projector, box, [&](double x, double y) {
        for (const Edge& edge : edges.at(y)) {
            const double ux = edge.x1 - edge.x0, uy = edge.y1 - edge.y0, length = ux * ux + uy * uy;
            const double along =
                length > 0 ? std::clamp(((x - edge.x0) * ux + (y - edge.y0) * uy) / length, 0.0, 1.0) : 0;
            const double dx = x - edge.x0 - along * ux, dy = y - edge.y0 - along * uy;
            if (dx * dx + dy * dy <= radius * radius)
                return true;
        }
        return false;
    });
}

} // namespace galatea
