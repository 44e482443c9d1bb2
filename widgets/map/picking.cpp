#include "widgets/map/picking.h"

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

bool sameView(const MapProjector& a, const MapProjector& b) {
    return a.axes == b.axes && a.focus == b.focus && a.pixelsPerUnit == b.pixelsPerUnit &&
           a.distance == b.distance && a.nearest == b.nearest && a.middleX == b.middleX &&
           a.middleY == b.middleY;
}

} // namespace

void PickIndex::Grid::build(const std::vector<float>& x, const std::vector<float>& y,
                            const std::vector<uint32_t>& ids, double cellSize) {
    *this = Grid{};
    if (ids.empty())
        return;
    const auto [x0, x1] = std::minmax_element(x.begin(), x.end());
    const auto [y0, y1] = std::minmax_element(y.begin(), y.end());
    left = *x0;
    top = *y0;
    const double width = double(*x1) - left, height = double(*y1) - top;
    // Never more than about four million cells, whatever the spread.
    cell = std::max({cellSize, width / 2000, height / 2000, 1e-30});
    columns = static_cast<int64_t>(width / cell) + 1;
    rows = static_cast<int64_t>(height / cell) + 1;
    const auto cellOf = [&](size_t i) {
        const auto column = static_cast<int64_t>((double(x[i]) - left) / cell);
        const auto row = static_cast<int64_t>((double(y[i]) - top) / cell);
        return static_cast<size_t>(std::min(row, rows - 1) * columns + std::min(column, columns - 1));
    };
    begin.assign(static_cast<size_t>(columns * rows) + 1, 0);
    for (size_t i = 0; i < ids.size(); ++i)
        ++begin[cellOf(i) + 1];
    for (size_t k = 1; k < begin.size(); ++k)
        begin[k] += begin[k - 1];
    std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
    members.resize(ids.size());
    for (size_t i = 0; i < ids.size(); ++i)
        members[next[cellOf(i)]++] = ids[i];
}

template <class Visit>
void PickIndex::Grid::visit(double x0, double y0, double x1, double y1, Visit&& see) const {
    if (members.empty())
        return;
    const auto index = [](double value, int64_t limit) {
        return static_cast<int64_t>(std::clamp(std::floor(value), -1.0, static_cast<double>(limit)));
    };
    const int64_t c0 = std::max<int64_t>(0, index((x0 - left) / cell, columns));
    const int64_t c1 = std::min(columns - 1, index((x1 - left) / cell, columns));
    const int64_t r0 = std::max<int64_t>(0, index((y0 - top) / cell, rows));
    const int64_t r1 = std::min(rows - 1, index((y1 - top) / cell, rows));
    for (int64_t r = r0; r <= r1; ++r) {
        if (c0 > c1)
            break;
        const uint32_t first = begin[static_cast<size_t>(r * columns + c0)];
        const uint32_t last = begin[static_cast<size_t>(r * columns + c1) + 1];
        for (uint32_t k = first; k < last; ++k)
            see(members[k]);
    }
}

void PickIndex::buildOverData(const PointStore& store) {
    std::vector<float> x, y;
    std::vector<uint32_t> ids;
    for (int64_t row = 0; row < store.count(); ++row) {
        if (!store.finite(row))
            continue;
        x.push_back(store.place(row)[0]);
        y.push_back(store.place(row)[1]);
        ids.push_back(static_cast<uint32_t>(row));
    }
    MapPlace low, high;
    store.bulk(low, high);
    const double area = (high[0] - low[0]) * (high[1] - low[1]);
    grid_.build(x, y, ids, std::sqrt(4 * area / std::max<double>(1, static_cast<double>(ids.size()))));
    overScreen_ = false;
    placesVersion_ = store.placesVersion();
}

