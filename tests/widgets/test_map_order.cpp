// The order a map keeps its points in: every row once, tiles that hold what they say, fair samples; and
// picking and outlines in a million points against a look at every one.
#include "widgets/map/map_camera.h"
#include "widgets/map/picking.h"
#include "widgets/map/point_store.h"
#include "widgets/map/tile_bounds.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace galatea;

namespace {

/// A dense core, a wide halo, a line of equal places and a few strays.
Array skewedPoints(int64_t count, int dimensions) {
    std::mt19937 engine(41);
    std::normal_distribution<float> normal;
    Array points({count, dimensions});
    for (int64_t row = 0; row < count; ++row)
        for (int k = 0; k < dimensions; ++k) {
            const float spread = row % 3 == 0 ? 0.02F : 4;
            points.at(row, k) = row % 17 == 0 ? 1.5F : spread * normal(engine) + static_cast<float>(row % 5);
        }
    for (int64_t row = 5; row < count; row += count / 4)
        points.at(row, 0) = 1e4F;
    for (int64_t row = 11; row < count; row += 1000)
        points.at(row, dimensions - 1) = std::numeric_limits<float>::quiet_NaN();
    return points;
}

/// Chi-square of counts against equal expectations.
double chiSquare(const std::vector<double>& counts) {
    double total = 0, sum = 0;
    for (const double count : counts)
        total += count;
    const double expected = total / static_cast<double>(counts.size());
    for (const double count : counts)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

MapCamera cameraOn(const PointStore& store) {
    MapCamera camera;
    camera.setDimensions(store.dimensions());
    camera.setViewport({900, 600});
    MapPlace middle{};
    for (size_t k = 0; k < 3; ++k)
        middle[k] = 0.5 * (store.lowest()[k] + store.highest()[k]);
    camera.setExtent(middle, 1e4);
    camera.fit(store.bulkLow(), store.bulkHigh(), 40, 40, 40, 40);
    return camera;
}

} // namespace

class TestMapOrder : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyRowIsKeptOnce_data() {
        QTest::addColumn<qint64>("count");
        QTest::addColumn<int>("dimensions");
        for (const qint64 count : {qint64{1}, qint64{2}, qint64{7}, qint64{4096}, qint64{300'000}})
            for (const int dimensions : {2, 3})
                QTest::addRow("%lld in %d", count, dimensions) << count << dimensions;
    }
    void everyRowIsKeptOnce() {
        QFETCH(qint64, count);
        QFETCH(int, dimensions);
        const Array points =
            count < 100 ? skewedPoints(1000, dimensions).slice(0, count) : skewedPoints(count, dimensions);
        const TileOrder order = tileOrder(points);
        std::vector<int> seen(static_cast<size_t>(count), 0);
        uint32_t slot = 0, wrong = 0;
        for (const Tile& tile : order.tiles) {
            QCOMPARE(tile.begin, slot);
            for (; slot < tile.end; ++slot) {
                const uint32_t row = order.rowOf[slot];
                ++seen[row];
                const float at[3]{order.x[slot], order.y[slot], dimensions == 3 ? order.z[slot] : 0};
                for (int k = 0; k < dimensions; ++k)
                    wrong += at[k] != points.at(row, k);
                for (size_t k = 0; k < 3; ++k)
                    wrong += !(at[k] >= tile.low[k] && at[k] <= tile.high[k]);
                wrong += order.slotOf[row] != slot;
            }
        }
        QCOMPARE(slot, order.finite);
        for (; slot < count; ++slot) {
            ++seen[order.rowOf[slot]];
            wrong += order.slotOf[order.rowOf[slot]] != slot;
            wrong += std::isfinite(points.at(order.rowOf[slot], dimensions - 1));
        }
        QCOMPARE(wrong, 0U);
        QVERIFY(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
        if (count > tileLimit)
            QVERIFY(order.tiles.size() > 30);
        for (const Tile& tile : order.tiles) { // rounds part every tile from end to end
            QCOMPARE(order.slotAfter(tile, 0), tile.begin);
            QCOMPARE(order.slotAfter(tile, order.rounds), tile.end);
            for (uint32_t round = 0; round < order.rounds; ++round)
                QVERIFY(order.slotAfter(tile, round) <= order.slotAfter(tile, round + 1));
        }
    }

    void tilesHoldAboutAsManyEach() {
        const TileOrder order = tileOrder(skewedPoints(400'000, 2).slice(0, 400'000));
        const double mean = 400'000.0 / static_cast<double>(order.tiles.size());
        size_t large = 0;
        for (const Tile& tile : order.tiles)
            large += tile.size() > 2 * mean;
        // All but those that hold the many points of one and the same place.
        QVERIFY2(large < order.tiles.size() / 20, qPrintable(QString::number(large)));
    }

    /// The first rounds hold of every stretch of the file, and of every part of the map, their share.
    void firstRoundsAreAFairSample() {
        const int64_t count = 1'000'000;
        std::mt19937 engine(5);
        std::uniform_real_distribution<float> anywhere;
        Array points({count, 2});
        for (float& value : points.values())
            value = anywhere(engine);
        const TileOrder order = tileOrder(points);
        QVERIFY(order.rounds > 8);
        std::vector<double> stretches(100, 0), cells(400, 0), classes(3, 0);
        int64_t sampled = 0;
        for (const Tile& tile : order.tiles)
            for (uint32_t slot = tile.begin; slot < order.slotAfter(tile, 2); ++slot, ++sampled) {
                const uint32_t row = order.rowOf[slot];
                ++stretches[row / (count / 100)];
                ++classes[row % 3];
                ++cells[static_cast<size_t>(order.x[slot] * 20) * 20 +
                        static_cast<size_t>(order.y[slot] * 20)];
            }
        const double expected = 2.0 * static_cast<double>(count) / order.rounds;
        QVERIFY(std::abs(static_cast<double>(sampled) - expected) < 0.01 * expected);
        // Upper 0.1 % points of chi-square with 99, 399 and 2 degrees of freedom.
        QVERIFY2(chiSquare(stretches) < 148.2, qPrintable(QString::number(chiSquare(stretches))));
        QVERIFY2(chiSquare(cells) < 492, qPrintable(QString::number(chiSquare(cells))));
        QVERIFY2(chiSquare(classes) < 13.8, qPrintable(QString::number(chiSquare(classes))));
    }

    /// Few points per tile and round: the shares are rounded without favour, so that no place is left out.
    void smallTilesGetTheirShareToo() {
        const TileOrder order = tileOrder(skewedPoints(1'000'000, 2));
        double sampled = 0;
        for (const Tile& tile : order.tiles)
            sampled += order.slotAfter(tile, 1) - tile.begin;
        const double expected = static_cast<double>(order.finite) / order.rounds;
        const double scatter = 4 * std::sqrt(0.25 * static_cast<double>(order.tiles.size()));
        QVERIFY2(std::abs(sampled - expected) < scatter + 1,
                 qPrintable(QString("%1 %2").arg(sampled).arg(expected)));
    }

    void boundsHoldTheirPoints() {
        PointStore store;
        store.setCoordinates(skewedPoints(300'000, 3));
        MapCamera camera = cameraOn(store);
        int checked = 0;
        for (int round = 0; round < 4; ++round) {
            camera.orbit({50, 20});
            camera.zoom(round == 3 ? 200 : 1.5, {400, 300}); // at last amid the points
            const MapProjector projector = camera.projector();
            int wrong = 0;
            for (const Tile& tile : store.order().tiles) {
                const TileBounds bounds = boundsOf(tile, projector);
                for (uint32_t slot = tile.begin; slot < tile.end; slot += 7) {
                    double x = 0, y = 0, depth = 0;
                    if (!projector(store.order().x[slot], store.order().y[slot], store.order().z[slot], x, y,
                                   depth))
                        continue;
                    ++checked;
                    wrong += x < bounds.left || x > bounds.right || y < bounds.top || y > bounds.bottom ||
                             depth < bounds.nearest || depth > bounds.farthest;
                }
            }
            QCOMPARE(wrong, 0);
        }
        QVERIFY(checked > 10'000);
    }

    void aMillionPickedAndOutlined_data() {
        QTest::addColumn<int>("dimensions");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }
    void aMillionPickedAndOutlined() {
        QFETCH(int, dimensions);
        PointStore store;
        const int64_t count = 1'000'000;
        const Array points = skewedPoints(count, dimensions);
        store.setCoordinates(points);
        std::vector<int> classes(static_cast<size_t>(count));
        for (size_t row = 0; row < classes.size(); ++row)
            classes[row] = static_cast<int>(row % 4);
        store.setClasses(classes, 4);
        store.setClassShown({true, true, false, true});
        MapCamera camera = cameraOn(store);
        camera.orbit({40, 10});
        const MapProjector projector = camera.projector();
        std::vector<QPointF> screen(static_cast<size_t>(count), {1e9, 1e9});
        for (int64_t row = 0; row < count; ++row) { // the array, not the store, is what is looked at
            double x = 0, y = 0, depth = 0;
            const float z = dimensions == 3 ? points.at(row, 2) : 0;
            if (row % 4 != 2 && std::isfinite(points.at(row, dimensions - 1)) &&
                projector(points.at(row, 0), points.at(row, 1), z, x, y, depth))
                screen[static_cast<size_t>(row)] = {x, y};
        }
        std::mt19937 engine(3);
        std::uniform_real_distribution<double> across(0, 900), down(0, 600);
        int hits = 0;
        for (int k = 0; k < 40; ++k) {
            const QPointF at(across(engine), down(engine));
            int64_t nearest = -1;
            double best = 6 * 6;
            for (size_t row = 0; row < screen.size(); ++row) {
                const QPointF d = screen[row] - at;
                if (const double square = QPointF::dotProduct(d, d); square < best) {
                    best = square;
                    nearest = static_cast<int64_t>(row);
                }
            }
            QCOMPARE(nearestRow(store, projector, at, 6), nearest);
            hits += nearest >= 0;
        }
        QVERIFY(hits > 10);
        QPolygonF outline;
        for (int k = 0; k < 90; ++k)
            outline << QPointF(450.3 + 300 * std::sin(0.0698 * k), 300.7 + 200 * std::sin(0.1396 * k + 0.1));
        std::vector<qint64> expected;
        for (size_t row = 0; row < screen.size(); ++row)
            if (outline.containsPoint(screen[row], Qt::OddEvenFill))
                expected.push_back(static_cast<qint64>(row));
        QVERIFY(expected.size() > 10'000);
        QCOMPARE(rowsInsidePolygon(store, projector, outline), expected);
    }
};

QTEST_GUILESS_MAIN(TestMapOrder)
#include "test_map_order.moc"
