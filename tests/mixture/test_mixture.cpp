#include <QtTest>

#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "made_data.h"
#include "mixture/mixture.h"
#include "mixture/row_blocks.h"

using namespace galatea;

namespace {

GaussianMixture threeComponents() {
    return {3, 2, {0.5, 0.3, 0.2}, {0, 0, 3, -1, 100, 2}, {1, 4, 0.25, 0.01, 1e-6, 9}};
}

/// The textbook formula in extended precision.
long double directJoint(const GaussianMixture& m, int64_t k, const float* z) {
    long double value = std::log(static_cast<long double>(m.weights[static_cast<size_t>(k)]));
    for (int64_t d = 0; d < m.dimensions; ++d) {
        const auto i = static_cast<size_t>(k * m.dimensions + d);
        const long double variance = m.variances[i], difference = z[d] - static_cast<long double>(m.means[i]);
        value -= 0.5L * (std::log(2 * std::numbers::pi_v<long double> * variance) +
                         difference * difference / variance);
    }
    return value;
}

bool allFinite(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

bool same(const GaussianMixture& a, const GaussianMixture& b) {
    return a.weights == b.weights && a.means == b.means && a.variances == b.variances;
}

} // namespace

class TestMixture : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void checkNamesTheFault();
    void densitiesFollowTheFormula();
    void farRowsKeepAFiniteResponsibility();
    void stridedRowsAreReadInOrder();
    void largestTakesTheFirstOfTies();
    void separatedBlobsAreFound();
    void likelihoodNeverFalls();
    void moreStartsNeverHurt();
    void resultsDoNotDependOnThreads();
    void sameSeedSameResult();
    void emptyComponentsStayFinite();
    void equalRowsStayFinite();
    void badInputIsRefused();
    void stopIsObeyed();
    void samplesHaveTheMixturesMoments();
    void samplingFollowsItsArguments();
};

void TestMixture::checkNamesTheFault() {
    threeComponents().check();
    const auto fails = [](auto change, const char* words) {
        GaussianMixture mixture = threeComponents();
        change(mixture);
        try {
            mixture.check();
        } catch (const std::invalid_argument& error) {
            return QString(error.what()).contains(words);
        }
        return false;
    };
    QVERIFY(fails([](auto& m) { m.components = 0; }, "at least one component"));
    QVERIFY(fails([](auto& m) { m.weights.pop_back(); }, "number of weights"));
    QVERIFY(fails([](auto& m) { m.means.push_back(0); }, "means"));
    QVERIFY(fails([](auto& m) { m.variances.pop_back(); }, "variances"));
    QVERIFY(fails([](auto& m) { m.weights[0] = 0.6; }, "sum to 1"));
    QVERIFY(fails([](auto& m) { m.weights[2] = -0.2; }, "weight 2 is not positive"));
    QVERIFY(fails([](auto& m) { m.means[3] = NAN; }, "mean 3 is not finite"));
    QVERIFY(fails([](auto& m) { m.variances[1] = 0; }, "variance 1 is not positive"));
}

void TestMixture::densitiesFollowTheFormula() {
    const GaussianMixture mixture = threeComponents();
    // More rows than one tile, some of them near the narrow component far from the origin.
    const Array z = drawBlobs({{45, {1, 0}, {2, 2}}, {30, {100, 2}, {0.002, 3}}}, 3);
    const Array joint = jointLogProbability(mixture, z), posterior = responsibilities(mixture, z);
    QCOMPARE(joint.shape(), (std::vector<int64_t>{75, 3}));
    long double sum = 0;
    for (int64_t n = 0; n < z.dim(0); ++n) {
        long double direct[3], total = 0;
        for (int64_t k = 0; k < 3; ++k) {
            direct[k] = directJoint(mixture, k, z.row(n).data());
            total += std::exp(direct[k]);
            QVERIFY(std::abs(joint.at(n, k) - direct[k]) <= 1e-6L * std::abs(direct[k]));
        }
        for (int64_t k = 0; k < 3; ++k)
            QVERIFY(std::abs(posterior.at(n, k) - std::exp(direct[k]) / total) < 1e-7L);
        sum += std::log(total);
    }
    const double mean = static_cast<double>(sum / 75);
    QVERIFY(std::abs(meanLogLikelihood(mixture, z) - mean) < 1e-12 * std::abs(mean));
}

