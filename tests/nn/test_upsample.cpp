// Upsampling against its definition: output i reads input position i/2.

#include <torch/torch.h>

#include <QtTest>

#include "nn/upsample.h"

using galatea::upsampleLegacyBilinear;

class TestUpsample : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void matchesTheDefinition_data() {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<bool>("doublePrecision");
        QTest::newRow("square") << 3 << 8 << 8 << false;
        QTest::newRow("oblong") << 16 << 4 << 10 << false;
        QTest::newRow("one pixel") << 2 << 1 << 1 << false;
        QTest::newRow("by operations") << 3 << 5 << 7 << true;
    }
    void matchesTheDefinition() {
        QFETCH(int, channels);
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(bool, doublePrecision);
        torch::manual_seed(1);
        const auto type = doublePrecision ? torch::kFloat64 : torch::kFloat32;
        const torch::Tensor x = torch::randn({2, channels, height, width}, type);
        const torch::Tensor y = upsampleLegacyBilinear(x);
        QCOMPARE(y.sizes().vec(), (std::vector<int64_t>{2, channels, 2 * height, 2 * width}));
        const torch::Tensor in = x.to(torch::kFloat64).contiguous(), out = y.to(torch::kFloat64).contiguous();
        const auto a = in.accessor<double, 4>(), b = out.accessor<double, 4>();
        const auto along = [](int i, int size, double position) {
            return std::pair{std::min(i / 2, size - 1), std::min(int(position + 0.5), size - 1)};
        };
        for (int c = 0; c < channels; ++c)
            for (int i = 0; i < 2 * height; ++i)
                for (int j = 0; j < 2 * width; ++j) {
                    const auto [i0, i1] = along(i, height, i / 2.0);
                    const auto [j0, j1] = along(j, width, j / 2.0);
                    const double expected =
                        (a[1][c][i0][j0] + a[1][c][i1][j0] + a[1][c][i0][j1] + a[1][c][i1][j1]) / 4;
                    QVERIFY(std::abs(b[1][c][i][j] - expected) < 1e-6);
                }
    }

    void gradientMatchesFiniteDifferences() {
        torch::manual_seed(2);
        torch::Tensor x = torch::randn({1, 2, 3, 4}, torch::kFloat64).requires_grad_();
        const torch::Tensor weights = torch::randn({1, 2, 6, 8}, torch::kFloat64);
        (upsampleLegacyBilinear(x) * weights).sum().backward();
        const torch::Tensor gradient = x.grad().clone();
        const torch::NoGradGuard guard;
        const double step = 1e-5;
        for (int64_t i = 0; i < x.numel(); ++i) {
            const auto moved = [&](double by) {
                torch::Tensor copy = x.detach().clone();
                copy.view(-1)[i] += by;
                return (upsampleLegacyBilinear(copy) * weights).sum().item<double>();
            };
            const double expected = (moved(step) - moved(-step)) / (2 * step);
            QVERIFY(std::abs(gradient.view(-1)[i].item<double>() - expected) < 1e-6);
        }
    }
};

QTEST_GUILESS_MAIN(TestUpsample)
#include "test_upsample.moc"
