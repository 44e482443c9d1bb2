// The whole s3VDC schedule on 4,000 simulated galaxies: it learns, it clusters, it stays finite.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <QtTest>

#include "data/simulator.h"
#include "nn/device.h"
#include "training/train.h"

using namespace galatea;

class TestTrainS3Vdc : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void learnsAndClusters() {
        setThreads(0);
        SimulationOptions simulation;
        simulation.count = 4000;
        simulation.size = 64;
        simulation.bands = "r";
        simulation.rescale = true;
        const DatasetPtr lazy = simulate(simulation);
        const DatasetPtr data =
            makeMemoryDataset(lazy->info(), lazy->readRange(0, lazy->size()), lazy->catalog());

        const Json family{{"filters", {12, 16, 24}},
                          {"kernels", {3, 3, 3}},
                          {"decoder_kernels", {3, 3, 3}},
                          {"latent", 20},
                          {"components", 12},
                          {"l2", 1e-4},
                          {"mixture_weight", 0.1},
                          {"gamma_epochs", 8},
                          {"periods", 2},
                          {"annealing_epochs", 2},
                          {"static_epochs", 2},
                          {"mixture_batches", 112}};
        TrainOptions options;
        options.batch = 32;
        options.learningRate = 1.5e-3;
        options.finalLearningRate = 2e-4;
        const TrainReport report = train("astrovader", *data, family, options);

        QCOMPARE(report.epochs.size(), size_t{16});
        for (const EpochLog& epoch : report.epochs) {
            for (const auto& [term, value] : epoch.training)
                QVERIFY2(std::isfinite(value), term.c_str());
            for (const auto& [term, value] : epoch.validation)
                QVERIFY2(std::isfinite(value), term.c_str());
            QVERIFY(epoch.training.contains("reconstruction") && epoch.training.contains("kl_unit"));
        }
        QCOMPARE(report.epochs.front().phase, std::string("gamma-training"));
        QCOMPARE(report.epochs.back().phase, std::string("static 2"));
        QVERIFY(report.epochs.back().training.contains("kl_mixture"));

        const int64_t held =
            std::accumulate(report.componentCounts.begin(), report.componentCounts.end(), int64_t{0});
        const auto populated =
            std::count_if(report.componentCounts.begin(), report.componentCounts.end(),
                          [&](int64_t count) { return double(count) > 0.01 * double(held); });
        std::printf("held-out error %.6f, mean image %.6f, ratio %.3f, components above 1 %%: %d, %.0f s\n",
                    report.validationError, report.meanImageError,
                    report.validationError / report.meanImageError, int(populated), report.seconds);
        QCOMPARE(held, int64_t{400});
        QVERIFY(report.validationError <= 0.30 * report.meanImageError);
        QVERIFY(populated >= 8);
    }
};

QTEST_GUILESS_MAIN(TestTrainS3Vdc)
#include "test_train_s3vdc.moc"