void TestMixture::farRowsKeepAFiniteResponsibility() {
    const Array z({2, 2}, {1e30F, -1e30F, -1e15F, 0});
    const Array posterior = responsibilities(threeComponents(), z);
    for (int64_t n = 0; n < 2; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < 3; ++k)
            sum += posterior.at(n, k);
        QCOMPARE(sum, 1.0);
    }
    QCOMPARE(posterior.at(1, 0), 1.0F); // the widest along the first axis
}

void TestMixture::stridedRowsAreReadInOrder() {
    const Array z = drawBlobs({{40, {1, 0}, {2, 2}}}, 4);
    const Array columns = z.permuted({1, 0}).copy().permuted({1, 0}); // the same values, column-major
    QVERIFY(!columns.contiguous());
    QCOMPARE(meanLogLikelihood(threeComponents(), columns), meanLogLikelihood(threeComponents(), z));
}

void TestMixture::largestTakesTheFirstOfTies() {
    QCOMPARE(largestPerRow(Array({3, 3}, {1, 2, 2, 5, 5, 5, -3, -2, -1})), (std::vector<int64_t>{1, 0, 2}));
}

void TestMixture::separatedBlobsAreFound() {
    const Array z = drawBlobs({{6000, {-10, 0}, {1, 2}}, {4000, {10, 5}, {0.5, 0.1}}}, 5);
    const MixtureReport report = fitMixture(z, {.components = 2});
    QVERIFY(report.converged);
    const size_t left = report.mixture.means[0] < 0 ? 0 : 1, right = 1 - left;
    QVERIFY(std::abs(report.mixture.weights[left] - 0.6) < 1e-12); // no row is in doubt
    const auto near = [&](size_t component, size_t d, double mean, double deviation, double count) {
        const double m = report.mixture.means[component * 2 + d],
                     v = report.mixture.variances[component * 2 + d];
        return std::abs(m - mean) < 4 * deviation / std::sqrt(count) &&
               std::abs(v / (deviation * deviation) - 1) < 4 * std::sqrt(2 / count);
    };
    QVERIFY(near(left, 0, -10, 1, 6000) && near(left, 1, 0, 2, 6000));
    QVERIFY(near(right, 0, 10, 0.5, 4000) && near(right, 1, 5, 0.1, 4000));
    // Entropy of the weights and of the four Gaussians, all in closed form.
    const double gaussians = 0.6 * std::log(1.0 * 2.0) + 0.4 * std::log(0.5 * 0.1);
    const double truth =
        0.6 * std::log(0.6) + 0.4 * std::log(0.4) - gaussians - std::log(2 * std::numbers::pi) - 1;
    QVERIFY(std::abs(report.meanLogLikelihood - truth) < 0.05);
}

void TestMixture::likelihoodNeverFalls() {
    const MixtureReport report =
        fitMixture(overlappingBlobs(500, 6), {.components = 6, .maxIterations = 60, .tolerance = 0});
    QCOMPARE(static_cast<int64_t>(report.history.size()), report.iterations);
    QVERIFY(report.history.size() > 10);
    for (size_t i = 1; i < report.history.size(); ++i)
        QVERIFY(report.history[i] >= report.history[i - 1] - 1e-5); // the floor may cost its own size
    QCOMPARE(report.history.back(), report.meanLogLikelihood);
    QCOMPARE(report.meanLogLikelihood, meanLogLikelihood(report.mixture, overlappingBlobs(500, 6)));
}

void TestMixture::moreStartsNeverHurt() {
    const Array z = overlappingBlobs(300, 7);
    const double one = fitMixture(z, {.components = 5, .starts = 1}).meanLogLikelihood;
    const double many = fitMixture(z, {.components = 5, .starts = 6}).meanLogLikelihood;
    QVERIFY(many >= one);
}

void TestMixture::resultsDoNotDependOnThreads() {
    const Array z = overlappingBlobs(2000, 8);
    setRowThreads(1);
    const MixtureReport one = fitMixture(z, {.components = 5});
    setRowThreads(3);
    const MixtureReport three = fitMixture(z, {.components = 5});
    setRowThreads(0);
    QVERIFY(same(one.mixture, three.mixture));
    QCOMPARE(one.history, three.history);
}

void TestMixture::sameSeedSameResult() {
    const Array z = overlappingBlobs(200, 9);
    const auto fit = [&](uint64_t seed) { return fitMixture(z, {.components = 8, .seed = seed}).mixture; };
    QVERIFY(same(fit(3), fit(3)));
    QVERIFY(!same(fit(3), fit(4)));
}

