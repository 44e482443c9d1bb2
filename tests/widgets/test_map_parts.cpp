// The map without a window: its camera, its points, picking and colours.
#include "widgets/charts/ticks.h"
#include "widgets/map/colouring.h"
#include "widgets/map/map_camera.h"
#include "widgets/map/palette.h"
#include "widgets/map/picking.h"
#include "widgets/map/point_store.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace galatea;

namespace {

Array randomPoints(int64_t count, int dimensions, unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    Array points({count, dimensions});
    for (int64_t row = 0; row < count; ++row)
        for (int k = 0; k < dimensions; ++k)
            points.at(row, k) = 3 * normal(engine) + static_cast<float>(row % 5);
    return points;
}

MapCamera cameraOn(const PointStore& store) {
    MapCamera camera;
    camera.setDimensions(store.dimensions());
    camera.setViewport({900, 600});
    MapPlace middle{};
    for (size_t k = 0; k < 3; ++k)
        middle[k] = 0.5 * (store.lowest()[k] + store.highest()[k]);
    camera.setExtent(middle, 30);
    camera.fit(store.bulkLow(), store.bulkHigh(), 40, 40, 40, 40);
    return camera;
}

bool onScreen(const MapCamera& camera, const PointStore& store, int64_t row, QPointF& at) {
    const MapPlace p = store.placeOf(row);
    double x = 0, y = 0, depth = 0;
    const bool front = camera.projector()(p[0], p[1], p[2], x, y, depth);
    at = {x, y};
    return front;
}

/// The plain way: look at every row.
int64_t nearestPlainly(const PointStore& store, const MapCamera& camera, const QPointF& position,
                       double radius) {
    int64_t found = -1;
    double best = radius * radius;
    for (int64_t row = 0; row < store.count(); ++row) {
        QPointF at;
        if (!store.isVisible(row) || !onScreen(camera, store, row, at))
            continue;
        const QPointF d = at - position;
        const double square = d.x() * d.x() + d.y() * d.y();
        if (square < best) {
            best = square;
            found = row;
        }
    }
    return found;
}

std::vector<int> visibleRows(const PointStore& store) {
    std::vector<int> rows;
    for (int64_t row = 0; row < store.count(); ++row)
        if (store.isVisible(row))
            rows.push_back(static_cast<int>(row));
    return rows;
}

double relativeLuminance(const QColor& colour) {
    const auto linear = [](double v) {
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double la = relativeLuminance(a) + 0.05, lb = relativeLuminance(b) + 0.05;
    return std::max(la, lb) / std::min(la, lb);
}

} // namespace

class TestMapParts : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void dimensions_data() {
        QTest::addColumn<int>("dimensions");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }

    void zoomKeepsThePlaceUnderTheCursor_data() { dimensions_data(); }
    void zoomKeepsThePlaceUnderTheCursor() {
        QFETCH(int, dimensions);
        PointStore store;
        store.setCoordinates(randomPoints(200, dimensions, 1));
        MapCamera camera = cameraOn(store);
        camera.orbit({37, -21});
        const QPointF cursor(210, 433);
        const MapPlace before = camera.unproject(cursor);
        for (const double factor : {1.7, 0.4, 5.0}) {
            camera.zoom(factor, cursor);
            double x = 0, y = 0, depth = 0;
            QVERIFY(camera.projector()(before[0], before[1], before[2], x, y, depth));
            QVERIFY2(std::hypot(x - cursor.x(), y - cursor.y()) < 1e-6,
                     qPrintable(QString::number(x - cursor.x())));
        }
    }

