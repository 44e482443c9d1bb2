// Drawing points in memory: what comes of it, in slices, on several threads, stopped and gone on with; and
// counts.
#include "tests/widgets/map_fixture.h"
#include "tests/widgets/plain_drawing.h"
#include "widgets/map/density_shading.h"
#include "widgets/map/point_painter.h"

#include <QTest>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace galatea;

namespace {

constexpr int width = 500, height = 400;

PaintEye eyeOn(const PointStore& store) {
    MapCamera camera;
    camera.setDimensions(store.dimensions());
    camera.setViewport({width, height});
    MapPlace middle{};
    for (size_t k = 0; k < 3; ++k)
        middle[k] = 0.5 * (store.lowest()[k] + store.highest()[k]);
    camera.setExtent(middle, 12);
    camera.fit(store.bulkLow(), store.bulkHigh(), 20, 20, 20, 20);
    camera.orbit({30, 12});
    camera.zoom(1.4, {200, 180}); // some lie outside
    PaintEye eye;
    eye.projector = camera.projector();
    eye.width = width;
    eye.height = height;
    eye.ground = {14, 18, 26, 255};
    if (store.dimensions() == 3) {
        eye.reference = camera.distance();
        eye.nearest = camera.clippingRange()[0];
        eye.farthest = camera.clippingRange()[1];
    }
    return eye;
}

void colourByClass(PointStore& store, int64_t count) {
    store.setClasses(classOfRows(count), classes);
    store.setTints([&](uint32_t slot, uint32_t) {
        const int k = store.classAt()[slot];
        return Rgba{static_cast<uint8_t>(40 + 50 * k), static_cast<uint8_t>(240 - 45 * k),
                    static_cast<uint8_t>(90 * k % 256), static_cast<uint8_t>(k == 3 ? 130 : 255)};
    });
}

/// All points of a stratum as the documentation of PointPainter has them.
std::vector<PlainPoint> plainPoints(const PaintEye& eye, const Stratum& stratum, const Array& coordinates,
                                    uint32_t rounds = ~0U) {
    const TileOrder order = tileOrder(coordinates);
    std::vector<PlainPoint> points;
    for (uint32_t round = 0; round < std::min(rounds, order.rounds); ++round)
        for (const Tile& tile : order.tiles)
            for (uint32_t slot = order.slotAfter(tile, round); slot < order.slotAfter(tile, round + 1);
                 ++slot) {
                const int64_t row = order.rowOf[slot];
                if ((stratum.store->flagsOf(row) & stratum.mask) != stratum.wanted)
                    continue;
                PlainPoint p;
                const float z = coordinates.dim(1) == 3 ? coordinates.at(row, 2) : 0;
                if (!eye.projector(coordinates.at(row, 0), coordinates.at(row, 1), z, p.x, p.y, p.depth))
                    continue;
                p.colour = stratum.colour.value_or(stratum.store->tintOf(row));
                p.diameter = stratum.diameter;
                p.opacity = stratum.opacity;
                points.push_back(p);
            }
    if (!eye.inSpace())
        return points;
    std::stable_sort(points.begin(), points.end(),
                     [](const PlainPoint& a, const PlainPoint& b) { return a.depth > b.depth; });
    for (PlainPoint& p : points) {
        p.diameter *= std::clamp(eye.reference / p.depth, 0.4, 4.0);
        if (p.diameter > 1.5)
            p.diameter = std::round(p.diameter * 4) / 4;
        const double fade =
            0.42 * std::clamp((p.depth - eye.nearest) / (eye.farthest - eye.nearest), 0.0, 1.0);
        const auto faded = [&](uint8_t c, uint8_t ground) {
            return static_cast<uint8_t>(std::lround(c + (ground - c) * fade));
        };
        p.colour.r = faded(p.colour.r, eye.ground.r);
        p.colour.g = faded(p.colour.g, eye.ground.g);
        p.colour.b = faded(p.colour.b, eye.ground.b);
    }
    return points;
}

QImage resolved(PointPainter& painter, const PaintEye& eye) {
    QImage ink(eye.width, eye.height, QImage::Format_RGBA8888_Premultiplied);
    painter.resolve(ink.bits());
    QImage image(eye.width, eye.height, QImage::Format_RGB32);
    for (int y = 0; y < eye.height; ++y)
        for (int x = 0; x < eye.width; ++x) {
            const uint8_t* p = ink.constScanLine(y) + 4 * x;
            const int rest = 255 - p[3];
            image.setPixel(x, y,
                           qRgb(p[0] + rest * eye.ground.r / 255, p[1] + rest * eye.ground.g / 255,
                                p[2] + rest * eye.ground.b / 255));
        }
    return image;
}

std::vector<uint8_t> bytesOf(PointPainter& painter) {
    std::vector<uint8_t> bytes(size_t{4} * width * height);
    painter.resolve(bytes.data());
    return bytes;
}

} // namespace

