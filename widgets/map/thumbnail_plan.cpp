#include "widgets/map/thumbnail_plan.h"

#include "widgets/map/tile_bounds.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace galatea {

namespace {

constexpr double leastSide = 40, mostSide = 112; // logical pixels
constexpr double roomFor = 40;                   // pixels along the side of each point's share of the view
constexpr double overlap = 0.08;                 // of a side that two may share
constexpr int64_t mostLookedAt = 400'000;

/// A number that tells which of two rows goes first: it looks random and never changes.
uint64_t rank(qint64 row) {
    uint64_t z = static_cast<uint64_t>(row) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 31)) * 0xbf58476d1ce4e5b9ULL;
    return z ^ (z >> 29);
}

/// Visible points in view; empty if there are more than `limit`.
std::vector<PlannedThumbnail> pointsInView(const PointStore& store, const MapProjector& projector,
                                           const QSizeF& view, size_t limit) {
    std::vector<const Tile*> tiles;
    int64_t lookedAt = 0;
    const TileOrder& order = store.order();
    for (const Tile& tile : order.tiles)
        if (boundsOf(tile, projector).meets(0, 0, view.width(), view.height())) {
            tiles.push_back(&tile);
            lookedAt += tile.size();
        }
    std::vector<PlannedThumbnail> found;
    if (lookedAt > mostLookedAt)
        return found;
    double x = 0, y = 0, depth = 0;
    for (const Tile* tile : tiles)
        for (uint32_t slot = tile->begin; slot < tile->end; ++slot) {
            if ((store.flags()[slot] & hiddenFlags) ||
                !projector(order.x[slot], order.y[slot], order.z.empty() ? 0.0F : order.z[slot], x, y,
                           depth) ||
                x < 0 || y < 0 || x >= view.width() || y >= view.height())
                continue;
            if (found.size() == limit)
                return {};
            found.push_back({static_cast<qint64>(order.rowOf[slot]), {x, y}});
        }
    return found;
}

} // namespace

ThumbnailPlan planThumbnails(const PointStore& store, const MapProjector& projector, const QSizeF& view) {
    const double area = view.width() * view.height();
    std::vector<PlannedThumbnail> points =
        pointsInView(store, projector, view, static_cast<size_t>(area / (roomFor * roomFor)));
    ThumbnailPlan plan;
    if (points.empty())
        return plan;
    plan.side = std::clamp(0.75 * std::sqrt(area / static_cast<double>(points.size())), leastSide, mostSide);
    plan.side = std::round(plan.side / 8) * 8; // in steps: a small move is no reason to change all sizes
    std::sort(points.begin(), points.end(),
              [](const PlannedThumbnail& a, const PlannedThumbnail& b) { return rank(a.row) < rank(b.row); });
    const double apart = (1 - overlap) * plan.side;
    std::unordered_map<int64_t, std::vector<QPointF>> taken; // by cells as wide as two must be apart
    const auto cell = [&](double value) { return static_cast<int64_t>(std::floor(value / apart)); };
    const auto key = [](int64_t column, int64_t row) { return row * 65536 + column; };
    for (const PlannedThumbnail& point : points) {
        bool free = true;
        for (int64_t row = cell(point.at.y()) - 1; row <= cell(point.at.y()) + 1; ++row)
            for (int64_t column = cell(point.at.x()) - 1; column <= cell(point.at.x()) + 1; ++column)
                if (const auto near = taken.find(key(column, row)); near != taken.end())
                    for (const QPointF& other : near->second)
                        free = free && (std::abs(other.x() - point.at.x()) >= apart ||
                                        std::abs(other.y() - point.at.y()) >= apart);
        if (!free)
            continue;
        taken[key(cell(point.at.x()), cell(point.at.y()))].push_back(point.at);
        plan.thumbnails.push_back(point);
    }
    return plan;
}

} // namespace galatea
