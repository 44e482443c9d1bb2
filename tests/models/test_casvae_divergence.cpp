// The four divergences from the double-peak prior against numerical integration of what each stands for.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include <torch/torch.h>

#include <QtTest>

#include "core/error.h"
#include "models/casvae/divergence.h"

using namespace galatea;

namespace {

const std::vector<DoublePeak> priors{{2, 0.5}, {1, 0.3}, {3, 1}};
const std::vector<double> means{-4, -2, -0.7, 0, 0.3, 1.1, 2, 3.5};
const std::vector<double> deviations{0.05, 0.3, 0.5, 1, 2};

void everywhere(const std::function<void(const DoublePeak&, double, double)>& check) {
    for (const DoublePeak& prior : priors)
        for (const double mean : means)
            for (const double deviation : deviations)
                check(prior, mean, deviation);
}

double value(PeakDivergence kind, const DoublePeak& prior, double mean, double deviation) {
    const DoublePeakDivergence divergence(kind, prior);
    return divergence(torch::tensor(mean, torch::kFloat64),
                      torch::tensor(2 * std::log(deviation), torch::kFloat64))
        .item<double>();
}

double density(double x, double mean, double deviation) {
    const double u = (x - mean) / deviation;
    return std::exp(-0.5 * u * u) / (deviation * std::sqrt(2 * std::numbers::pi));
}

double logDensity(double x, double mean, double deviation) {
    const double u = (x - mean) / deviation;
    return -0.5 * u * u - std::log(deviation * std::sqrt(2 * std::numbers::pi));
}

/// log of the prior's density without underflow.
double logPrior(double x, const DoublePeak& prior) {
    const double a = logDensity(x, -prior.peak, prior.deviation),
                 b = logDensity(x, prior.peak, prior.deviation);
    const double high = std::max(a, b), low = std::min(a, b);
    return high + std::log1p(std::exp(low - high)) - std::numbers::ln2;
}

/// E f(x) of x ~ N(mean, deviation²), midpoint rule.
double expectation(double mean, double deviation, const std::function<double(double)>& f) {
    constexpr int steps = 6000;
    const double step = 20 * deviation / steps;
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double x = mean - 10 * deviation + (i + 0.5) * step;
        sum += density(x, mean, deviation) * f(x) * step;
    }
    return sum;
}

double klByIntegral(const DoublePeak& prior, double mean, double deviation) {
    return expectation(mean, deviation,
                       [&](double x) { return logDensity(x, mean, deviation) - logPrior(x, prior); });
}

double klToPeak(double peak, const DoublePeak& prior, double mean, double deviation) {
    return expectation(mean, deviation, [&](double x) {
        return logDensity(x, mean, deviation) - logDensity(x, peak, prior.deviation);
    });
}

/// Where a mixture of two peaks has the same part of its light below it as a standard normal has below ε.
double transported(double epsilon, double first, double second, double deviation) {
    const auto below = [&](double x, double mean) { // both tails keep their digits
        return 0.5 * std::erfc((mean - x) / (deviation * std::numbers::sqrt2));
    };
    const auto above = [&](double x, double mean) {
        return 0.5 * std::erfc((x - mean) / (deviation * std::numbers::sqrt2));
    };
    const double tail = 0.5 * std::erfc(std::abs(epsilon) / std::numbers::sqrt2);
    double low = -60, high = 60;
    for (int i = 0; i < 70; ++i) {
        const double x = 0.5 * (low + high);
        const bool left = epsilon < 0 ? 0.5 * (below(x, first) + below(x, second)) < tail
                                      : 0.5 * (above(x, first) + above(x, second)) > tail;
        (left ? low : high) = x;
    }
    return 0.5 * (low + high);
}

/// W₂² of N(mean, deviation²) and ½N(first, σ²) + ½N(second, σ²): ∫ (F⁻¹(u) − G⁻¹(u))² du.
class Transport {
  public:
    Transport(double first, double second, double deviation) {
        for (int i = 0; i < steps; ++i)
            to_.push_back(transported(place(i), first, second, deviation));
    }
    double squared(double mean, double deviation) const {
        double sum = 0;
        for (int i = 0; i < steps; ++i) {
            const double distance = mean + deviation * place(i) - to_[static_cast<size_t>(i)];
            sum += density(place(i), 0, 1) * distance * distance * width;
        }
        return sum;
    }

  private:
    static constexpr int steps = 8000;
    static constexpr double width = 16.0 / steps;
    static double place(int i) { return -8 + (i + 0.5) * width; }
    std::vector<double> to_;
};

/// The most by which erfc x ≈ 1 − tanh 1.19x moves the approximate divergence.
double tanhError(const DoublePeak& prior, double mean, double deviation) {
    const double u = mean / (std::numbers::sqrt2 * deviation);
    const double error = std::abs(std::erfc(u) - (1 - std::tanh(1.19 * u)));
    return prior.peak / (prior.deviation * prior.deviation) * std::abs(mean) * error;
}

const std::vector<PeakDivergence> kinds{PeakDivergence::ScaledBound, PeakDivergence::ApproximateKl,
                                        PeakDivergence::Wasserstein, PeakDivergence::PseudoWasserstein};

} // namespace

