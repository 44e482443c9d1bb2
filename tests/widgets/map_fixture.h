#pragma once
// Clusters to look at, and the mouse as an X server would move it, only at once.

#include "widgets/map/map_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPolygonF>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <random>

namespace galatea {

inline constexpr int classes = 5;

/// Clusters in file order: row r belongs to class r·classes/count.
inline Array clusters(int64_t count, int dimensions) {
    std::mt19937 engine(12);
    std::normal_distribution<float> normal;
    Array points({count, dimensions});
    for (int64_t row = 0; row < count; ++row) {
        const auto k = static_cast<double>(row * classes / count);
        const double centre[3]{5 * std::cos(1.256 * k), 4 * std::sin(1.256 * k), 2 * std::cos(2.5 * k)};
        for (int axis = 0; axis < dimensions; ++axis)
            points.at(row, axis) = static_cast<float>(centre[axis]) + 0.8F * normal(engine);
    }
    return points;
}

inline std::vector<int> classOfRows(int64_t count) {
    std::vector<int> out;
    for (int64_t row = 0; row < count; ++row)
        out.push_back(static_cast<int>(row * classes / count));
    return out;
}

inline std::vector<MapClass> classNames() {
    return {{"Elliptical", {}}, {"Spiral", {}}, {"Lenticular", {}}, {"Irregular", {}}, {"Merger", {}}};
}

inline void show(MapView& view, const QSize& size = {900, 650}) {
    view.resize(size);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    view.grabImage();
    QCoreApplication::processEvents();
}

inline void fill(MapView& view, int64_t count, int dimensions) {
    view.setPoints(clusters(count, dimensions));
    view.setClasses(classOfRows(count), classNames());
}

/// By looking at every row through the public projection.
inline qint64 nearestPlainly(const MapView& view, const QPointF& at, double radius) {
    qint64 found = -1;
    double best = radius * radius;
    for (qint64 row = 0; row < view.pointCount(); ++row) {
        if (!view.isRowVisible(row))
            continue;
        const QPointF d = view.rowToScreen(row) - at;
        if (const double square = QPointF::dotProduct(d, d); square < best) {
            best = square;
            found = row;
        }
    }
    return found;
}

inline std::vector<qint64> insidePlainly(const MapView& view, const QPolygonF& polygon) {
    std::vector<qint64> rows;
    for (qint64 row = 0; row < view.pointCount(); ++row)
        if (view.isRowVisible(row) && polygon.containsPoint(view.rowToScreen(row), Qt::OddEvenFill))
            rows.push_back(row);
    return rows;
}

/// QTest::mouseMove moves the display's pointer, and the event comes when the X server pleases.
inline void moveMouse(MapView& view, const QPoint& at, Qt::MouseButtons buttons = {}) {
    QMouseEvent event(QEvent::MouseMove, at, view.mapToGlobal(QPointF(at)), Qt::NoButton, buttons, {});
    QApplication::sendEvent(&view, &event);
}

inline void drag(MapView& view, const QList<QPoint>& way, Qt::KeyboardModifiers modifiers = {},
                 Qt::MouseButton button = Qt::LeftButton) {
    QTest::mousePress(&view, button, modifiers, way.first());
    for (const QPoint& at : way)
        moveMouse(view, at);
    QTest::mouseRelease(&view, button, modifiers, way.last());
}

inline void turnWheel(MapView& view, const QPointF& at, int notches) {
    QWheelEvent event(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &event);
}

inline int difference(const QColor& a, const QColor& b) {
    return std::max(
        {std::abs(a.red() - b.red()), std::abs(a.green() - b.green()), std::abs(a.blue() - b.blue())});
}

inline QPolygonF toPolygon(const QList<QPoint>& way) {
    QPolygonF polygon;
    for (const QPoint& at : way)
        polygon << at;
    return polygon;
}

/// A closed way that crosses itself, inside the part of the view free of panels.
inline QList<QPoint> figureOfEight() {
    QList<QPoint> way;
    for (int i = 0; i < 80; ++i) {
        const double t = 2 * M_PI * i / 80;
        way << QPoint(qRound(400 + 260 * std::sin(t)), qRound(340 + 200 * std::sin(2 * t)));
    }
    return way;
}

} // namespace galatea
