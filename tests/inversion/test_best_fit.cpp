// Best fits of models whose answers are known in closed form, and of a real generator.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "inversion/best_fit.h"
#include "inversion/mask.h"
#include "models/lsgan/lsgan.h"
#include "models/network_units.h"
#include "nn/device.h"

using namespace galatea;

namespace {

/// x = A z, of two channels of two pixels: the best fit is a least-squares solution.
class LinearModel : public Model {
  public:
    LinearModel() {
        card_.name = "linear";
        card_.input.channels = 2;
        card_.input.height = 1;
        card_.input.width = 2;
        card_.latent = 2;
        card_.methods = {"encode", "decode"};
    }
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array& images) const override {
        Encoding encoding{Array({images.dim(0), 2}), {}};
        for (int64_t n = 0; n < images.dim(0); ++n)
            encoding.mean.at(n, int64_t{0}) = 0.1f * images.at(n, int64_t{0}, int64_t{0}, int64_t{0});
        return encoding;
    }
    Decoding decode(const Array& latents) const override {
        Array images({latents.dim(0), 2, 1, 2});
        for (int64_t n = 0; n < latents.dim(0); ++n)
            for (int64_t p = 0; p < 4; ++p)
                images.at(n, p / 2, int64_t{0}, p % 2) =
                    static_cast<float>(matrix[p][0]) * latents.at(n, int64_t{0}) +
                    static_cast<float>(matrix[p][1]) * latents.at(n, int64_t{1});
        return {images, {}};
    }
    Array score(const Array&) const override { return {}; }
    bool differentiable() const override { return true; }
    Array decodeGradient(const Array& latents, const PixelGradient& gradient) const override {
        const Array pixels = gradient(decode(latents).mean);
        Array result(latents.shape());
        for (int64_t n = 0; n < latents.dim(0); ++n)
            for (int64_t p = 0; p < 4; ++p)
                for (int64_t d = 0; d < 2; ++d)
                    result.at(n, d) +=
                        static_cast<float>(matrix[p][d]) * pixels.at(n, p / 2, int64_t{0}, p % 2);
        return result;
    }
    static constexpr double matrix[4][2] = {{1, 0.5}, {-0.5, 1}, {2, 1}, {1, -1}};

    ModelCard card_;
};

/// A program of a stranger's: it decodes, and no more is known.
class Opaque : public LinearModel {
  public:
    bool differentiable() const override { return false; }
    Array decodeGradient(const Array& latents, const PixelGradient& gradient) const override {
        return Model::decodeGradient(latents, gradient);
    }
};

Array ones(const Array& like) {
    Array result(like.shape());
    for (float& value : result.values())
        value = 1;
    return result;
}

Array randomLatents(int64_t count, int64_t latent, double deviation) {
    Array z({count, latent});
    RandomStream random(3, "latents");
    for (float& value : z.values())
        value = static_cast<float>(deviation * random.normal());
    return z;
}

ModelPtr generator() {
    ModelInput input;
    input.channels = 2;
    input.height = input.width = 16;
    input.offset = {1, 2};
    input.scale = {0.5, 2};
    input.stretch = "asinh";
    return randomLsgan(input, {{"latent", 4}, {"width", 8}, {"blocks", 2}}, 4);
}

} // namespace