class TestCasVaeDivergence : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void scaledBoundIsTheMeanOfBothAndNeverBelow() {
        everywhere([](const DoublePeak& prior, double mean, double deviation) {
            const double bound = value(PeakDivergence::ScaledBound, prior, mean, deviation);
            const double expected = 0.5 * klToPeak(-prior.peak, prior, mean, deviation) +
                                    0.5 * klToPeak(prior.peak, prior, mean, deviation);
            QVERIFY(std::abs(bound - expected) < 1e-6 * (1 + expected));
            QVERIFY(bound >= klByIntegral(prior, mean, deviation) - 1e-6);
        });
    }

    void approximateKlLiesBetweenItsLimits() {
        double furthest = 0;
        everywhere([&](const DoublePeak& prior, double mean, double deviation) {
            const double approximate = value(PeakDivergence::ApproximateKl, prior, mean, deviation);
            const double excess = approximate - klByIntegral(prior, mean, deviation);
            const double slack = tanhError(prior, mean, deviation) + 1e-6 * (1 + std::abs(approximate));
            QVERIFY2(excess >= -slack && excess <= std::numbers::ln2 + slack,
                     qPrintable(QString::number(excess)));
            furthest = std::max(furthest, excess);
        });
        QVERIFY(furthest > 0.1); // it is an approximation: the limits are not idle
    }

    void printedFormulaIsNoDivergence() {
        // The paper's γ lacks the factor 1/√(2π): the sum becomes negative, which no divergence can be.
        const DoublePeak prior{2, 0.5};
        const double mean = 0, s = 1, variance = prior.deviation * prior.deviation;
        const double printed =
            std::log(2 * prior.deviation / s) +
            ((prior.peak - mean) * (prior.peak - mean) + s * s - variance) / (2 * variance) -
            2 * prior.peak * s / variance;
        QVERIFY(printed < -5);
        QVERIFY(klByIntegral(prior, mean, s) > 0);
        QVERIFY(value(PeakDivergence::ApproximateKl, prior, mean, s) > 0);
    }

    void wassersteinIsTheTransportOfQuantiles() {
        for (const DoublePeak& prior : priors) {
            const Transport transport(-prior.peak, prior.peak, prior.deviation);
            for (const double mean : means)
                for (const double deviation : deviations) {
                    const double expected = transport.squared(mean, deviation);
                    const double found = value(PeakDivergence::Wasserstein, prior, mean, deviation);
                    QVERIFY2(std::abs(found - expected) < 1e-4 * (1 + expected),
                             qPrintable(QString("%1 %2").arg(found).arg(expected)));
                }
        }
    }

    void pseudoWassersteinIsTheNearerPeaks() {
        for (const DoublePeak& prior : priors) {
            const Transport both(-prior.peak, prior.peak, prior.deviation);
            const double apart = std::sqrt(both.squared(prior.peak, prior.deviation));
            for (const double side : {-1.0, 1.0}) {
                const Transport one(side * prior.peak, side * prior.peak, prior.deviation);
                for (const double mean : means)
                    for (const double deviation : deviations) {
                        if (mean * side < 0)
                            continue;
                        const double expected = one.squared(mean, deviation);
                        const double found = value(PeakDivergence::PseudoWasserstein, prior, mean, deviation);
                        QVERIFY(std::abs(found - expected) < 1e-4 * (1 + expected));
                        // The triangle inequality: neither is further from the other than peak from prior.
                        const double whole = std::sqrt(both.squared(mean, deviation));
                        QVERIFY(std::abs(std::sqrt(found) - whole) <= apart + 1e-3);
                    }
            }
        }
    }

    void gradientsMatchFiniteDifferences() {
        const auto options = torch::TensorOptions(torch::kFloat64).requires_grad(true);
        for (const PeakDivergence kind : kinds) {
            const DoublePeak prior{2, 0.5};
            const DoublePeakDivergence divergence(kind, prior);
            for (const double mean : {-3.0, -0.4, 0.2, 1.9})
                for (const double logvar : {-3.0, 0.0, 1.0}) {
                    const torch::Tensor m = torch::tensor(mean, options), l = torch::tensor(logvar, options);
                    divergence(m, l).backward();
                    const auto at = [&](double a, double b) {
                        return divergence(torch::tensor(a, torch::kFloat64),
                                          torch::tensor(b, torch::kFloat64))
                            .item<double>();
                    };
                    constexpr double h = 1e-5;
                    const double byMean = (at(mean + h, logvar) - at(mean - h, logvar)) / (2 * h);
                    const double byLog = (at(mean, logvar + h) - at(mean, logvar - h)) / (2 * h);
                    QVERIFY(std::abs(m.grad().item<double>() - byMean) < 1e-5 * (1 + std::abs(byMean)));
                    QVERIFY(std::abs(l.grad().item<double>() - byLog) < 1e-5 * (1 + std::abs(byLog)));
                }
        }
    }

    void neitherPeakIsPreferred() {
        for (const PeakDivergence kind : kinds)
            for (const double mean : {0.3, 1.0, 2.5}) {
                const double right = value(kind, {2, 0.5}, mean, 0.4),
                             left = value(kind, {2, 0.5}, -mean, 0.4);
                QVERIFY(std::abs(right - left) < 1e-9 * (1 + right));
            }
    }

    void whichFormsHaveTwoMinima() {
        const DoublePeak prior{2, 0.5};
        for (const PeakDivergence kind : {PeakDivergence::ApproximateKl, PeakDivergence::PseudoWasserstein})
            QVERIFY(value(kind, prior, 2, 0.5) < value(kind, prior, 0, 0.5));
        for (const PeakDivergence kind : {PeakDivergence::ScaledBound, PeakDivergence::Wasserstein})
            QVERIFY(value(kind, prior, 2, 0.5) > value(kind, prior, 0, 0.5));
    }

    void namesAreKnown() {
        QVERIFY(peakDivergence("wasserstein") == PeakDivergence::Wasserstein);
        QVERIFY_EXCEPTION_THROWN(peakDivergence("euclidean"), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestCasVaeDivergence)
#include "test_casvae_divergence.moc"
