#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "latent/sampling.h"

using namespace galatea;

namespace {

ModelCard cardWithMixture() {
    ModelCard card;
    card.latent = 2;
    card.mixture = {3, 2, {0.5, 0.3, 0.2}, {-5, 0, 5, 0, 0, 8}, {1, 0.25, 4, 1, 0.01, 0.04}};
    return card;
}

struct Moments {
    double count = 0, mean = 0, variance = 0;
};

/// Of one latent over the samples of one component.
Moments momentsOf(const LatentSample& sample, int64_t component, int64_t d) {
    Moments m;
    double squares = 0;
    for (size_t n = 0; n < sample.component.size(); ++n)
        if (sample.component[n] == component) {
            const double value = sample.latents.at(static_cast<int64_t>(n), d);
            m.count += 1;
            m.mean += value;
            squares += value * value;
        }
    m.mean /= m.count;
    m.variance = squares / m.count - m.mean * m.mean;
    return m;
}

bool agrees(const Moments& m, double mean, double variance) {
    return std::abs(m.mean - mean) < 4 * std::sqrt(variance / m.count) &&
           std::abs(m.variance / variance - 1) < 4 * std::sqrt(2 / m.count);
}

bool sameValues(const Array& a, const Array& b) {
    return std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
}

} // namespace

class TestSampling : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void mixtureSamplesHaveItsMoments();
    void chosenComponentsKeepTheirRelativeWeights();
    void priorSamplesAreUnitGaussian();
    void temperatureScalesTheSameDraws();
    void theSeedDecides();
    void nonsenseIsRefused();
};

void TestSampling::mixtureSamplesHaveItsMoments() {
    const ModelCard card = cardWithMixture();
    const LatentSample sample = sampleLatents(card, {.count = 30000, .temperature = 0.7});
    for (int64_t k = 0; k < 3; ++k) {
        const double weight = card.mixture.weights[static_cast<size_t>(k)];
        for (int64_t d = 0; d < 2; ++d) {
            const auto entry = static_cast<size_t>(2 * k + d);
            const Moments m = momentsOf(sample, k, d);
            QVERIFY(std::abs(m.count / 30000 - weight) < 4 * std::sqrt(weight * (1 - weight) / 30000));
            QVERIFY(agrees(m, card.mixture.means[entry], 0.49 * card.mixture.variances[entry]));
        }
    }
}

void TestSampling::chosenComponentsKeepTheirRelativeWeights() {
    const LatentSample sample = sampleLatents(cardWithMixture(), {.count = 20000, .components = {2, 0, 2}});
    const auto twos = static_cast<double>(std::count(sample.component.begin(), sample.component.end(), 2));
    QCOMPARE(std::count(sample.component.begin(), sample.component.end(), 1), 0);
    const double share = 0.2 / 0.7;
    QVERIFY(std::abs(twos / 20000 - share) < 4 * std::sqrt(share * (1 - share) / 20000));
    QVERIFY(agrees(momentsOf(sample, 2, 1), 8, 0.04));
    QVERIFY(agrees(momentsOf(sample, 0, 0), -5, 1));
}

void TestSampling::priorSamplesAreUnitGaussian() {
    ModelCard card;
    card.latent = 3;
    const LatentSample sample = sampleLatents(card, {.count = 20000, .temperature = 2});
    QCOMPARE(sample.latents.shape(), (std::vector<int64_t>{20000, 3}));
    for (int64_t d = 0; d < 3; ++d)
        QVERIFY(agrees(momentsOf(sample, -1, d), 0, 4));
}

void TestSampling::temperatureScalesTheSameDraws() {
    const LatentSample cold = sampleLatents(cardWithMixture(), {.count = 50, .temperature = 0});
    const LatentSample warm = sampleLatents(cardWithMixture(), {.count = 50, .temperature = 1});
    const LatentSample hot = sampleLatents(cardWithMixture(), {.count = 50, .temperature = 2});
    QCOMPARE(cold.component, hot.component);
    for (int64_t n = 0; n < 50; ++n) {
        QCOMPARE(cold.latents.at(n, 1), cold.component[static_cast<size_t>(n)] == 2 ? 8.0F : 0.0F);
        for (int64_t d = 0; d < 2; ++d) {
            const float one = warm.latents.at(n, d) - cold.latents.at(n, d);
            QVERIFY(std::abs(hot.latents.at(n, d) - cold.latents.at(n, d) - 2 * one) < 1e-5F);
        }
    }
}

void TestSampling::theSeedDecides() {
    const auto draw = [](uint64_t seed) {
        return sampleLatents(cardWithMixture(), {.count = 9, .seed = seed}).latents;
    };
    QVERIFY(sameValues(draw(4), draw(4)));
    QVERIFY(!sameValues(draw(4), draw(5)));
}

void TestSampling::nonsenseIsRefused() {
    const ModelCard card = cardWithMixture();
    ModelCard plain;
    plain.latent = 2;
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(card, {.components = {3}}));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(card, {.components = {-1}}));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(card, {.temperature = -0.1}));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(plain, {.temperature = NAN}));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(plain, {.components = {0}}));
    QVERIFY_THROWS_EXCEPTION(UsageError, sampleLatents(card, {.count = -1}));
    QCOMPARE(sampleLatents(card, {.count = 0}).latents.dim(0), 0);
}

QTEST_GUILESS_MAIN(TestSampling)
#include "test_sampling.moc"