class TestBestFit : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void leastSquaresOfWhatIsSeen() {
        const LinearModel model;
        const Array image({1, 2, 1, 2}, {1, 2, -1, 0.5f});
        for (const bool masked : {false, true}) {
            Array observed = ones(image);
            if (masked)
                observed.at(0, 0, 0, 1) = 0;
            // The normal equations, by Cramer's rule.
            double a = 0, b = 0, c = 0, u = 0, v = 0;
            for (int p = 0; p < 4; ++p) {
                if (observed.values()[size_t(p)] == 0)
                    continue;
                const auto& row = LinearModel::matrix[p];
                const double x = double(image.values()[size_t(p)]);
                a += row[0] * row[0];
                b += row[0] * row[1];
                c += row[1] * row[1];
                u += row[0] * x;
                v += row[1] * x;
            }
            const double z0 = (u * c - v * b) / (a * c - b * b), z1 = (a * v - b * u) / (a * c - b * b);
            BestFitOptions options;
            options.steps = 600;
            options.learningRate = 0.05;
            const BestFitReport report = bestFit(model, image, observed, options);
            for (int64_t s = 0; s < options.starts; ++s) {
                QVERIFY(std::abs(report.latents.at(0, s, 0) - z0) < 2e-3);
                QVERIFY(std::abs(report.latents.at(0, s, 1) - z1) < 2e-3);
            }
            double error = 0, seen = 0;
            for (int p = 0; p < 4; ++p) {
                const double w = double(observed.values()[size_t(p)]);
                const double x = LinearModel::matrix[p][0] * z0 + LinearModel::matrix[p][1] * z1;
                error += w * std::pow(x - double(image.values()[size_t(p)]), 2);
                seen += w;
            }
            QVERIFY(std::abs(report.losses.at(0, 0) - error / seen) < 1e-4);
            QCOMPARE(report.counted[0], options.starts); // they all found the one minimum
            QVERIFY(report.spread.at(0, 0, 0, 1) < 0.01f);
        }
    }

    void hiddenValuesAreNeverUsed() {
        const LinearModel model;
        const Array a({1, 2, 1, 2}, {1, 2, -1, 0.5f}), b({1, 2, 1, 2}, {1, NAN, -1, 0.5f});
        Array observed = ones(a);
        observed.at(0, 0, 0, 1) = 0;
        BestFitOptions options;
        options.steps = 20;
        const BestFitReport first = bestFit(model, a, observed, options),
                            second = bestFit(model, b, observed, options);
        QVERIFY(std::equal(first.latents.values().begin(), first.latents.values().end(),
                           second.latents.values().begin()));
    }

    void aKnownLatentIsFoundAgain() {
        const ModelPtr model = generator();
        const Array truth = randomLatents(6, 4, 1.0), images = model->decode(truth).mean;
        BestFitOptions options;
        options.steps = 400;
        options.starts = 6;
        options.learningRate = 0.1;
        const BestFitReport report = bestFit(*model, images, ones(images), options);
        for (int64_t n = 0; n < 6; ++n) {
            const int64_t best = report.best[size_t(n)];
            QVERIFY2(report.losses.at(n, best) < 1e-4,
                     qPrintable(QString::number(report.losses.at(n, best))));
            for (int64_t d = 0; d < 4; ++d)
                QVERIFY(std::abs(report.latents.at(n, best, d) - truth.at(n, d)) < 0.1f);
        }
    }

    void aHiddenBandComesBack() {
        const ModelPtr model = generator();
        const Array truth = randomLatents(4, 4, 1.0), images = model->decode(truth).mean.contiguousCopy();
        const Array observed = observedPixels(images, {1});
        BestFitOptions options;
        options.steps = 500;
        options.starts = 8;
        options.learningRate = 0.1;
        const BestFitReport report = bestFit(*model, images, observed, options);
        const NetworkUnits units(model->card().input);
        const Array expected = units.toNetwork(images), found = units.toNetwork(report.mean);
        double error = 0, power = 0;
        for (int64_t n = 0; n < 4; ++n)
            for (int64_t y = 0; y < 16; ++y)
                for (int64_t x = 0; x < 16; ++x) {
                    error +=
                        std::pow(double(found.at(n, int64_t{1}, y, x) - expected.at(n, int64_t{1}, y, x)), 2);
                    power += std::pow(double(expected.at(n, int64_t{1}, y, x)), 2);
                }
        QVERIFY2(error < 0.01 * power, qPrintable(QString("%1 of %2").arg(error).arg(power)));
    }

    void curveGradientAndBestAgree() {
        const ModelPtr model = generator();
        const Array images = model->decode(randomLatents(3, 4, 1.0)).mean;
        BestFitOptions options;
        options.steps = 30;
        options.starts = 3;
        options.batch = 2; // batches that cut through an image's starts
        int frames = 0;
        const BestFitReport report = bestFit(
            *model, images, ones(images), options, {}, silentProgress(),
            [&](const BestFitFrame& frame) {
                ++frames;
                QCOMPARE(frame.images.dim(0), frame.losses.dim(0));
            },
            15);
        QCOMPARE(frames, 5 * 3); // 9 fits, two at a time; steps 0, 15 and 30
        for (int64_t n = 0; n < 3; ++n)
            for (int64_t s = 0; s < 3; ++s) {
                float lowest = INFINITY;
                for (int64_t step = 0; step <= 30; ++step)
                    lowest = std::min(lowest, report.curves.at(n, s, step));
                QCOMPARE(report.losses.at(n, s), lowest);
                // The latents given are those of the loss given.
                const Array again =
                    model->decode(report.latents.row(n).row(s).contiguousCopy().reshaped({1, 4})).mean;
                const Array error =
                    observedError(model->card(), images.slice(n, n + 1).contiguousCopy(), again, ones(again));
                QVERIFY(std::abs(error.at(0) - lowest) < 1e-4f * (1 + lowest));
            }
        options.batch = 100; // the same fits together
        const BestFitReport together = bestFit(*model, images, ones(images), options);
        for (size_t i = 0; i < report.losses.values().size(); ++i)
            QVERIFY(std::abs(report.losses.values()[i] - together.losses.values()[i]) <
                    0.02f * (1e-3f + together.losses.values()[i]));
    }

    void priorPullsTowardsTheCentre() {
        const LinearModel model;
        const Array image({1, 2, 1, 2}, {1, 2, -1, 0.5f});
        BestFitOptions options;
        options.starts = 1;
        options.steps = 800;
        options.learningRate = 0.05;
        const auto length = [&](double prior) {
            options.prior = prior;
            const BestFitReport report = bestFit(model, image, ones(image), options);
            return std::hypot(report.latents.at(0, 0, 0), report.latents.at(0, 0, 1));
        };
        const double free = length(0), pulled = length(2), held = length(1e4);
        QVERIFY(pulled < 0.8 * free && held < 0.01 * free);
    }

    void startsAreWhereTheyShouldBe() {
        const LinearModel model;
        const Array image({1, 2, 1, 2}, {7, 2, -1, 0.5f});
        BestFitOptions options;
        options.steps = 0;
        options.starts = 3;
        const auto first = [&](const char* start, int64_t s) {
            options.start = start;
            return bestFit(model, image, ones(image), options).latents.at(0, s, 0);
        };
        QVERIFY(std::abs(first("mixed", 0) - 0.7f) < 1e-6f);
        QVERIFY(std::abs(first("encoder", 0) - 0.7f) < 1e-6f);
        QVERIFY(std::abs(first("encoder", 1) - 0.7f) > 1e-3f);
        QVERIFY(first("random", 0) != 0.7f);
        QCOMPARE(first("random", 1), first("mixed", 1));
    }

    void stopsAndRefuses() {
        const LinearModel model;
        const Array image({1, 2, 1, 2}, {1, 2, -1, 0.5f});
        std::stop_source source;
        QVERIFY_EXCEPTION_THROWN(bestFit(
                                     model, image, ones(image), {}, source.get_token(), silentProgress(),
                                     [&](const BestFitFrame&) { source.request_stop(); }, 1),
                                 Interrupted);
        QVERIFY_EXCEPTION_THROWN(bestFit(Opaque(), image, ones(image), {}), ModelError);
        QVERIFY_EXCEPTION_THROWN(bestFit(model, Array({1, 1, 1, 2}), Array({1, 1, 1, 2}), {}), UsageError);
        BestFitOptions options;
        options.start = "somewhere";
        QVERIFY_EXCEPTION_THROWN(bestFit(model, image, ones(image), options), UsageError);
    }

    void networkUnitsAreTheirFormula() {
        ModelInput input;
        input.channels = 1;
        input.offset = {2};
        input.scale = {4};
        input.stretch = "asinh";
        const NetworkUnits units(input);
        QVERIFY(std::abs(units.toNetwork(10, 0) - std::asinh(2.0)) < 1e-12);
        const double difference = (units.toNetwork(10 + 1e-6, 0) - units.toNetwork(10 - 1e-6, 0)) / 2e-6;
        QVERIFY(std::abs(units.slope(10, 0) - difference) < 1e-8);
        const Array x({1, 1, 1, 3}, {10, -5, 2});
        const Array again = units.toData(units.toNetwork(x));
        for (size_t i = 0; i < 3; ++i)
            QVERIFY(std::abs(again.values()[i] - x.values()[i]) < 1e-5f);
    }
};

QTEST_GUILESS_MAIN(TestBestFit)
#include "test_best_fit.moc"