void TestMixture::emptyComponentsStayFinite() {
    const Array z = drawBlobs({{500, {0, 0}, {1, 1}}}, 10);
    GaussianMixture start{2, 2, {0.5, 0.5}, {0.5, 0.5, 1e6, 1e6}, {1, 1, 1, 1}};
    const MixtureReport report = refineMixture(z, start, {});
    report.mixture.check();
    QVERIFY(report.mixture.weights[1] < 1e-12);
    QCOMPARE(report.mixture.means[2], 1e6); // nothing was learnt about it
    QVERIFY(std::abs(report.mixture.means[0]) < 0.2);
    QVERIFY(allFinite(report.history));
}

void TestMixture::equalRowsStayFinite() {
    const Array z({20, 3}, std::vector<float>(60, 2.5F));
    const MixtureReport report = fitMixture(z, {.components = 4});
    report.mixture.check();
    QVERIFY(std::isfinite(report.meanLogLikelihood));
    for (const double mean : report.mixture.means)
        QCOMPARE(mean, 2.5);
}

void TestMixture::badInputIsRefused() {
    Array z = drawBlobs({{100, {0, 0}, {1, 1}}}, 11);
    QVERIFY_THROWS_EXCEPTION(UsageError, fitMixture(z, {.components = 101}));
    QVERIFY_THROWS_EXCEPTION(UsageError, fitMixture(z, {.components = 0}));
    QVERIFY_THROWS_EXCEPTION(UsageError, fitMixture(Array({5}), {.components = 2}));
    QVERIFY_THROWS_EXCEPTION(UsageError, responsibilities(threeComponents(), Array({5, 3})));
    z.at(73, 1) = NAN;
    z.at(80, 0) = INFINITY;
    try {
        fitMixture(z, {.components = 2});
        QFAIL("a row that is not finite was accepted");
    } catch (const UsageError& error) {
        QVERIFY(QString(error.what()).contains("row 73"));
    }
}

void TestMixture::stopIsObeyed() {
    std::stop_source source;
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Interrupted,
                             fitMixture(overlappingBlobs(100, 12), {.components = 3}, source.get_token()));
}

void TestMixture::samplesHaveTheMixturesMoments() {
    const GaussianMixture mixture{2, 2, {0.25, 0.75}, {-2, 0, 4, 1}, {1, 4, 0.25, 0.01}};
    RandomStream random(1, "sample");
    std::vector<int64_t> drawn;
    const int64_t count = 40000;
    const Array z = sampleMixture(mixture, count, -1, 0.5, random, &drawn);
    const auto ones = static_cast<double>(std::accumulate(drawn.begin(), drawn.end(), int64_t{0}));
    QVERIFY(std::abs(ones / count - 0.75) < 4 * std::sqrt(0.25 * 0.75 / count));
    for (int64_t k = 0; k < 2; ++k)
        for (int64_t d = 0; d < 2; ++d) {
            double n = 0, sum = 0, squares = 0;
            for (int64_t i = 0; i < count; ++i)
                if (drawn[static_cast<size_t>(i)] == k) {
                    n += 1;
                    sum += z.at(i, d);
                    squares += static_cast<double>(z.at(i, d)) * z.at(i, d);
                }
            const auto entry = static_cast<size_t>(k * 2 + d);
            const double variance = squares / n - (sum / n) * (sum / n);
            const double expected = 0.25 * mixture.variances[entry]; // half the deviation
            QVERIFY(std::abs(sum / n - mixture.means[entry]) < 4 * std::sqrt(expected / n));
            QVERIFY(std::abs(variance / expected - 1) < 4 * std::sqrt(2 / n));
        }
}

void TestMixture::samplingFollowsItsArguments() {
    const GaussianMixture mixture = threeComponents();
    RandomStream random(1, "sample"), again(1, "sample");
    const Array a = sampleMixture(mixture, 7, 1, 1, random), b = sampleMixture(mixture, 7, 1, 1, again);
    QVERIFY(std::equal(a.values().begin(), a.values().end(), b.values().begin()));
    const Array still = sampleMixture(mixture, 3, 2, 0, random);
    QCOMPARE(still.at(2, 0), 100.0F);
    QCOMPARE(still.at(2, 1), 2.0F);
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleMixture(mixture, 3, 3, 1, random));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleMixture(mixture, 3, 0, -1, random));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleMixture(mixture, 3, 0, NAN, random));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleMixture(mixture, -3, 0, 1, random));
}

QTEST_GUILESS_MAIN(TestMixture)
#include "test_mixture.moc"
