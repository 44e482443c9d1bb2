// What a model cannot draw, but the other band shows, comes back in the hidden band.

#include <cmath>
#include <limits>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "inversion/band_refinement.h"
#include "inversion/mask.h"

using namespace galatea;

namespace {

constexpr int64_t side = 8;

/// How bright channel c of the one shape that the model knows is at a pixel.
float shape(int64_t c, int64_t y, int64_t x) {
    const double r = std::hypot(static_cast<double>(y) - 3.5, static_cast<double>(x) - 3.5);
    return static_cast<float>(c == 0 ? std::exp(-r) : 2 * std::exp(-r / 2));
}

/// x = z · shape.
class OneShape : public Model {
  public:
    OneShape() {
        card_.name = "one shape";
        card_.input.channels = 2;
        card_.input.height = card_.input.width = side;
        card_.latent = 1;
        card_.methods = {"decode"};
    }
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array&) const override { return {}; }
    Decoding decode(const Array& latents) const override {
        Array images({latents.dim(0), 2, side, side});
        for (int64_t n = 0; n < latents.dim(0); ++n)
            for (int64_t c = 0; c < 2; ++c)
                for (int64_t y = 0; y < side; ++y)
                    for (int64_t x = 0; x < side; ++x)
                        images.at(n, c, y, x) = latents.at(n, int64_t{0}) * shape(c, y, x);
        return {images, {}};
    }
    Array score(const Array&) const override { return {}; }
    bool differentiable() const override { return true; }
    Array decodeGradient(const Array& latents, const PixelGradient& gradient) const override {
        const Array pixels = gradient(decode(latents).mean);
        Array result(latents.shape());
        for (int64_t n = 0; n < latents.dim(0); ++n)
            for (int64_t c = 0; c < 2; ++c)
                for (int64_t y = 0; y < side; ++y)
                    for (int64_t x = 0; x < side; ++x)
                        result.at(n, int64_t{0}) += pixels.at(n, c, y, x) * shape(c, y, x);
        return result;
    }

  private:
    ModelCard card_;
};

/// The shape, and knots that are twice as bright in channel 1 as in channel 0.
Array galaxies(int64_t count, const char* name) {
    Array images({count, 2, side, side});
    RandomStream random(5, name);
    for (int64_t n = 0; n < count; ++n) {
        const auto z = static_cast<float>(random.normal());
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x) {
                const auto knot = static_cast<float>(0.3 * random.normal());
                images.at(n, int64_t{0}, y, x) = z * shape(0, y, x) + knot;
                images.at(n, int64_t{1}, y, x) = z * shape(1, y, x) + 2 * knot;
            }
    }
    return images;
}

double meanSquare(const Array& images, const Array& truth, int64_t channel) {
    double sum = 0;
    for (int64_t n = 0; n < truth.dim(0); ++n)
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x)
                sum += std::pow(images.at(n, channel, y, x) - truth.at(n, channel, y, x), 2);
    return sum / static_cast<double>(truth.dim(0) * side * side);
}

BestFitOptions quick() {
    BestFitOptions options;
    options.steps = 80;
    options.starts = 1;
    return options;
}

} // namespace

