// Merged components: their moments are those of what was merged, measured on draws and by hand.

#include <cmath>

#include <QTest>

#include "core/random.h"
#include "mixture/merging.h"

using namespace galatea;

namespace {

GaussianMixture three(bool full) {
    GaussianMixture mixture;
    mixture.components = 3;
    mixture.dimensions = 2;
    mixture.weights = {0.5, 0.3, 0.2};
    mixture.means = {0, 0, 4, 1, -3, 2};
    mixture.variances = {1, 0.5, 0.25, 2, 0.7, 0.7};
    if (full)
        mixture.covariances = {1, 0.3, 0.3, 0.5, 0.25, -0.2, -0.2, 2, 0.7, 0, 0, 0.7};
    mixture.check();
    return mixture;
}

} // namespace

class TestMerging : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void momentsAreThoseOfTheDraws() {
        for (const bool full : {false, true}) {
            const GaussianMixture mixture = three(full);
            const GaussianMixture merged = mergedMixture(mixture, {0, 1, 0});
            merged.check();
            QCOMPARE(merged.components, int64_t(2));
            QCOMPARE(merged.weights[0], 0.7);
            QCOMPARE(merged.means[0], (0.5 * 0 + 0.2 * -3) / 0.7);
            RandomStream random(3, "merging");
            const int64_t count = 400000;
            const Array z = sampleMixture(restrictedMixture(mixture, {0, 2}), count, -1, 1, random);
            double mean[2] = {}, second[2][2] = {};
            for (int64_t n = 0; n < count; ++n)
                for (int64_t i = 0; i < 2; ++i)
                    mean[i] += z.at(n, i) / double(count);
            for (int64_t n = 0; n < count; ++n)
                for (int64_t i = 0; i < 2; ++i)
                    for (int64_t j = 0; j < 2; ++j)
                        second[i][j] += (z.at(n, i) - mean[i]) * (z.at(n, j) - mean[j]) / double(count);
            for (size_t i = 0; i < 2; ++i) {
                QVERIFY(std::abs(merged.means[i] - mean[i]) < 0.01);
                for (size_t j = 0; j < 2; ++j)
                    QVERIFY(std::abs(merged.covariances[2 * i + j] - second[i][j]) < 0.02);
            }
            // The one that was not merged is what it was.
            QCOMPARE(merged.means[2], 4.0);
            QCOMPARE(merged.covariances[4], 0.25);
            QCOMPARE(merged.covariances[5], full ? -0.2 : 0.0);
        }
    }

    void orderAloneChangesNothing() {
        const GaussianMixture mixture = three(false);
        const GaussianMixture turned = mergedMixture(mixture, {2, 0, 1});
        QVERIFY(turned.covariances.empty());
        QCOMPARE(turned.weights[2], 0.5);
        QCOMPARE(turned.means[0], 4.0);
    }

    void responsibilitiesAreSummed() {
        const Array gamma({2, 3}, {0.2F, 0.3F, 0.5F, 1.0F, 0.0F, 0.0F});
        const Array merged = mergedResponsibilities(gamma, {1, 0, 1});
        QCOMPARE(merged.dim(1), int64_t(2));
        QCOMPARE(merged.at(0, 0), 0.3F);
        QCOMPARE(merged.at(0, 1), 0.7F);
        QCOMPARE(merged.at(1, 1), 1.0F);
    }

    void wrongNumbersAreRefused() {
        const GaussianMixture mixture = three(false);
        for (const std::vector<int64_t>& into :
             std::vector<std::vector<int64_t>>{{}, {0, 1}, {0, 2, 2}, {-1, 0, 1}, {0, 1, int64_t(1) << 40}})
            QVERIFY_EXCEPTION_THROWN(mergedMixture(mixture, into), std::invalid_argument);
    }
};

QTEST_GUILESS_MAIN(TestMerging)
#include "test_merging.moc"
