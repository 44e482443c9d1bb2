// Distances that are known: between shifted and scaled clouds, and a cloud and itself.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "metrics/sliced_wasserstein.h"

using namespace galatea;

namespace {

Array cloud(int64_t count, int64_t columns, double shift, double deviation, const char* name) {
    Array points({count, columns});
    RandomStream random(3, name);
    for (float& value : points.values())
        value = static_cast<float>(shift + deviation * random.normal());
    return points;
}

} // namespace

class TestSlicedWasserstein : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void ofItselfIsNothing() {
        const Array a = cloud(50, 4, 0, 1, "a");
        QCOMPARE(slicedWasserstein(a, a, 20, 1), 0.0);
    }
    void inOneDimensionItIsTheSortedDifference() {
        const Array a({3, 1}, {3, 1, 2}), b({3, 1}, {2, 5, 4}); // sorted: 1 2 3 and 2 4 5
        QVERIFY(std::abs(slicedWasserstein(a, b, 5, 1) - std::sqrt((1 + 4 + 4) / 3.0)) < 1e-9);
    }
    void ofAShiftItIsTheShift() {
        // ⟨(θ·s)²⟩ over unit vectors θ is |s|² / F: here 4 · 9 / 4.
        const Array a = cloud(40, 4, 0, 1, "a");
        Array b = a.copy();
        for (float& value : b.values())
            value += 3;
        QVERIFY(std::abs(slicedWasserstein(a, b, 20000, 2) - 3) < 0.06);
    }
    void ofTwoGaussians() {
        // In each direction the 2-Wasserstein distance of N(0,1) and N(1,4) is √(shift² + 1).
        const Array a = cloud(20000, 2, 0, 1, "a"), b = cloud(9000, 2, 1, 2, "b");
        QVERIFY(std::abs(slicedWasserstein(a, b, 200, 3) - std::sqrt(2.0)) < 0.06);
    }
    void refusesWhatDoesNotFit() {
        QVERIFY_EXCEPTION_THROWN(slicedWasserstein(Array({2, 3}), Array({2, 4}), 5, 1), UsageError);
        QVERIFY_EXCEPTION_THROWN(slicedWasserstein(Array({0, 3}), Array({2, 3}), 5, 1), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestSlicedWasserstein)
#include "test_sliced_wasserstein.moc"
