// Divergences against numerical integration of their definition, gradients against finite differences.

#include <cmath>
#include <functional>
#include <numbers>

#include <torch/torch.h>

#include <QtTest>

#include "nn/kl_divergence.h"

using namespace galatea;

namespace {

double logNormal(double z, double mean, double variance) {
    return -0.5 * (std::log(2 * std::numbers::pi * variance) + (z - mean) * (z - mean) / variance);
}

/// ∫ q(z) f(z) dz for a Gaussian q, by the midpoint rule over ±12 standard deviations.
double expectation(double mean, double variance, const std::function<double(double)>& f) {
    const int steps = 20000;
    const double half = 12 * std::sqrt(variance), width = 2 * half / steps;
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double z = mean - half + (i + 0.5) * width;
        sum += std::exp(logNormal(z, mean, variance)) * f(z) * width;
    }
    return sum;
}

torch::Tensor row(std::vector<double> values) {
    return torch::tensor(values, torch::kFloat64).unsqueeze(0);
}

} // namespace

class TestKlDivergence : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void unitGaussianMatchesIntegral() {
        for (const double mean : {-2.0, 0.0, 0.7})
            for (const double variance : {0.05, 1.0, 3.0}) {
                const double expected = expectation(mean, variance, [&](double z) {
                    return logNormal(z, mean, variance) - logNormal(z, 0, 1);
                });
                const double value = klToUnitGaussian(row({mean}), row({std::log(variance)})).item<double>();
                QVERIFY(std::abs(value - expected) < 1e-6);
            }
    }

    void mixtureMatchesIntegral() {
        const std::vector<double> weights{0.2, 0.5, 0.3}, means{-1.5, 0.4, 2.0}, variances{0.3, 1.0, 0.1};
        const std::vector<double> gamma{0.1, 0.7, 0.2};
        MixtureTensors mixture{torch::tensor(weights, torch::kFloat64).log(),
                               torch::tensor(means, torch::kFloat64).unsqueeze(1),
                               torch::tensor(variances, torch::kFloat64).unsqueeze(1)};
        for (const double mean : {-1.0, 0.0, 1.7})
            for (const double variance : {0.02, 0.5, 2.0}) {
                double expected = 0; // KL of q(z) q(c) from p(z|c) p(c)
                for (size_t k = 0; k < 3; ++k)
                    expected += gamma[k] * expectation(mean, variance, [&](double z) {
                                    return logNormal(z, mean, variance) + std::log(gamma[k]) -
                                           logNormal(z, means[k], variances[k]) - std::log(weights[k]);
                                });
                const double value =
                    klToMixture(row({mean}), row({std::log(variance)}), row(gamma), mixture).item<double>();
                QVERIFY(std::abs(value - expected) < 1e-6);
            }
    }

    void mixtureOfOneUnitComponentIsTheUnitDivergence() {
        torch::manual_seed(3);
        const torch::Tensor mean = torch::randn({5, 4}, torch::kFloat64),
                            logvar = torch::randn({5, 4}, torch::kFloat64);
        const MixtureTensors unit{torch::zeros({1}, torch::kFloat64), torch::zeros({1, 4}, torch::kFloat64),
                                  torch::ones({1, 4}, torch::kFloat64)};
        const torch::Tensor value = klToMixture(mean, logvar, torch::ones({5, 1}, torch::kFloat64), unit);
        QVERIFY(torch::allclose(value, klToUnitGaussian(mean, logvar), 1e-10, 1e-10));
    }

    void scaledResponsibilitiesSpanTheRange() {
        const torch::Tensor logJoint = torch::tensor({{-1.0, -4.0}, {-3000.0, -2.0}}, torch::kFloat64);
        const torch::Tensor gamma = scaledResponsibilities(logJoint, 50);
        QVERIFY(torch::allclose(gamma.sum(1), torch::ones({2}, torch::kFloat64)));
        // The largest value of the batch scales to 0, the smallest to −50: row 2 by hand.
        const double second = -50 * (1 - (-2.0 + 3000) / 2999);
        const double expected = std::exp(-50) / (std::exp(-50) + std::exp(second));
        QVERIFY(std::abs(gamma[1][0].item<double>() / expected - 1) < 1e-9);
        const torch::Tensor alike = scaledResponsibilities(torch::full({3, 4}, -7.0, torch::kFloat64), 50);
        QVERIFY(torch::allclose(alike, torch::full({3, 4}, 0.25, torch::kFloat64)));
    }

    void jointLogProbabilityMatchesTheFormula() {
        const MixtureTensors mixture{torch::tensor({0.4, 0.6}, torch::kFloat64).log(),
                                     torch::tensor({{0.0, 1.0}, {2.0, -1.0}}, torch::kFloat64),
                                     torch::tensor({{1.0, 0.5}, {0.2, 3.0}}, torch::kFloat64)};
        const torch::Tensor value = jointLogProbability(mixture, row({0.3, -0.8}));
        const double first = std::log(0.4) + logNormal(0.3, 0, 1) + logNormal(-0.8, 1, 0.5);
        const double second = std::log(0.6) + logNormal(0.3, 2, 0.2) + logNormal(-0.8, -1, 3);
        QVERIFY(std::abs(value[0][0].item<double>() - first) < 1e-12);
        QVERIFY(std::abs(value[0][1].item<double>() - second) < 1e-12);
    }

    void gradientsMatchFiniteDifferences() {
        torch::manual_seed(4);
        const auto random = [](std::vector<int64_t> shape) { return torch::randn(shape, torch::kFloat64); };
        // Everything the training differentiates: means, log-variances, logits, mixture means, log-variances.
        std::vector<torch::Tensor> inputs{random({3, 2}), random({3, 2}), random({4}), random({4, 2}),
                                          random({4, 2})};
        const auto loss = [](const std::vector<torch::Tensor>& v) {
            const MixtureTensors mixture{torch::log_softmax(v[2], 0), v[3], 0.01 + v[4].exp()};
            const torch::Tensor z = v[0] + 0.3 * (0.5 * v[1]).exp();
            const torch::Tensor gamma = scaledResponsibilities(jointLogProbability(mixture, z), 50);
            return (klToMixture(v[0], v[1], gamma, mixture) + klToUnitGaussian(v[0], v[1])).sum();
        };
        for (torch::Tensor& input : inputs)
            input.requires_grad_();
        loss(inputs).backward();
        const torch::NoGradGuard guard;
        for (size_t which = 0; which < inputs.size(); ++which)
            for (int64_t i = 0; i < inputs[which].numel(); ++i) {
                const auto moved = [&](double by) {
                    std::vector<torch::Tensor> copies;
                    for (const torch::Tensor& input : inputs)
                        copies.push_back(input.detach().clone());
                    copies[which].view(-1)[i] += by;
                    return loss(copies).item<double>();
                };
                const double expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                const double gradient = inputs[which].grad().view(-1)[i].item<double>();
                QVERIFY2(std::abs(gradient - expected) < 1e-5 * std::max(1.0, std::abs(expected)),
                         qPrintable(QString("input %1[%2]: %3 against %4")
                                        .arg(which)
                                        .arg(i)
                                        .arg(gradient)
                                        .arg(expected)));
            }
    }
};

QTEST_GUILESS_MAIN(TestKlDivergence)
#include "test_kl_divergence.moc"
