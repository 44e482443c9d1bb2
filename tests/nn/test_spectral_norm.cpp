// Spectral normalisation against the singular value decomposition, and its gradient against differences.

#include <torch/torch.h>

#include <QtTest>

#include "nn/spectral_norm.h"

using galatea::SpectralNorm;

namespace {

double largestSingularValue(const torch::Tensor& weight) {
    return torch::linalg_svdvals(weight.reshape({weight.size(0), -1}).to(torch::kFloat64), c10::nullopt)
        .max()
        .item<double>();
}

} // namespace

class TestSpectralNorm : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void convergesToTheLargestSingularValue() {
        torch::manual_seed(3);
        const std::vector<torch::Tensor> weights{torch::randn({8, 3, 4, 4}), torch::randn({5, 40}),
                                                 torch::randn({1, 17}), torch::randn({6, 2}) * 100};
        SpectralNorm norm(weights, 1, 0);
        for (int step = 0; step < 300; ++step)
            norm->normalised(weights, true);
        const std::vector<torch::Tensor> normalised = norm->normalised(weights, false);
        for (size_t i = 0; i < weights.size(); ++i) {
            QVERIFY(std::abs(largestSingularValue(normalised[i]) - 1) < 1e-4);
            QVERIFY(
                torch::allclose(normalised[i] * largestSingularValue(weights[i]), weights[i], 1e-4, 1e-4));
        }
    }

    void theLayoutInMemoryDoesNotMatter() {
        torch::manual_seed(8);
        const torch::Tensor weight = torch::randn({8, 3, 4, 4}),
                            lastly = weight.contiguous(torch::MemoryFormat::ChannelsLast);
        SpectralNorm norm(std::vector<torch::Tensor>{weight}, 1, 300),
            other(std::vector<torch::Tensor>{lastly}, 1, 300);
        QVERIFY(torch::allclose(norm->normalised({weight}, false)[0], other->normalised({lastly}, false)[0],
                                1e-5, 1e-6));
        for (const char* name : {"u_0", "v_0"})
            QVERIFY(torch::allclose(norm->named_buffers()[name], other->named_buffers()[name], 1e-4, 1e-5));
        // v as checkpoints hold it is the singular vector of the weight as [O, C·k·k].
        const torch::Tensor along = torch::mv(weight.reshape({8, -1}), norm->named_buffers()["v_0"]);
        QVERIFY(std::abs(along.norm().item<double>() - largestSingularValue(weight)) < 1e-3);
    }

    void learnsOnlyWhenAsked() {
        torch::manual_seed(4);
        const std::vector<torch::Tensor> weights{torch::randn({6, 9})};
        SpectralNorm norm(weights, 1, 1);
        const torch::Tensor before = norm->buffers()[0].clone();
        norm->normalised(weights, false);
        QVERIFY(torch::equal(norm->buffers()[0], before));
        norm->normalised(weights, true);
        QVERIFY(!torch::equal(norm->buffers()[0], before));
        QCOMPARE(norm->named_buffers().size(), size_t(2));
    }

    void followsAWeightThatMoves() {
        torch::manual_seed(5);
        torch::Tensor weight = torch::randn({10, 20});
        SpectralNorm norm(std::vector<torch::Tensor>{weight}, 1);
        for (int step = 0; step < 400; ++step) {
            weight += 0.002 * torch::randn({10, 20});
            norm->normalised({weight}, true);
        }
        QVERIFY(std::abs(largestSingularValue(norm->normalised({weight}, false)[0]) - 1) < 0.02);
    }

    void gradientAgreesWithDifferences() {
        torch::manual_seed(6);
        const auto f64 = torch::TensorOptions(torch::kFloat64);
        torch::Tensor weight = torch::randn({4, 7}, f64).requires_grad_();
        torch::Tensor u = torch::randn({4}, f64), v = torch::randn({7}, f64);
        for (int step = 0; step < 500; ++step)
            galatea::powerIteration(weight, u, v);
        const torch::Tensor direction = torch::randn({4, 7}, f64);
        const auto value = [&](const torch::Tensor& w) {
            return (galatea::dividedBySpectralNorm(w, u, v) * direction).sum();
        };
        value(weight).backward();
        for (int64_t i = 0; i < 4; ++i)
            for (int64_t j = 0; j < 7; ++j) {
                torch::Tensor high = weight.detach().clone(), low = high.clone();
                high[i][j] += 1e-6;
                low[i][j] -= 1e-6;
                // At the converged vectors uᵀWv is stationary, so the true norm gives the same derivative.
                const auto exact = [&](const torch::Tensor& w) {
                    return (w * direction).sum().item<double>() / largestSingularValue(w);
                };
                const double held = (value(high) - value(low)).item<double>() / 2e-6;
                const double total = (exact(high) - exact(low)) / 2e-6;
                const double computed = weight.grad()[i][j].item<double>();
                QVERIFY(std::abs(held - computed) < 1e-6 * (1 + std::abs(computed)));
                QVERIFY(std::abs(total - computed) < 1e-5 * (1 + std::abs(computed)));
            }
    }

    void zerosStayZeros() {
        const std::vector<torch::Tensor> weights{torch::zeros({3, 5})};
        SpectralNorm norm(weights, 1);
        QVERIFY(norm->normalised(weights, true)[0].eq(0).all().item<bool>());
    }
};

QTEST_GUILESS_MAIN(TestSpectralNorm)
#include "test_spectral_norm.moc"
