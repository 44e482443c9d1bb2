// Errors, likelihoods and calibration of a model whose reconstructions are known.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "evaluation/reconstruction.h"
#include "tests/evaluation/shift_model.h"

using namespace galatea;

namespace {

DatasetPtr noise(int64_t count, int64_t side) {
    Array images({count, 1, side, side});
    RandomStream random(1, "noise");
    for (float& value : images.values())
        value = static_cast<float>(random.normal());
    DatasetInfo info;
    info.channels = 1;
    info.height = info.width = side;
    return makeMemoryDataset(info, images, {});
}

/// Reconstructs every image as zero.
class ZeroModel final : public ShiftModel {
  public:
    using ShiftModel::ShiftModel;
    Decoding decode(const Array& latents) const override {
        Decoding result = ShiftModel::decode(latents);
        for (float& value : result.mean.values())
            value = 0;
        return result;
    }
};

} // namespace

class TestReconstruction : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void aKnownShiftGivesAKnownError() {
        const DatasetPtr data = noise(7, 6);
        const ReconstructionReport report = reconstructImages(ShiftModel(6, 0.5f, 4), *data, {.batch = 3});
        QCOMPARE(report.squaredError.size(), size_t{7});
        QCOMPARE(report.id[6], std::string("6"));
        for (size_t n = 0; n < 7; ++n) {
            QVERIFY(std::abs(report.squaredError[n] - 0.25) < 1e-5);
            const double expected = -18 * (std::log(2 * M_PI * 4) + 0.25 / 4);
            QVERIFY(std::abs(report.logLikelihood[n] - expected) < 1e-3);
        }
        QVERIFY(std::abs(report.meanError() - 0.25) < 1e-5);
        QCOMPARE(report.calibration.pixels, int64_t{7 * 36});
        QCOMPARE(report.calibration.within[0], 1.0); // every residual is a quarter of a standard deviation
        QVERIFY(std::abs(report.calibration.meanSquare - 1.0 / 16) < 1e-5);
        QCOMPARE(report.calibration.counts[4] + report.calibration.counts[5], report.calibration.pixels);
        QCOMPARE(report.calibration.smallestVariance, 4.0);
    }

    void normalResidualsAreCalibrated() {
        const ReconstructionReport report = reconstructImages(ZeroModel(20, 0, 1), *noise(100, 20));
        const double expected[] = {0.6827, 0.9545, 0.9973};
        for (int k = 0; k < 3; ++k)
            QVERIFY(std::abs(report.calibration.within[k] - expected[k]) < 0.01);
        QVERIFY(std::abs(report.calibration.meanSquare - 1) < 0.02);
        // The images' own mean image is nearly zero, so its error is nearly theirs.
        QVERIFY(std::abs(report.pixelVariance - report.meanError()) < 0.02);
    }

    void aModelWithoutVarianceHasNoLikelihood() {
        const ReconstructionReport report = reconstructImages(ShiftModel(6, 0.5f, 0), *noise(3, 6));
        QVERIFY(!report.hasVariance);
        QVERIFY(report.logLikelihood.empty());
        QVERIFY_THROWS_EXCEPTION(UsageError, reconstructImages(ShiftModel(6, 0, 0), *noise(0, 6)));
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_THROWS_EXCEPTION(Interrupted,
                                 reconstructImages(ShiftModel(6, 0, 0), *noise(3, 6), {}, stop.get_token()));
    }
};

QTEST_GUILESS_MAIN(TestReconstruction)
#include "test_reconstruction.moc"