class TestBandRefinement : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void betterThanTheFitAndThanALinearPrediction() {
        const OneShape model;
        const Array references = galaxies(60, "references"), images = galaxies(20, "images");
        const Array observed = observedPixels(images, {1});
        const BestFitReport fit = bestFit(model, images, observed, quick());
        const BandRefinement refinement(model, references, {1}, quick());
        const Array refined = refinement.refined(images, observed, fit.mean);
        const double fits = meanSquare(fit.mean, images, 1), ours = meanSquare(refined, images, 1);
        const Array predicted = LinearPrediction(references, 1, 1).predict(images);
        double linear = 0;
        for (int64_t n = 0; n < images.dim(0); ++n)
            for (int64_t y = 0; y < side; ++y)
                for (int64_t x = 0; x < side; ++x)
                    linear += std::pow(predicted.at(n, y, x) - images.at(n, int64_t{1}, y, x), 2) /
                              static_cast<double>(images.dim(0) * side * side);
        // The fit lacks the knots, whose variance in channel 1 is (2 · 0.3)²; the linear formula takes the
        // shape for knots.
        QVERIFY2(std::abs(fits - 0.36) < 0.08, qPrintable(QString::number(fits)));
        QVERIFY2(ours < 0.1 * fits, qPrintable(QString::number(ours)));
        QVERIFY2(ours < 0.7 * linear, qPrintable(QString("%1 %2").arg(ours).arg(linear)));
        QCOMPARE(meanSquare(refined, fit.mean, 0), 0.0); // what was seen is not touched
    }

    void neverLooksAtWhatIsHidden() {
        const OneShape model;
        const BandRefinement refinement(model, galaxies(30, "references"), {1}, quick());
        Array images = galaxies(3, "images");
        const Array observed = observedPixels(images, {1});
        const BestFitReport fit = bestFit(model, images, observed, quick());
        const Array before = refinement.refined(images, observed, fit.mean);
        for (int64_t y = 0; y < side; ++y)
            images.at(int64_t{1}, int64_t{1}, y, y) = std::numeric_limits<float>::quiet_NaN();
        const Array after = refinement.refined(images, observed, fit.mean);
        QCOMPARE(meanSquare(after, before, 1), 0.0);
    }

    void referencesMayHaveGaps() {
        const OneShape model;
        Array references = galaxies(40, "references");
        references.at(int64_t{3}, int64_t{0}, int64_t{2}, int64_t{2}) =
            std::numeric_limits<float>::quiet_NaN();
        const Array images = galaxies(4, "images"), observed = observedPixels(images, {1});
        const BestFitReport fit = bestFit(model, images, observed, quick());
        const Array refined =
            BandRefinement(model, references, {1}, quick()).refined(images, observed, fit.mean);
        QVERIFY(meanSquare(refined, images, 1) < 0.2 * meanSquare(fit.mean, images, 1));
    }

    void referencesAreOtherObjects() {
        QCOMPARE(referenceRows(6, {4, 1, 4}, 10, 1), (std::vector<int64_t>{0, 2, 3, 5}));
        QVERIFY(referenceRows(3, {0, 1, 2}, 5, 1).empty());
        std::vector<int> drawn(10);
        for (uint64_t seed = 0; seed < 6000; ++seed) {
            const std::vector<int64_t> rows = referenceRows(10, {7}, 3, seed);
            QCOMPARE(rows.size(), size_t(3));
            QVERIFY(std::is_sorted(rows.begin(), rows.end()));
            for (const int64_t row : rows)
                ++drawn[static_cast<size_t>(row)];
        }
        QCOMPARE(drawn[7], 0);
        for (const int row : {0, 1, 2, 3, 4, 5, 6, 8, 9}) // 2000 each, deviation 37
            QVERIFY2(std::abs(drawn[static_cast<size_t>(row)] - 2000) < 200,
                     qPrintable(QString::number(row)));
    }

    void refusesWhatCannotBeLearnt() {
        const OneShape model;
        const Array few = galaxies(15, "few"), enough = galaxies(16, "enough");
        QVERIFY_EXCEPTION_THROWN(BandRefinement(model, few, {1}, quick()), UsageError);
        QVERIFY_EXCEPTION_THROWN(BandRefinement(model, enough, {}, quick()), UsageError);
        QVERIFY_EXCEPTION_THROWN(BandRefinement(model, enough, {0, 1}, quick()), UsageError);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(BandRefinement(model, enough, {1}, quick(), stop.get_token()), Interrupted);
    }
};

QTEST_GUILESS_MAIN(TestBandRefinement)
#include "test_band_refinement.moc"