void PickIndex::buildOverScreen(const PointStore& store, const MapCamera& camera) {
    const MapProjector projector = camera.projector();
    std::vector<float> xs, ys;
    std::vector<uint32_t> ids;
    double x = 0, y = 0, depth = 0;
    const double margin = 64; // a mouse near the edge may still be within reach of a point outside
    for (int64_t row = 0; row < store.count(); ++row) {
        const float* p = store.place(row);
        if (!store.isVisible(row) || !projector(p[0], p[1], p[2], x, y, depth))
            continue;
        if (x < -margin || y < -margin || x > camera.viewport().width() + margin ||
            y > camera.viewport().height() + margin)
            continue;
        xs.push_back(static_cast<float>(x));
        ys.push_back(static_cast<float>(y));
        ids.push_back(static_cast<uint32_t>(row));
    }
    grid_.build(xs, ys, ids, 8);
    overScreen_ = true;
    builtFor_ = projector;
    placesVersion_ = store.placesVersion();
    visibleVersion_ = store.visibleVersion();
}

int64_t PickIndex::nearest(const PointStore& store, const MapCamera& camera, const QPointF& position,
                           double radius) {
    if (store.count() == 0)
        return -1;
    const MapProjector projector = camera.projector();
    const bool flat = store.dimensions() == 2;
    if (flat && (overScreen_ || placesVersion_ != store.placesVersion()))
        buildOverData(store);
    if (!flat && (!overScreen_ || placesVersion_ != store.placesVersion() ||
                  visibleVersion_ != store.visibleVersion() || !sameView(builtFor_, projector)))
        buildOverScreen(store, camera);

    double best = radius * radius;
    int64_t found = -1;
    const auto see = [&](uint32_t row) {
        const float* p = store.place(row);
        double x = 0, y = 0, depth = 0;
        if (!store.isVisible(row) || !projector(p[0], p[1], p[2], x, y, depth))
            return;
        const double dx = x - position.x(), dy = y - position.y(), square = dx * dx + dy * dy;
        if (square < best || (square == best && (found < 0 || row < found))) {
            best = square;
            found = row;
        }
    };
    // One pixel more than asked: the grid holds positions rounded to float.
    const double reach = radius + 1;
    if (flat) {
        const MapPlace a = camera.unproject(position - QPointF(reach, -reach));
        const MapPlace b = camera.unproject(position + QPointF(reach, -reach));
        grid_.visit(a[0], a[1], b[0], b[1], see);
    } else {
        grid_.visit(position.x() - reach, position.y() - reach, position.x() + reach, position.y() + reach,
                    see);
    }
    return found;
}

void PickIndex::clear() {
    *this = PickIndex{};
}

std::vector<int64_t> rowsInsidePolygon(const PointStore& store, const MapProjector& projector,
                                       const QPolygonF& polygon) {
    std::vector<int64_t> inside;
    if (polygon.size() < 3)
        return inside;
    struct Edge {
        double x0, y0, x1, y1;
    };
    // Edges by the pixel rows they cross, so that a point meets only the few beside it.
    const QRectF box = polygon.boundingRect();
    const double top = std::floor(box.top());
    const auto bands = static_cast<size_t>(std::min(8192.0, std::ceil(box.height()) + 2));
    const double bandHeight = (box.bottom() - top + 1) / static_cast<double>(bands);
    std::vector<std::vector<Edge>> edges(bands);
    const auto bandOf = [&](double y) {
        return static_cast<size_t>(std::clamp((y - top) / bandHeight, 0.0, static_cast<double>(bands - 1)));
    };
    for (qsizetype i = 0; i < polygon.size(); ++i) {
        const QPointF a = polygon[i], b = polygon[(i + 1) % polygon.size()];
        if (a.y() == b.y())
            continue;
        for (size_t k = bandOf(std::min(a.y(), b.y())); k <= bandOf(std::max(a.y(), b.y())); ++k)
            edges[k].push_back({a.x(), a.y(), b.x(), b.y()});
    }
    double x = 0, y = 0, depth = 0;
    for (int64_t row = 0; row < store.count(); ++row) {
        const float* p = store.place(row);
        if (!store.isVisible(row) || !projector(p[0], p[1], p[2], x, y, depth))
            continue;
        if (x < box.left() || x > box.right() || y < box.top() || y > box.bottom())
            continue;
        bool odd = false;
        for (const Edge& edge : edges[bandOf(y)])
            if ((edge.y0 > y) != (edge.y1 > y) &&
                x < edge.x0 + (y - edge.y0) / (edge.y1 - edge.y0) * (edge.x1 - edge.x0))
                odd = !odd;
        if (odd)
            inside.push_back(row);
    }
    return inside;
}

} // namespace galatea
