// A model beside fitted Gaussians, on images where it is known which is better.

#include <cmath>

#include <QtTest>

#include "baselines/gaussian_fit.h"
#include "core/random.h"
#include "evaluation/gaussian_comparison.h"
#include "tests/evaluation/shift_model.h"

using namespace galatea;

namespace {

/// Two exact Gaussians and two images of noise.
DatasetPtr images() {
    Array all({4, 1, 16, 16});
    RandomStream random(3, "images");
    for (int64_t n = 0; n < 4; ++n) {
        GaussianFit truth;
        truth.scale = 20;
        truth.x = truth.y = 7.5;
        truth.l11 = 2 + static_cast<double>(n);
        truth.l22 = 2;
        const Array drawn = drawGaussian(truth, 16, 16);
        for (int64_t i = 0; i < 256; ++i)
            all.row(n).data()[i] = n < 2 ? drawn.data()[i] : static_cast<float>(random.normal());
    }
    DatasetInfo info;
    info.channels = 1;
    info.height = info.width = 16;
    return makeMemoryDataset(info, all, {});
}

} // namespace

class TestGaussianComparison : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void eachImageIsWonByTheBetterFit() {
        const GaussianComparison result =
            compareWithGaussians(ShiftModel(16, 0.1f, 0.01f), *images(), {.batch = 3});
        QCOMPARE(result.id.size(), size_t{4});
        for (size_t n = 0; n < 4; ++n) {
            QVERIFY(std::abs(result.modelError[n] - 0.01) < 1e-6);
            QCOMPARE(result.gaussianError[n] < 0.01, n < 2);
            QVERIFY(std::abs(result.gaussianLogLikelihood[n] -
                             sharedVarianceLogLikelihood(256 * result.gaussianError[n], 256)) < 1e-9);
        }
        QVERIFY(result.gaussianError[2] > 0.5);
        QCOMPARE(result.betterInSquaredError(), 0.5);
        QCOMPARE(result.betterInLikelihood(), 0.5);
        // v = error: −½ · 256 (log 2πv + 1), the same as the best shared variance.
        QVERIFY(std::abs(result.modelLogLikelihood[2] - sharedVarianceLogLikelihood(2.56, 256)) < 1e-2);
    }

    void aModelWithoutVarianceGetsTheBestSharedOne() {
        const GaussianComparison result = compareWithGaussians(ShiftModel(16, 0.1f, 0), *images());
        QVERIFY(!result.modelHasVariance);
        QVERIFY(std::abs(result.modelLogLikelihood[0] - sharedVarianceLogLikelihood(2.56, 256)) < 1e-2);
    }
};

QTEST_GUILESS_MAIN(TestGaussianComparison)
#include "test_gaussian_comparison.moc"
