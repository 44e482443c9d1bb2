#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "latent/neighbors.h"
#include "mixture/row_blocks.h"

using namespace galatea;

namespace {

Array randomRows(int64_t rows, int64_t dims, uint64_t seed) {
    RandomStream random(seed, "rows");
    Array z({rows, dims});
    for (float& value : z.values())
        value = static_cast<float>(random.normal());
    return z;
}

double distanceOf(const Array& a, const Array& b) {
    double sum = 0;
    for (int64_t d = 0; d < a.dim(0); ++d)
        sum += std::pow(static_cast<double>(a.at(d)) - b.at(d), 2);
    return std::sqrt(sum);
}

/// A square grid of points, `step` apart.
Array grid(int64_t side, float step) {
    Array z({side * side, 2});
    for (int64_t i = 0; i < side * side; ++i) {
        z.at(i, 0) = step * static_cast<float>(i % side);
        z.at(i, 1) = step * static_cast<float>(i / side);
    }
    return z;
}

} // namespace

class TestNeighbors : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void agreesWithSortingAllDistances();
    void tiesComeInRowOrder();
    void manyQueriesFindTheSameRows();
    void ownRowCanBeLeftOut();
    void fewerRowsThanAskedFor();
    void spacingOfAGrid();
    void distanceIsInUnitsOfTheSpacing();
    void nonsenseIsRefused();
};

void TestNeighbors::agreesWithSortingAllDistances() {
    const Array z = randomRows(5000, 7, 1), query = randomRows(1, 7, 2).row(0);
    std::vector<std::pair<double, int64_t>> all;
    for (int64_t n = 0; n < z.dim(0); ++n)
        all.emplace_back(distanceOf(z.row(n), query), n);
    std::sort(all.begin(), all.end());
    for (const int threads : {1, 3}) {
        setRowThreads(threads);
        const auto found = nearestNeighbors(z, query, 25);
        QCOMPARE(found.size(), size_t{25});
        for (size_t i = 0; i < found.size(); ++i) {
            QCOMPARE(found[i].row, all[i].second);
            QVERIFY(std::abs(found[i].distance - all[i].first) < 1e-12);
        }
    }
    setRowThreads(0);
}

void TestNeighbors::tiesComeInRowOrder() {
    const auto found = nearestNeighbors(Array({4000, 1}), Array({1}, {2}), 3);
    for (size_t i = 0; i < 3; ++i) {
        QCOMPARE(found[i].row, static_cast<int64_t>(i));
        QCOMPARE(found[i].distance, 2.0);
    }
}

void TestNeighbors::manyQueriesFindTheSameRows() {
    const Array z = randomRows(3000, 7, 1);
    Array queries = randomRows(50, 7, 2);
    queries.at(49, 3) = NAN;
    const NearestRows found = nearestRows(z, queries, 9);
    for (int64_t q = 0; q < 49; ++q) {
        const auto expected = nearestNeighbors(z, queries.row(q), 9);
        for (int64_t j = 0; j < 9; ++j) {
            QCOMPARE(found.rowOf(q, j), expected[static_cast<size_t>(j)].row);
            QVERIFY(std::abs(found.distance(q, j) - expected[static_cast<size_t>(j)].distance) < 1e-5);
        }
    }
    QCOMPARE(found.rowOf(49, 0), int64_t(-1));
    QVERIFY_EXCEPTION_THROWN(nearestRows(z, randomRows(5, 6, 1), 3), UsageError);
    QVERIFY_EXCEPTION_THROWN(nearestRows(randomRows(2, 7, 1), queries, 3), UsageError);
}

void TestNeighbors::ownRowCanBeLeftOut() {
    const Array z = grid(5, 1);
    QCOMPARE(nearestNeighbors(z, z.row(12), 1).front().row, 12);
    const auto others = nearestNeighbors(z, z.row(12), 4, 12);
    QCOMPARE(others.size(), size_t{4});
    for (const Neighbor& neighbor : others)
        QCOMPARE(neighbor.distance, 1.0);
    QCOMPARE(others.front().row, 7);
}

void TestNeighbors::fewerRowsThanAskedFor() {
    QCOMPARE(nearestNeighbors(grid(2, 1), Array({2}), 9).size(), size_t{4});
    QCOMPARE(nearestNeighbors(grid(2, 1), Array({2}), 9, 0).size(), size_t{3});
    QCOMPARE(nearestNeighbors(Array({0, 2}), Array({2}), 9).size(), size_t{0});
}

void TestNeighbors::spacingOfAGrid() {
    QCOMPARE(typicalSpacing(grid(60, 0.5F)), 0.5);
    // Gaps 1, 1, 2, 4 along a line; nearest others at 1, 1, 1, 2, 4.
    QCOMPARE(typicalSpacing(Array({5, 1}, {0, 1, 2, 4, 8})), 1.0);
    // Nearest others at 1, 1, 4, 4: the median lies between the middle two.
    QCOMPARE(typicalSpacing(Array({4, 1}, {0, 1, 10, 14})), 2.5);
    QCOMPARE(typicalSpacing(Array({9, 2})), 0.0);
}

void TestNeighbors::distanceIsInUnitsOfTheSpacing() {
    const Array z = grid(10, 0.5F);
    QCOMPARE(distanceToData(z, Array({2}, {-3, 0}), 0.5), 6.0);
    QCOMPARE(distanceToData(z, z.row(3), 0.5), 0.0);
    QVERIFY(std::isinf(distanceToData(Array({9, 1}), Array({1}, {1}), 0)));
    QCOMPARE(distanceToData(Array({9, 1}), Array({1}, {0}), 0), 0.0);
}

void TestNeighbors::nonsenseIsRefused() {
    const Array z = grid(3, 1);
    QVERIFY_THROWS_EXCEPTION(UsageError, nearestNeighbors(z, Array({3}), 1));
    QVERIFY_THROWS_EXCEPTION(UsageError, nearestNeighbors(z, Array({2}, {0, NAN}), 1));
    QVERIFY_THROWS_EXCEPTION(UsageError, nearestNeighbors(z, Array({2}), 0));
    QVERIFY_THROWS_EXCEPTION(UsageError, typicalSpacing(Array({1, 2})));
    QVERIFY_THROWS_EXCEPTION(UsageError, distanceToData(Array({0, 2}), Array({2}), 1));
}

QTEST_GUILESS_MAIN(TestNeighbors)
#include "test_neighbors.moc"
