// Schedule, augmentation, statistics and the sharing of batches, each against a direct computation.

#include <cmath>
#include <numbers>

#include <torch/torch.h>

#include <QtTest>

#include "core/random.h"
#include "training/augment.h"
#include "training/checkpoint.h"
#include "training/distributed.h"
#include "training/image_statistics.h"
#include "training/schedule.h"

using namespace galatea;
using torch::Tensor;

namespace {

BatchContext contextOf(int64_t images, uint64_t seed = 1) {
    return BatchContext(torch::make_generator<torch::CPUGeneratorImpl>(seed), {0, images, images});
}

TrainOptions still() {
    TrainOptions options;
    options.flips = false;
    return options;
}

/// Stands for one of several processes; sums nothing.
class OneOf final : public Collective {
  public:
    OneOf(int64_t rank, int64_t ranks) : rank_(rank), ranks_(ranks) {}
    int64_t rank() const override { return rank_; }
    int64_t ranks() const override { return ranks_; }
    void sum(Tensor&) override {}
    void minimum(Tensor&) override {}
    void maximum(Tensor&) override {}
    void broadcast(Tensor&) override {}

  private:
    int64_t rank_, ranks_;
};

} // namespace

class TestTrainingParts : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void schedules() {
        TrainOptions o;
        o.learningRate = 1e-2;
        o.finalLearningRate = 1e-4;
        const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); };
        QVERIFY(near(learningRate(o, {0, 11, 0, 5}), 1e-2));
        QVERIFY(near(learningRate(o, {5, 11, 0, 5}), 1e-3)); // halfway in the logarithm
        QVERIFY(near(learningRate(o, {10, 11, 4, 5}), 1e-4));
        o.scheduleScope = "phase";
        QVERIFY(near(learningRate(o, {10, 11, 4, 5}), 1e-4));
        QVERIFY(near(learningRate(o, {6, 11, 0, 5}), 1e-2));
        o.schedule = "cosine";
        QVERIFY(near(learningRate(o, {6, 11, 2, 5}), 0.5 * (1e-2 + 1e-4)));
        o.schedule = "constant";
        QVERIFY(near(learningRate(o, {10, 11, 4, 5}), 1e-2));
        o.schedule = "milestones";
        o.milestones = {2, 4};
        for (int64_t epoch = 0; epoch < 5; ++epoch)
            QVERIFY(near(learningRate(o, {epoch, 5, epoch, 5}), epoch < 2 ? 1e-2 : epoch < 4 ? 1e-3 : 1e-4));
    }

    void flipsAndTurnsKeepEveryPixel() {
        const Tensor images = torch::arange(200 * 2 * 5 * 5, torch::kFloat32).view({200, 2, 5, 5});
        TrainOptions options = still();
        options.flips = options.quarterTurns = true;
        BatchContext context = contextOf(200);
        const Tensor changed = augmented(images, options, context);
        QVERIFY(changed.flatten(2).mean(2).allclose(images.flatten(2).mean(2)));
        // Each of the square's eight symmetries occurs, about as often as the others.
        std::array<int, 8> seen{};
        for (int64_t n = 0; n < 200; ++n) {
            int matches = 0;
            for (int symmetry = 0; symmetry < 8; ++symmetry) {
                Tensor other = images[n].rot90(symmetry % 4, {1, 2});
                if (symmetry >= 4)
                    other = other.flip(2);
                if (other.equal(changed[n])) {
                    ++seen[size_t(symmetry)];
                    ++matches;
                }
            }
            QCOMPARE(matches, 1);
        }
        for (const int count : seen)
            QVERIFY2(count > 8 && count < 50, qPrintable(QString::number(count)));
    }

    void eachSymmetryIsTheTensorOperations() {
        // The context draws for flips along rows, along columns and for turns, in this order.
        for (const auto& [height, width] : {std::pair<int64_t, int64_t>{7, 7}, {5, 8}}) {
            const Tensor images = torch::rand({64, 3, height, width});
            TrainOptions options = still();
            options.flips = options.quarterTurns = true;
            BatchContext context = contextOf(64, 9), same = contextOf(64, 9);
            const Tensor changed = augmented(images, options, context);
            const Tensor vertical = same.uniform({}).lt(0.5), horizontal = same.uniform({}).lt(0.5);
            const Tensor turns = height == width ? (same.uniform({}) * 4).floor() : torch::zeros({64});
            for (int64_t n = 0; n < 64; ++n) {
                Tensor expected = images[n];
                if (vertical[n].item<bool>())
                    expected = expected.flip(1);
                if (horizontal[n].item<bool>())
                    expected = expected.flip(2);
                QVERIFY(changed[n].equal(expected.rot90(turns[n].item<int64_t>(), {1, 2})));
            }
            // Other types go through tensor operations; the result is the same.
            BatchContext third = contextOf(64, 9);
            QVERIFY(augmented(images.to(torch::kFloat64), options, third).to(torch::kFloat32).equal(changed));
        }
    }

    void turnedAboutTheCentre() {
        // A round blob off the centre of a wide image stays round and at its distance from the centre.
        const int64_t height = 40, width = 60;
        const Tensor y = torch::arange(height, torch::kFloat32).view({-1, 1}) - 19.5,
                     x = torch::arange(width, torch::kFloat32).view({1, -1}) - 29.5;
        const Tensor blob = (-((x - 8).square() + y.square()) / 8).exp();
        TrainOptions options = still();
        options.rotation = 180;
        BatchContext context = contextOf(64);
        const Tensor turned = augmented(blob.expand({64, 1, height, width}), options, context).squeeze(1);
        const Tensor flux = turned.sum({1, 2});
        QVERIFY((flux / blob.sum() - 1).abs().max().item<float>() < 0.02f);
        const Tensor cx = (turned * x).sum({1, 2}) / flux, cy = (turned * y).sum({1, 2}) / flux;
        QVERIFY(((cx.square() + cy.square()).sqrt() - 8).abs().max().item<float>() < 0.05f);
        QVERIFY(cy.max().item<float>() > 6 && cy.min().item<float>() < -6);
        const Tensor sx = (turned * (x - cx.view({-1, 1, 1})).square()).sum({1, 2}) / flux;
        const Tensor sy = (turned * (y - cy.view({-1, 1, 1})).square()).sum({1, 2}) / flux;
        QVERIFY((sx - sy).abs().max().item<float>() < 0.3f); // of 4; interpolation adds up to a quarter
        TrainOptions shifted = still();
        shifted.shift = 3;
        BatchContext again = contextOf(64);
        const Tensor moved = augmented(blob.expand({64, 1, height, width}), shifted, again).squeeze(1);
        const Tensor mx = (moved * x).sum({1, 2}) / moved.sum({1, 2}) - 8;
        QVERIFY(mx.abs().max().item<float>() <= 3.02f && mx.abs().max().item<float>() > 2.5f);
    }

    void severalProcessesChangeTheSameImageAlike() {
        const Tensor images = torch::rand({10, 1, 8, 8});
        TrainOptions options;
        options.quarterTurns = true;
        options.rotation = 20;
        options.noise = 0.1;
        BatchContext whole = contextOf(10, 4);
        const Tensor expected = augmented(images, options, whole);
        for (int64_t rank = 0; rank < 3; ++rank) {
            OneOf process(rank, 3);
            const BatchShare share = shareOf(10, &process);
            BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(4), share, &process);
            const Tensor part = augmented(images.narrow(0, share.first, share.images), options, context);
            QVERIFY(part.allclose(expected.narrow(0, share.first, share.images), 1e-6, 1e-6));
        }
    }

    void sharesCoverTheBatch() {
        for (const int64_t ranks : {1, 2, 3, 7})
            for (const int64_t images : {1, 2, 5, 6, 7, 20, 101}) {
                int64_t next = 0;
                for (int64_t rank = 0; rank < ranks; ++rank) {
                    OneOf process(rank, ranks);
                    const BatchShare share = shareOf(images, &process);
                    QCOMPARE(share.total, images);
                    if (images < ranks) {
                        QCOMPARE(share.images, images);
                        continue;
                    }
                    QCOMPARE(share.first, next);
                    QVERIFY(share.images >= images / ranks && share.images <= images / ranks + 1);
                    next += share.images;
                }
                QVERIFY(images < ranks || next == images);
            }
    }

    void statisticsOfImages() {
        const int64_t count = 300;
        Array images({count, 2, 8, 8});
        RandomStream random(3, "pixels");
        for (int64_t n = 0; n < count; ++n)
            for (int64_t y = 0; y < 8; ++y)
                for (int64_t x = 0; x < 8; ++x) {
                    images.at(n, 0, y, x) = float(10 + 2 * random.normal());
                    images.at(n, 1, y, x) = x == 3 && y == 3 ? 1000.0f : float(random.normal());
                }
        DatasetInfo info;
        info.channels = 2;
        info.height = info.width = 8;
        const DatasetPtr data = makeMemoryDataset(info, images, {});
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < count; ++i)
            rows.push_back(i);
        const ImageStatistics s = imageStatistics(*data, rows);
        QVERIFY(std::abs(s.mean[0] - 10) < 0.06 && std::abs(s.deviation[0] - 2) < 0.05);
        QVERIFY(std::abs(s.median[0] - 10) < 0.08 && std::abs(s.sky[0] - 2) < 0.08);
        QVERIFY(std::abs(s.mean[1] - 1000.0 / 64) < 0.1); // the bright pixel counts in the mean
        QVERIFY(std::abs(s.median[1]) < 0.1 && std::abs(s.sky[1] - 1) < 0.1); // and not in the sky
        QCOMPARE(s.high[1], 1000.0);
        images.at(int64_t{7}, int64_t{0}, int64_t{1}, int64_t{1}) = NAN;
        QVERIFY_EXCEPTION_THROWN(imageStatistics(*makeMemoryDataset(info, images, {}), rows), InputError);
    }

    void generatorsGoOnWhereTheyWere() {
        auto generator = torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{9});
        torch::randn({7}, generator, torch::kFloat32); // an odd number leaves a spare normal behind
        const std::string state = generatorState(generator);
        const Tensor next = torch::randn({50}, generator, torch::kFloat32);
        auto other = torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{1});
        restoreGenerator(other, state);
        QVERIFY(torch::randn({50}, other, torch::kFloat32).equal(next));
        QVERIFY_EXCEPTION_THROWN(restoreGenerator(other, "00ff"), std::invalid_argument);
    }
};

QTEST_GUILESS_MAIN(TestTrainingParts)
#include "test_training_parts.moc"