    void orbitStaysARotation() {
        MapCamera camera;
        camera.setDimensions(3);
        camera.setViewport({800, 800});
        for (int i = 0; i < 500; ++i)
            camera.orbit({13.0 * std::sin(i), 29.0 * std::cos(0.3 * i)});
        const auto& a = camera.axes();
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 3; ++j) {
                const double dot =
                    a[3 * i] * a[3 * j] + a[3 * i + 1] * a[3 * j + 1] + a[3 * i + 2] * a[3 * j + 2];
                QVERIFY(std::abs(dot - (i == j ? 1 : 0)) < 1e-9);
            }
        QVERIFY(std::abs(a[2]) < 1e-9); // the third axis never leans to a side
        const auto cross = a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
                           a[2] * (a[3] * a[7] - a[4] * a[6]);
        QVERIFY(cross > 0.999); // and no mirror
    }

    void dragToTheRightTurnsTheNearSideToTheRight() {
        MapCamera camera;
        camera.setDimensions(3);
        camera.setViewport({800, 800});
        const auto& axes = camera.axes();
        const MapPlace nearSide{0.3 * axes[6], 0.3 * axes[7], 0.3 * axes[8]};
        camera.orbit({20, 0});
        double x = 0, y = 0, depth = 0;
        QVERIFY(camera.projector()(nearSide[0], nearSide[1], nearSide[2], x, y, depth));
        QVERIFY(x > 400);
        camera.orbit({0, 20});
        double lower = 0;
        QVERIFY(camera.projector()(nearSide[0], nearSide[1], nearSide[2], x, lower, depth));
        QVERIFY(lower > y);
    }

    void fitShowsTheBulkInsideItsMargins_data() { dimensions_data(); }
    void fitShowsTheBulkInsideItsMargins() {
        QFETCH(int, dimensions);
        Array points = randomPoints(2000, dimensions, 3);
        points.at(0, 0) = 1e6F; // one stray point must not shrink all others to a dot
        PointStore store;
        store.setCoordinates(points);
        const MapCamera camera = cameraOn(store);
        QVERIFY(store.bulkHigh()[0] - store.bulkLow()[0] < 40);
        int inside = 0;
        double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
        for (int64_t row = 0; row < store.count(); ++row) {
            QPointF at;
            if (!onScreen(camera, store, row, at) || !QRectF(20, 20, 860, 560).contains(at))
                continue;
            ++inside;
            left = std::min(left, at.x());
            right = std::max(right, at.x());
            top = std::min(top, at.y());
            bottom = std::max(bottom, at.y());
        }
        QVERIFY(inside > 1900);
        QVERIFY(right - left > 300 && bottom - top > 300);
    }

    void aStoredViewIsTakenOnlyIfItIsOne() {
        MapCamera camera;
        camera.setDimensions(3);
        const auto axes = camera.axes();
        QVERIFY(camera.restore({1, 2, 3}, axes, 4));
        QCOMPARE(camera.visibleHeight(), 4.0);
        QVERIFY(!camera.restore({1, 2, 3}, {1, 0, 0, 0, 2, 0, 0, 0, 1}, 4));
        QVERIFY(!camera.restore({1, 2, 3}, axes, 0));
        QVERIFY(!camera.restore({std::nan(""), 2, 3}, axes, 5));
        QCOMPARE(camera.visibleHeight(), 4.0);
    }

    void wrongShapesAreRefused() {
        PointStore store;
        QVERIFY_EXCEPTION_THROWN(store.setCoordinates(Array({4, 4})), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(store.setCoordinates(Array({4, 1})), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(store.setCoordinates(Array(std::vector<int64_t>{4})), std::invalid_argument);
        store.setCoordinates(Array());
        QCOMPARE(store.count(), int64_t{0});
    }

    void visibilityJoinsFiniteClassAndFilter() {
        Array points = randomPoints(6, 2, 6);
        points.at(1, 1) = std::numeric_limits<float>::quiet_NaN();
        PointStore store;
        store.setCoordinates(points);
        store.setClasses({0, 0, 1, 1, 2, 7}, 3); // 7 is no class
        QCOMPARE(store.visibleCount(), int64_t{5});
        QCOMPARE(store.classCounts(), (std::vector<int64_t>{2, 2, 1}));
        store.setClassShown({true, false, true});
        QCOMPARE(visibleRows(store), (std::vector<int>{0, 4, 5}));
        store.setClassShown({false, false, true}); // shown alone: what has no class goes too
        QCOMPARE(visibleRows(store), (std::vector<int>{4}));
        store.setClassShown({true, true, true});
        store.setFilter({true, true, false, true, true, false});
        QCOMPARE(visibleRows(store), (std::vector<int>{0, 3, 4}));
        for (int64_t row = 0; row < 6; ++row)
            points.at(row, 0) += 3;
        store.setCoordinates(points); // an animated map: the same rows elsewhere
        QCOMPARE(visibleRows(store), (std::vector<int>{0, 3, 4}));
        QCOMPARE(store.classOf(3), 1);
    }

    void pickingFindsTheNearest_data() { dimensions_data(); }
    void pickingFindsTheNearest() {
        QFETCH(int, dimensions);
        Array points = randomPoints(3000, dimensions, 7);
        points.at(17, 0) = std::numeric_limits<float>::infinity();
        points.at(18, 0) = 1e5F;
        PointStore store;
        store.setCoordinates(points);
        std::vector<int> classes(3000);
        for (size_t row = 0; row < classes.size(); ++row)
            classes[row] = static_cast<int>(row % 3);
        store.setClasses(classes, 3);
        MapCamera camera = cameraOn(store);
        std::mt19937 engine(8);
        std::uniform_real_distribution<double> across(-20, 920), down(-20, 620);
        int hits = 0;
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < 100; ++i) {
                const QPointF at(across(engine), down(engine));
                const int64_t row = nearestRow(store, camera.projector(), at, 9);
                QCOMPARE(row, nearestPlainly(store, camera, at, 9));
                hits += row >= 0;
            }
            camera.orbit({31, 8});
            camera.zoom(1.3, {300, 300});
            camera.pan({-12, 5});
            if (round == 2)
                store.setClassShown({true, false, true});
        }
        QVERIFY(hits > 30);
    }

    void outlineTakesWhatLiesInside_data() { dimensions_data(); }
    void outlineTakesWhatLiesInside() {
        QFETCH(int, dimensions);
        PointStore store;
        store.setCoordinates(randomPoints(5000, dimensions, 9));
        std::vector<int> classes(5000, 0);
        std::fill(classes.begin() + 2000, classes.end(), 1);
        store.setClasses(classes, 2);
        store.setClassShown({false, true});
        const MapCamera camera = cameraOn(store);
        QPolygonF star; // crosses itself: its middle is outside by the even-odd rule
        for (int k = 0; k < 5; ++k) {
            const double angle = 0.3 + 2 * M_PI * 2 * k / 5;
            star << QPointF(450.3 + 230 * std::cos(angle), 300.7 + 230 * std::sin(angle));
        }
        std::vector<qint64> expected;
        for (int64_t row = 2000; row < 5000; ++row) {
            QPointF at;
            if (onScreen(camera, store, row, at) && star.containsPoint(at, Qt::OddEvenFill))
                expected.push_back(row);
        }
        QVERIFY(expected.size() > 50);
        QCOMPARE(rowsInsidePolygon(store, camera.projector(), star), expected);
        QVERIFY(rowsInsidePolygon(store, camera.projector(), QPolygonF{{0, 0}, {900, 600}}).empty());
    }

    void brushTakesWhatItPasses_data() { dimensions_data(); }
    void brushTakesWhatItPasses() {
        QFETCH(int, dimensions);
        PointStore store;
        store.setCoordinates(randomPoints(5000, dimensions, 10));
        const MapCamera camera = cameraOn(store);
        const QPolygonF stroke{{200, 150}, {520, 330}, {520, 330}, {300, 480}, {700, 500}};
        std::vector<qint64> expected;
        for (int64_t row = 0; row < store.count(); ++row) {
            QPointF at;
            if (!onScreen(camera, store, row, at))
                continue;
            // The nearest of many places along the line, well within a hundredth of a pixel.
            double least = 1e9;
            for (qsizetype i = 0; i + 1 < stroke.size(); ++i)
                for (int k = 0; k <= 4000; ++k)
                    least = std::min(
                        least, QLineF(at, stroke[i] + (stroke[i + 1] - stroke[i]) * (k / 4000.0)).length());
            if (std::abs(least - 17) < 0.01)
                QSKIP("a point lies on the brush's very edge");
            if (least < 17)
                expected.push_back(row);
        }
        QVERIFY(expected.size() > 100);
        QCOMPARE(rowsUnderStroke(store, camera.projector(), stroke, 17), expected);
        QVERIFY(rowsUnderStroke(store, camera.projector(), {}, 17).empty());
    }

    void ticksAreRoundAndInside() {
        const Ticks ticks = roundTicks(-3.3, 11.2, 7);
        QCOMPARE(ticks.values, (std::vector<double>{-2, 0, 2, 4, 6, 8, 10}));
        QCOMPARE(ticks.decimals, 0);
        const Ticks fine = roundTicks(0.501, 0.549, 5);
        QCOMPARE(fine.decimals, 2);
        QCOMPARE(fine.values.size(), size_t{4});
        QVERIFY(roundTicks(1, 1, 5).values.empty());
        QVERIFY(roundTicks(0, std::numeric_limits<double>::infinity(), 5).values.empty());
    }

    void valuesAreColouredAlongTheMap() {
        PointStore store;
        store.setCoordinates(randomPoints(5, 2, 11));
        Colouring colouring;
        colouring.setValues({0, 1, 2, 3, std::nan("")}, "z", MapColourMap::Viridis);
        colouring.low = 0;
        colouring.high = 3;
        colouring.tint(store, true);
        const auto same = [](const Rgba& a, const Rgba& b) {
            return std::abs(a.r - b.r) <= 1 && std::abs(a.g - b.g) <= 1 && std::abs(a.b - b.b) <= 1;
        };
        for (int k = 0; k < 4; ++k)
            QVERIFY(same(store.tintOf(k), colourAlong(MapColourMap::Viridis, k / 3.0, true)));
        QVERIFY(same(store.tintOf(4), toRgba(contextColour(true))));
    }

    void paletteIsDistinctAndLegible() {
        std::set<QRgb> seen;
        for (size_t k = 0; k < paletteSize; ++k) {
            seen.insert(paletteColour(k).rgb());
            QVERIFY(contrast(paletteColour(k), QColor(14, 18, 26)) > 2);
            QVERIFY(contrast(paletteColour(k), QColor(250, 251, 253)) > 2);
        }
        QCOMPARE(static_cast<int>(seen.size()), paletteSize);
        QVERIFY(paletteColour(paletteSize) != paletteColour(0));
    }
};

QTEST_GUILESS_MAIN(TestMapParts)
#include "test_map_parts.moc"
