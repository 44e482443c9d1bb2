// Where a score comes from: found where it was put, and shares that add up to the whole.

#include <cmath>
#include <numbers>

#include <QtTest>

#include "anomaly/contribution.h"
#include "core/error.h"
#include "core/random.h"

using namespace galatea;

namespace {

Array noise(std::vector<int64_t> shape, double scale, uint64_t seed) {
    Array image(std::move(shape));
    RandomStream random(seed, "image");
    for (float& value : image.values())
        value = static_cast<float>(5 + scale * random.normal());
    return image;
}

double sum(const Array& array) {
    double total = 0;
    for (const float value : array.values())
        total += value;
    return total;
}

/// Light above the sky of 5.
std::vector<double> light(const Array& images) {
    std::vector<double> scores;
    for (int64_t n = 0; n < images.dim(0); ++n) {
        double total = 0;
        for (int64_t c = 0; c < images.dim(1); ++c)
            for (int64_t y = 0; y < images.dim(2); ++y)
                for (int64_t x = 0; x < images.dim(3); ++x)
                    total += images.at(n, c, y, x) - 5;
        scores.push_back(total);
    }
    return scores;
}

} // namespace

class TestContribution : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void findsTheBrightSpot() {
        Array image = noise({2, 21, 34}, 0, 1);
        image.at(1, 15, 27) = 105;
        const Array map = occlusionContribution(light, image, {.patch = 3, .stride = 1, .batch = 7});
        QCOMPARE(map.shape(), (std::vector<int64_t>{21, 34}));
        QCOMPARE(map.at(15, 27), 100.0F); // every patch over it takes the whole of it away
        // Patches over the pixel beside it: two of three hold the spot.
        QVERIFY(std::abs(map.at(15, 28) - 200.0F / 3) < 1e-3F);
        QVERIFY(std::abs(map.at(16, 28) - 400.0F / 9) < 1e-3F);
        QCOMPARE(map.at(0, 0), 0.0F);
        QCOMPARE(map.at(15, 30), 0.0F);
        QCOMPARE(map.at(20, 33), 0.0F); // corners are covered too
    }

    void darkSpotsCountBelowZero() {
        Array image = noise({1, 16, 16}, 0, 1);
        image.at(0, 8, 8) = -45;
        const Array map = occlusionContribution(light, image);
        QVERIFY(map.at(8, 8) < -40);
    }

    void everyPixelIsCovered_data() {
        QTest::addColumn<int>("patch");
        QTest::addColumn<int>("stride");
        for (const auto& [patch, stride] : {std::pair{0, 0}, {1, 1}, {5, 5}, {7, 3}, {3, 8}, {100, 0}})
            QTest::addRow("%d by %d", patch, stride) << patch << stride;
    }
    void everyPixelIsCovered() {
        QFETCH(int, patch);
        QFETCH(int, stride);
        const Array map = occlusionContribution(light, noise({1, 17, 23}, 1, 3), {patch, stride, 4});
        for (const float value : map.values())
            QVERIFY(std::isfinite(value));
    }

    void sharesOfAnErrorAddUp() {
        const Array image = noise({3, 9, 11}, 1, 1), other = noise({3, 9, 11}, 2, 2);
        double squares = 0;
        for (size_t i = 0; i < image.values().size(); ++i)
            squares += std::pow(static_cast<double>(image.values()[i]) - other.values()[i], 2);
        const double whole = squares / static_cast<double>(image.size());
        QVERIFY(std::abs(sum(squaredErrorContribution(image, other)) - whole) < 1e-5 * whole);
    }

    void sharesOfALikelihoodAddUp() {
        const Array image = noise({2, 8, 8}, 1, 1), mean = noise({2, 8, 8}, 0.5, 2);
        Array variance = noise({2, 8, 8}, 0.1, 3);
        double product = 0; // of densities, as a logarithm
        for (size_t i = 0; i < image.values().size(); ++i) {
            const double v = variance.values()[i],
                         d = static_cast<double>(image.values()[i]) - mean.values()[i];
            product += std::log(std::exp(-d * d / (2 * v)) / std::sqrt(2 * std::numbers::pi * v));
        }
        QVERIFY(std::abs(sum(likelihoodContribution(image, mean, variance)) + product) <
                1e-5 * std::abs(product));
    }

    void refusesWhatItCannotUse() {
        const Array image = noise({1, 8, 8}, 1, 1);
        QVERIFY_EXCEPTION_THROWN(occlusionContribution(light, Array({8, 8})), UsageError);
        QVERIFY_EXCEPTION_THROWN(squaredErrorContribution(image, Array({1, 8, 9})), UsageError);
        const auto broken = [](const Array& images) {
            return std::vector<double>(static_cast<size_t>(images.dim(0)), NAN);
        };
        QVERIFY_EXCEPTION_THROWN(occlusionContribution(broken, image), ModelError);
        const auto tooFew = [](const Array&) { return std::vector<double>{}; };
        QVERIFY_EXCEPTION_THROWN(occlusionContribution(tooFew, image), ModelError);
        std::stop_source source;
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(occlusionContribution(light, image, {}, source.get_token()), Interrupted);
    }
};

QTEST_GUILESS_MAIN(TestContribution)
#include "test_contribution.moc"
