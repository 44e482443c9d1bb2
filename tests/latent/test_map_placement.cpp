// Between latents and a map, both ways.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "latent/map_placement.h"
#include "nn/device.h"

using namespace galatea;

namespace {

Array drawn(int64_t rows, int64_t columns, const char* name) {
    Array array({rows, columns});
    RandomStream random(5, name);
    for (float& value : array.values())
        value = static_cast<float>(random.normal());
    return array;
}

/// A smooth map of the plane in which five latents lie: rotated, stretched, bent.
Array bent(const Array& uv) {
    Array map({uv.dim(0), 2});
    for (int64_t i = 0; i < uv.dim(0); ++i) {
        const double u = uv.at(i, 0), v = uv.at(i, 1);
        map.at(i, 0) = static_cast<float>(3 * u + v);
        map.at(i, 1) = static_cast<float>(v - 0.3 * u * u);
    }
    return map;
}

Array inFive(const Array& uv) {
    Array z({uv.dim(0), 5});
    for (int64_t i = 0; i < uv.dim(0); ++i) {
        const float u = uv.at(i, 0), v = uv.at(i, 1);
        const float values[] = {u, v, u + v, u - v, 0.5f * u};
        std::copy(std::begin(values), std::end(values), z.data() + 5 * i);
    }
    return z;
}

double rootMeanSquare(const Array& a, const Array& b) {
    double sum = 0;
    for (size_t i = 0; i < a.values().size(); ++i)
        sum += std::pow(double(a.values()[i]) - double(b.values()[i]), 2);
    return std::sqrt(sum / static_cast<double>(a.dim(0)));
}

} // namespace

class TestMapPlacement : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(2); }

    void objectsLieWhereTheyAre() {
        const Array z = drawn(200, 5, "z"), map = drawn(200, 2, "map");
        const MapPlacement placement(z, map);
        const MapPlacement::OnMap there = placement.place(z);
        const MapPlacement::InLatents back = placement.invert(map);
        QVERIFY(rootMeanSquare(there.places, map) < 1e-6);
        QVERIFY(rootMeanSquare(back.latents, z) < 1e-6);
        const MapPlacement::OnMap unmeasured = placement.place(z, {}, false);
        QVERIFY(unmeasured.offData.empty() && rootMeanSquare(unmeasured.places, there.places) == 0);
        for (size_t i = 0; i < 200; ++i) {
            QCOMPARE(there.offData[i], 0.0);
            QVERIFY(back.spread[i] < 1e-6);
        }
    }

    void newObjectsFollowASmoothMap() {
        const Array known = drawn(4000, 2, "known");
        Array fresh = drawn(300, 2, "fresh");
        for (float& value : fresh.values())
            value *= 0.7f; // inside, where there are neighbours on all sides
        const MapPlacement placement(inFive(known), bent(known));
        const MapPlacement::OnMap there = placement.place(inFive(fresh));
        const MapPlacement::InLatents back = placement.invert(bent(fresh));
        QVERIFY2(rootMeanSquare(there.places, bent(fresh)) < 0.08, // the map is some 18 units wide
                 qPrintable(QString::number(rootMeanSquare(there.places, bent(fresh)))));
        QVERIFY2(rootMeanSquare(back.latents, inFive(fresh)) < 0.06,
                 qPrintable(QString::number(rootMeanSquare(back.latents, inFive(fresh)))));
        // By the nearest object alone it would be worse: what is between the objects is drawn between them.
        const MapPlacement one(inFive(known), bent(known), 1);
        QVERIFY(rootMeanSquare(one.invert(bent(fresh)).latents, inFive(fresh)) >
                1.5 * rootMeanSquare(back.latents, inFive(fresh)));
    }

    void theDistanceTellsWhereTheDataEnd() {
        const Array known = drawn(3000, 2, "known");
        const MapPlacement placement(inFive(known), known);
        Array places({4, 2});
        const float at[] = {0, 0, 0.5f, -0.5f, 8, 8, 30, 0};
        std::copy(std::begin(at), std::end(at), places.data());
        const MapPlacement::InLatents back = placement.invert(places);
        QVERIFY(back.offData[0] < 2 && back.offData[1] < 2);
        QVERIFY(back.offData[2] > 3 && back.offData[3] > back.offData[2]);
        Array far({1, 5});
        far.at(0, 2) = 50;
        QVERIFY(placement.place(far).offData[0] > 3);
        double sum = 0; // of others drawn alike: about a half
        for (const double off : placement.invert(drawn(400, 2, "again")).offData)
            sum += off / 400;
        QVERIFY2(sum > 0.3 && sum < 1, qPrintable(QString::number(sum)));
    }

    void betweenTwoGroupsItJoinsTheLarger() {
        // Ten near objects on the left of the map and five on the right: a mean would fall between them.
        Array z({40, 2}), map({40, 2});
        RandomStream random(9, "groups");
        for (int64_t i = 0; i < 40; ++i) {
            z.at(i, 0) = static_cast<float>(i < 15 ? 1 + 0.01 * random.normal() : 50 + random.normal());
            z.at(i, 1) = static_cast<float>(0.01 * random.normal());
            map.at(i, 0) = i < 10 ? -10.0f : i < 15 ? 10.0f : 30.0f;
        }
        Array fresh({1, 2});
        fresh.at(0, 0) = 2;
        QVERIFY(std::abs(MapPlacement(z, map).place(fresh).places.at(0, 0) + 10) < 0.5);
    }

    void twinsAndFewObjects() {
        Array z({4, 3}), map({4, 2});
        map.at(0, 0) = 1;
        map.at(1, 0) = 2;
        map.at(2, 0) = 6; // all four have the same latents
        const MapPlacement::OnMap there = MapPlacement(z, map, 50).place(Array({1, 3}));
        for (const float value : there.places.values())
            QVERIFY(std::isfinite(value));
        QVERIFY(there.places.at(0, 0) >= 0 && there.places.at(0, 0) <= 6);
        QVERIFY_EXCEPTION_THROWN(MapPlacement(z, Array({3, 2})), UsageError);
        QVERIFY_EXCEPTION_THROWN(MapPlacement(z, map).place(Array({1, 4})), UsageError);
        Array broken({1, 2});
        broken.at(0, 1) = NAN;
        QVERIFY_EXCEPTION_THROWN(MapPlacement(z, map).invert(broken), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestMapPlacement)
#include "test_map_placement.moc"
