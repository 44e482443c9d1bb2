#include <QtTest>

#include <cmath>

#include "core/error.h"
#include "latent/traversal.h"

using namespace galatea;

class TestTraversal : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void rangesOfKnownNumbers();
    void percentilesInterpolateBetweenRanks();
    void oneRowHasNoSpread();
    void traversalMovesOneLatentAtATime();
    void oneStepIsTheMiddle();
    void interpolationIncludesBothEnds();
    void influenceIsTheSpread();
    void nonsenseIsRefused();
};

void TestTraversal::rangesOfKnownNumbers() {
    const Array z({4, 2}, {3, 10, 1, 10, 4, 10, 0, 10});
    const auto ranges = latentRanges(z);
    QCOMPARE(ranges.size(), size_t{2});
    QCOMPARE(ranges[0].min, 0.0);
    QCOMPARE(ranges[0].max, 4.0);
    QCOMPARE(ranges[0].mean, 2.0);
    QCOMPARE(ranges[0].deviation, std::sqrt(2.5)); // (1 + 1 + 4 + 4) / 4
    QCOMPARE(ranges[1].deviation, 0.0);
    QCOMPARE(ranges[1].percentiles, std::vector<double>(101, 10.0));
}

void TestTraversal::percentilesInterpolateBetweenRanks() {
    // Sorted 0, 1, 3, 4: p % lies at rank 3 p / 100.
    const auto percentiles = latentRanges(Array({4, 1}, {3, 1, 4, 0}))[0].percentiles;
    QCOMPARE(percentiles.size(), size_t{101});
    QCOMPARE(percentiles[0], 0.0);
    QVERIFY(std::abs(percentiles[1] - 0.03) < 1e-12);
    QVERIFY(std::abs(percentiles[25] - 0.75) < 1e-12);
    QVERIFY(std::abs(percentiles[50] - 2.0) < 1e-12);
    QVERIFY(std::abs(percentiles[60] - 2.6) < 1e-12);
    QVERIFY(std::abs(percentiles[99] - 3.97) < 1e-12);
    QCOMPARE(percentiles[100], 4.0);
}

void TestTraversal::oneRowHasNoSpread() {
    const auto range = latentRanges(Array({1, 1}, {2.5F}))[0];
    QCOMPARE(range.percentiles, std::vector<double>(101, 2.5));
    QCOMPARE(range.deviation, 0.0);
}

void TestTraversal::traversalMovesOneLatentAtATime() {
    const Traversal t = traverse(Array({3}, {7, 8, 9}), {2, 0}, {-1, 0}, {1, 3}, 3);
    QCOMPARE(t.steps, 3);
    QCOMPARE(t.dims, (std::vector<int64_t>{2, 0}));
    QCOMPARE(t.values, (std::vector<double>{-1, 0, 1, 0, 1.5, 3}));
    const Array expected({6, 3}, {7, 8, -1, 7, 8, 0, 7, 8, 1, 0, 8, 9, 1.5F, 8, 9, 3, 8, 9});
    QCOMPARE(t.latents.shape(), expected.shape());
    QVERIFY(std::equal(expected.values().begin(), expected.values().end(), t.latents.values().begin()));
}

void TestTraversal::oneStepIsTheMiddle() {
    QCOMPARE(traverse(Array({1}, {5}), {0}, {-1}, {3}, 1).values, std::vector<double>{1});
}

void TestTraversal::interpolationIncludesBothEnds() {
    const Array path = interpolate(Array({2}, {0.1F, 4}), Array({2}, {0.7F, -4}), 5);
    QCOMPARE(path.shape(), (std::vector<int64_t>{5, 2}));
    QCOMPARE(path.at(0, 0), 0.1F);
    QCOMPARE(path.at(4, 0), 0.7F);
    QCOMPARE(path.at(1, 1), 2.0F);
    QCOMPARE(path.at(2, 1), 0.0F);
    QCOMPARE(path.at(2, 0), 0.4F);
}

void TestTraversal::influenceIsTheSpread() {
    const Array z({2, 4}, {0, 0, 0, 5, 1, 9, 0, -1});
    QCOMPARE(orderByInfluence(latentRanges(z)), (std::vector<int64_t>{1, 3, 0, 2}));
}

void TestTraversal::nonsenseIsRefused() {
    const Array start({2}, {0, 0});
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(start, {2}, {0}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(start, {-1}, {0}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(start, {0}, {0, 1}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(start, {0}, {NAN}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(start, {0}, {0}, {1}, 0));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(Array({2, 2}), {0}, {0}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, traverse(Array({2}, {NAN, 0}), {0}, {0}, {1}, 3));
    QVERIFY_THROWS_EXCEPTION(UsageError, interpolate(start, Array({3}), 4));
    QVERIFY_THROWS_EXCEPTION(UsageError, interpolate(start, start, 1));
    QVERIFY_THROWS_EXCEPTION(UsageError, latentRanges(Array({0, 2})));
    QVERIFY_THROWS_EXCEPTION(UsageError, latentRanges(Array({1, 2}, {0, NAN})));
}

QTEST_GUILESS_MAIN(TestTraversal)
#include "test_traversal.moc"