class TestMapPainter : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void looks_data() {
        QTest::addColumn<int>("dimensions");
        QTest::addColumn<double>("diameter");
        QTest::addColumn<double>("opacity");
        for (const int dimensions : {2, 3}) {
            const QByteArray where = dimensions == 2 ? "plane" : "space";
            QTest::newRow(where + ", dust") << dimensions << 1.0 << 0.6;
            QTest::newRow(where + ", small") << dimensions << 2.0 << 0.5;
            QTest::newRow(where + ", with rims") << dimensions << 7.0 << 0.8;
            QTest::newRow(where + ", large") << dimensions << 26.0 << 0.3;
            QTest::newRow(where + ", opaque") << dimensions << 3.5 << 1.0;
        }
    }

    /// Classes of several colours and one of them faint, one hidden, some selected above grey context.
    void equalsAPlainDrawing_data() { looks_data(); }
    void equalsAPlainDrawing() {
        QFETCH(int, dimensions);
        QFETCH(double, diameter);
        QFETCH(double, opacity);
        const int64_t count = diameter > 20 ? 3000 : 20'000;
        const Array points = clusters(count, dimensions);
        PointStore store;
        store.setCoordinates(points);
        colourByClass(store, count);
        store.setClassShown({true, false, true, true, true});
        std::vector<long long> selected;
        for (int64_t row = 0; row < count; row += 9)
            selected.push_back(row);
        store.setSelection(selected);
        const PaintEye eye = eyeOn(store);
        Stratum context, chosen;
        context.store = chosen.store = &store;
        context.mask = chosen.mask = hiddenFlags | Selected;
        chosen.wanted = Selected;
        context.diameter = chosen.diameter = diameter;
        context.opacity = chosen.opacity = opacity;
        context.rim = chosen.rim = diameter > 4;
        PlainPicture plain(width, height, eye.ground);
        for (const Stratum& stratum : {context, chosen})
            for (const PlainPoint& point : plainPoints(eye, stratum, points))
                plain.add(point, stratum.rim);
        PointPainter painter(2);
        painter.begin(eye, {context, chosen});
        painter.paintAll();
        const QImage image = resolved(painter, eye);
        const QRect all(0, 0, width, height);
        const PictureDifference same = compare(plain, image, all);
        // In space two points may lie in one of the 4,194,304 steps of depth; nothing else is left to chance.
        QVERIFY2(same.mean < 0.6 && same.beyond <= (dimensions == 3 ? 40 : 0),
                 qPrintable(QString("%1 %2 %3").arg(same.mean).arg(same.largest).arg(same.beyond)));
        // A picture without one point in fifty is told apart.
        std::vector<bool> filter(static_cast<size_t>(count), true);
        for (int64_t row = 0; row < count; row += 50)
            filter[static_cast<size_t>(row)] = false;
        store.setFilter(filter);
        painter.begin(eye, {context, chosen});
        painter.paintAll();
        QVERIFY(compare(plain, resolved(painter, eye), all).beyond > 300);
    }

    void threadsAndSlicesMakeNoDifference_data() {
        QTest::addColumn<int>("dimensions");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }
    void threadsAndSlicesMakeNoDifference() {
        QFETCH(int, dimensions);
        const int64_t count = 700'000; // in space: more than one slab
        PointStore store;
        store.setCoordinates(clusters(count, dimensions));
        colourByClass(store, count);
        const PaintEye eye = eyeOn(store);
        Stratum all;
        all.store = &store;
        all.opacity = 0.3;
        PointPainter alone(1), three(3);
        alone.begin(eye, {all});
        alone.paintAll();
        const std::vector<uint8_t> wanted = bytesOf(alone);
        three.begin(eye, {all});
        three.paintFor(0);
        QVERIFY(!three.complete() && three.fraction() > 0);
        QVERIFY(bytesOf(three) != wanted);
        int slices = 0;
        while (!three.complete()) { // as the window does it, and now and then stopped at once
            std::mutex lock;
            std::condition_variable woken;
            bool done = false;
            three.refine(1, [&] {
                const std::lock_guard guard(lock);
                done = true;
                woken.notify_all();
            });
            if (++slices < 4) // in space what is stopped half-way begins anew
                three.stop();
            std::unique_lock guard(lock);
            woken.wait(guard, [&] { return done; });
            guard.unlock();
            three.stop();
            QVERIFY(slices < 5000);
        }
        QVERIFY(slices > 1);
        QVERIFY(bytesOf(three) == wanted);
    }

    /// What a moving view shows is the picture of its first rounds, which are a fair sample (test_map_order).
    void aPartIsThePictureOfTheFirstRounds_data() { threadsAndSlicesMakeNoDifference_data(); }
    void aPartIsThePictureOfTheFirstRounds() {
        QFETCH(int, dimensions);
        const int64_t count = 300'000;
        const Array points = clusters(count, dimensions);
        PointStore store;
        store.setCoordinates(points);
        colourByClass(store, count);
        const PaintEye eye = eyeOn(store);
        Stratum all;
        all.store = &store;
        all.opacity = 0.8;
        PointPainter painter(2);
        painter.begin(eye, {all});
        painter.paintFor(0);
        const auto rounds = static_cast<uint32_t>(std::lround(painter.fraction() * store.order().rounds));
        QVERIFY(rounds >= 1 && rounds < store.order().rounds);
        PlainPicture plain(width, height, eye.ground);
        for (const PlainPoint& point : plainPoints(eye, all, points, rounds))
            plain.add(point, false);
        const PictureDifference same = compare(plain, resolved(painter, eye), QRect(0, 0, width, height));
        QVERIFY2(same.mean < 0.6 && same.beyond < 40,
                 qPrintable(QString("%1 %2").arg(same.mean).arg(same.beyond)));
    }

    void stoppedInSpaceNothingIsLost() {
        PointStore store;
        store.setCoordinates(clusters(400'000, 3));
        colourByClass(store, 400'000);
        const PaintEye eye = eyeOn(store);
        Stratum all;
        all.store = &store;
        PointPainter painter(2);
        painter.begin(eye, {all});
        for (int k = 0; k < 20; ++k) {
            painter.refine(1, {});
            painter.stop(); // most likely amid the work
        }
        painter.paintAll();
        const std::vector<uint8_t> bytes = bytesOf(painter);
        PointPainter other(2);
        other.begin(eye, {all});
        other.paintAll();
        QVERIFY(bytes == bytesOf(other));
    }

    void countsAreAHistogram_data() { threadsAndSlicesMakeNoDifference_data(); }
    void countsAreAHistogram() {
        QFETCH(int, dimensions);
        const int64_t count = 200'000;
        Array points = clusters(count, dimensions);
        points.at(77, 1) = std::numeric_limits<float>::quiet_NaN();
        PointStore store;
        store.setCoordinates(points);
        store.setClasses(classOfRows(count), classes);
        store.setClassShown({true, true, false, true, true});
        const PaintEye eye = eyeOn(store);
        Stratum all;
        all.store = &store;
        all.density = true;
        PointPainter painter(3);
        painter.begin(eye, {all});
        painter.paintAll();
        std::vector<uint32_t> wanted(size_t{width} * height, 0);
        uint32_t inView = 0;
        for (int64_t row = 0; row < count; ++row) {
            double x = 0, y = 0, depth = 0;
            const float z = dimensions == 3 ? points.at(row, 2) : 0;
            if (row == 77 || row * classes / count == 2 ||
                !eye.projector(points.at(row, 0), points.at(row, 1), z, x, y, depth) || x < 0 || y < 0 ||
                x >= width || y >= height)
                continue;
            ++inView;
            ++wanted[static_cast<size_t>(y) * width + static_cast<size_t>(x)];
        }
        QVERIFY(inView > 50'000 && inView < 160'000);
        QVERIFY(painter.sheet(0).counts == wanted);
    }

    void densityIsLogarithmicAndKeepsItsSum() {
        Sheet sheet;
        constexpr int side = 180;
        sheet.resize(side, side, true);
        std::fill(sheet.counts.begin(), sheet.counts.end(), 30);
        for (int k = 0; k < side; ++k)
            sheet.counts[static_cast<size_t>(90 * side + k)] = 900;
        PaintCrew crew(2);
        DensityShading shading;
        std::vector<uint8_t> rgba(size_t{4} * side * side);
        DensityLook look;
        QCOMPARE(DensityShading::smoothingFor(sheet), 0.0); // dense enough as it is
        shading.shade(sheet, look, crew, false, rgba.data());
        QCOMPARE(shading.most(), 900.0);
        const auto at = [&](int x, int y) {
            const uint8_t* p = rgba.data() + 4 * (y * side + x);
            return Rgba{p[0], p[1], p[2], p[3]};
        };
        const auto like = [](const Rgba& a, const Rgba& b) {
            return std::abs(a.r - b.r) + std::abs(a.g - b.g) + std::abs(a.b - b.b) < 8;
        };
        QVERIFY(like(at(5, 90), densityColour(look.map, 1, true)));
        QVERIFY(
            like(at(5, 5),
                 densityColour(look.map, std::log1p(30 / shading.least()) / std::log1p(900 / shading.least()),
                               true)));
        // One point alone becomes a soft spot whose densities add up to it.
        std::fill(sheet.counts.begin(), sheet.counts.end(), 0);
        sheet.counts[90 * side + 90] = 1;
        QVERIFY(DensityShading::smoothingFor(sheet) > 5);
        shading.shade(sheet, look, crew, false, rgba.data());
        QVERIFY(shading.most() < 0.01 && shading.most() > 0.0005);
        QVERIFY(at(90, 90).a > 160 && at(2, 2).a == 0);
        const auto alike = [&](const Rgba& a, const Rgba& b) { return std::abs(a.a - b.a) < 12; };
        QVERIFY(at(100, 90).a < at(90, 90).a - 10);
        QVERIFY(alike(at(100, 90), at(80, 90)) && alike(at(90, 100), at(90, 80)) &&
                alike(at(100, 90), at(90, 100)));
    }
};

QTEST_GUILESS_MAIN(TestMapPainter)
#include "test_map_painter.moc"
