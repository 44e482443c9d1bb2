// Deep SVDD: shapes of the report's tables, both objectives against their definitions, gradients against
// differences, no way to collapse, strangers told from the normal class.

#include "recipe_loop.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "models/deep_svdd/model.h"
#include "models/family_parts.h"
#include "models/model_file.h"
#include "nn/device.h"
#include "nn/image_tensor.h"

using namespace galatea;
using torch::Tensor;

namespace {

ModelInput input(int64_t channels, int64_t height, int64_t width) {
    ModelInput result;
    result.channels = channels;
    result.height = height;
    result.width = width;
    return result;
}

Json small(const char* objective = "one-class") {
    return {{"filters", {4, 6}},       {"kernel", 3},  {"hidden", 16},        {"latent", 16},
            {"autoencoder_epochs", 4}, {"epochs", 10}, {"warm_up_epochs", 2}, {"objective", objective}};
}

/// Noisy discs (normal) or rings of the same size and brightness.
Tensor shapes(int64_t count, bool rings, uint64_t seed) {
    RandomStream random(seed, rings ? "rings" : "discs");
    Array images({count, 1, 16, 16});
    for (int64_t n = 0; n < count; ++n) {
        const double cx = random.uniform(7, 9), cy = random.uniform(7, 9), radius = random.uniform(3.5, 5.5);
        for (int64_t y = 0; y < 16; ++y)
            for (int64_t x = 0; x < 16; ++x) {
                const double r = std::hypot(double(x) - cx, double(y) - cy);
                const bool inside = r < radius && (!rings || r > radius - 2);
                images.at(n, 0, y, x) = float((inside ? 0.8 : 0.1) + 0.05 * random.normal());
            }
    }
    return toTensor(images).clone();
}

/// Share of pairs in which the stranger scores higher.
double areaUnderCurve(const Array& normal, const Array& strange) {
    double higher = 0;
    for (const float a : normal.values())
        for (const float b : strange.values())
            higher += b > a ? 1 : b == a ? 0.5 : 0;
    return higher / double(normal.size() * strange.size());
}

Tensor parameterOf(const Recipe& recipe, const std::string& name) {
    for (const auto& [key, tensor] : recipe.parameters())
        if (key == name)
            return tensor;
    return {};
}

} // namespace

class TestDeepSvdd : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void theReportsShapesAreTheDefault() {
        const DeepSvddOptions options = optionsFrom<DeepSvddOptions>(Json::object(), "test");
        DeepSvddNetwork network(input(1, 256, 256), options);
        const auto weights = network->named_parameters();
        const std::vector<int64_t> filters{2, 4, 8, 16, 32, 64};
        for (int64_t i = 0, channels = 1; i < 6; channels = filters[size_t(i++)])
            QCOMPARE(weights["convolution_" + std::to_string(i) + ".weight"].sizes().vec(),
                     (std::vector<int64_t>{filters[size_t(i)], channels, 5, 5}));
        QCOMPARE(weights["hidden.weight"].sizes().vec(), (std::vector<int64_t>{256, 1024}));
        QCOMPARE(weights["representation.weight"].sizes().vec(), (std::vector<int64_t>{64, 256}));
        QCOMPARE(weights.size(), size_t{8}); // and nothing else: no bias, no learned scale or shift
        DeepSvddDecoder decoder(input(1, 256, 256), options);
        std::vector<std::vector<int64_t>> sizes;
        for (const Tensor& weight : decoder->parameters())
            sizes.push_back(weight.sizes().vec());
        QCOMPARE(sizes, (std::vector<std::vector<int64_t>>{{64, 4, 5, 5},
                                                           {32, 64, 5, 5},
                                                           {16, 32, 5, 5},
                                                           {8, 16, 5, 5},
                                                           {4, 8, 5, 5},
                                                           {2, 4, 5, 5},
                                                           {1, 2, 5, 5}}));
        const Tensor decoded = decoder->forward(network->embed(torch::rand({1, 1, 256, 256})), nullptr);
        QCOMPARE(decoded.sizes().vec(), (std::vector<int64_t>{1, 1, 256, 256}));
    }

    void sizesThatCannotBeHalvedAreRefused() {
        QVERIFY_THROWS_EXCEPTION(
            UsageError, DeepSvddNetwork(input(1, 100, 128), optionsFrom<DeepSvddOptions>({}, "test")));
        QVERIFY_THROWS_EXCEPTION(UsageError, optionsFrom<DeepSvddOptions>({{"kernel", 4}}, "test"));
        QVERIFY_THROWS_EXCEPTION(UsageError,
                                 optionsFrom<DeepSvddOptions>({{"filters", Json::array()}}, "test"));
    }

    void contrastIsNormalisedPerImage() {
        Tensor x = torch::rand({3, 2, 5, 6}) * torch::tensor({1.0f, 50.0f, 0.01f}).view({3, 1, 1, 1}) + 7;
        const Tensor y = DeepSvddNetworkImpl::contrastNormalised(x.to(torch::kFloat64)).flatten(1);
        QVERIFY(y.mean(1).abs().max().item<double>() < 1e-9);
        QVERIFY((y.var(1, false) - 1).abs().max().item<double>() < 1e-9);
        // An image brighter or with more contrast is the same image.
        const Tensor z = DeepSvddNetworkImpl::contrastNormalised(3 * x.to(torch::kFloat64) - 2).flatten(1);
        QVERIFY((y - z).abs().max().item<double>() < 1e-9);
        const Tensor flat = DeepSvddNetworkImpl::contrastNormalised(torch::ones({1, 1, 4, 4}));
        QCOMPARE(flat.abs().max().item<float>(), 0.0f);
    }

    void trainingImagesAreSeenBetweenZeroAndOne() {
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small(), 3, 1.0);
        const Tensor images = shapes(30, false, 1);
        RandomStream random(1);
        recipe->beginPhase(0, [&] { return images; }, 1, random, {});
        const Tensor normalised = DeepSvddNetworkImpl::contrastNormalised(images);
        QCOMPARE(parameterOf(*recipe, "image_low").item<float>(), normalised.min().item<float>());
        QCOMPARE(parameterOf(*recipe, "image_high").item<float>(), normalised.max().item<float>());
    }

    void theCentreIsTheMeanKeptFromZero() {
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small(), 3, 1.0);
        const Tensor images = shapes(20, false, 1);
        RandomStream random(1);
        int64_t call = 0;
        const auto source = [&] { return images.narrow(0, 10 * (call++ % 2), 10); };
        recipe->beginPhase(0, source, 2, random, {});
        recipe->beginPhase(1, source, 2, random, {});
        const Array mean = toArray(toTensor(recipe->snapshot({}, {})->encode(toArray(images)).mean).mean(0));
        const Array centre = toArray(parameterOf(*recipe, "centre"));
        int moved = 0;
        for (int64_t d = 0; d < 16; ++d) {
            const float m = mean.at(d), c = centre.at(d);
            if (std::abs(m) >= 0.1f)
                QVERIFY(std::abs(m - c) < 1e-4f);
            else {
                QCOMPARE(c, m < 0 ? -0.1f : 0.1f);
                ++moved;
            }
        }
        QVERIFY(moved < 16); // the test sees both cases or at least the plain one
    }

    void theObjectivesAreTheirDefinitions_data() {
        QTest::addColumn<QString>("objective");
        QTest::newRow("one-class") << "one-class";
        QTest::newRow("soft-boundary") << "soft-boundary";
    }
    void theObjectivesAreTheirDefinitions() {
        QFETCH(QString, objective);
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small(qPrintable(objective)), 3, 1.0);
        const Tensor images = shapes(40, false, 2);
        RandomStream random(1);
        recipe->beginPhase(0, [&] { return images; }, 1, random, {});
        recipe->beginPhase(1, [&] { return images; }, 1, random, {});
        parameterOf(*recipe, "radius").fill_(0.35f);
        BatchContext context = wholeBatch(40, 1);
        // Not training: running statistics, which the model uses as well.
        const LossTerms loss = recipe->loss(images, {1, 0.5, 0, false}, context);
        const Array embedding = recipe->snapshot({}, {})->encode(toArray(images)).mean;
        const Array centre = toArray(parameterOf(*recipe, "centre"));
        double oneClass = 0, soft = 0.35 * 0.35;
        for (int64_t n = 0; n < 40; ++n) {
            double squared = 0;
            for (int64_t d = 0; d < 16; ++d)
                squared += std::pow(double(embedding.at(n, d)) - double(centre.at(d)), 2);
            oneClass += squared / 40;
            soft += std::max(0.0, squared - 0.35 * 0.35) / (0.1 * 40);
        }
        const double expected = objective == "one-class" ? oneClass : soft;
        QVERIFY(std::abs(loss.total.item<double>() - expected) < 1e-4 * expected);
        QVERIFY(std::abs(termOf(loss, "distance") - oneClass) < 1e-4 * oneClass);
        QCOMPARE(parameterOf(*recipe, "radius").item<float>(), 0.35f); // nothing learned
        const Array score = recipe->snapshot({}, {})->score(toArray(images));
        double mean = 0;
        for (const float value : score.values())
            mean += double(value) / 40;
        QVERIFY(std::abs(mean - (oneClass - 0.35 * 0.35)) < 1e-4 * oneClass);
    }

    void theRadiusIsTheQuantileAfterWarmUp() {
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small("soft-boundary"), 3, 1.0);
        const Tensor images = shapes(50, false, 2);
        RandomStream random(1);
        recipe->beginPhase(0, [&] { return images; }, 1, random, {});
        recipe->beginPhase(1, [&] { return images; }, 1, random, {});
        BatchContext context = wholeBatch(50, 1);
        recipe->loss(images, {1, 0.1, 0, true}, context); // the second of ten epochs: still warming up
        QCOMPARE(parameterOf(*recipe, "radius").item<float>(), 0.0f);
        recipe->loss(images, {1, 0.2, 0, true}, context);
        const double radius = parameterOf(*recipe, "radius").item<double>();
        QVERIFY(radius > 0);
        // Batch statistics moved the running ones, not the batch's own: a tenth of the same batch is outside.
        BatchContext again = wholeBatch(50, 1);
        const LossTerms loss = recipe->loss(images, {1, 0.0, 0, true}, again);
        QVERIFY(loss.total.item<double>() > radius * radius);
        QVERIFY(termOf(loss, "distance") > 0);
        double outside = 0;
        {
            DeepSvddNetwork network(input(1, 16, 16),
                                    optionsFrom<DeepSvddOptions>(small("soft-boundary"), "test"));
            const torch::NoGradGuard guard;
            for (auto& item : network->named_parameters())
                item.value().copy_(parameterOf(*recipe, item.key()));
            for (auto& item : network->named_buffers())
                item.value().copy_(parameterOf(*recipe, item.key()));
            BatchContext batch = wholeBatch(50, 1);
            const Tensor distance =
                network->squaredDistance(network->embed(network->prepared(images), &batch)).sqrt();
            outside = (distance > radius).sum().item<double>();
        }
        QCOMPARE(outside, 5.0);
    }

    void gradientsAgreeWithDifferences() {
        DeepSvddNetwork network(input(1, 8, 8), optionsFrom<DeepSvddOptions>(small(), "test"));
        DeepSvddDecoder decoder(input(1, 8, 8), optionsFrom<DeepSvddOptions>(small(), "test"));
        initialiseWeights(*network, 8);
        initialiseWeights(*decoder, 9);
        network->to(torch::kFloat64);
        decoder->to(torch::kFloat64);
        network->imageHigh.fill_(1);
        network->centre.fill_(0.2);
        const Tensor x = torch::rand({6, 1, 8, 8}, torch::kFloat64);
        const BatchContext batch = wholeBatch(6, 1);
        const auto sphere = [&] { // with batch statistics, as in training
            const Tensor distance = network->squaredDistance(network->embed(network->prepared(x), &batch));
            return distance.mean() + (distance - 0.5).relu().mean();
        };
        QVERIFY(worstGradient(network->parameters(), sphere) < 1e-5);
        std::vector<Tensor> all = network->parameters(), decoding = decoder->parameters();
        all.insert(all.end(), decoding.begin(), decoding.end());
        const auto autoencoder = [&] {
            const Tensor seen = network->prepared(x);
            return (decoder->forward(network->embed(seen, &batch), &batch) - seen)
                .square()
                .flatten(1)
                .sum(1)
                .mean();
        };
        QVERIFY(worstGradient(all, autoencoder) < 1e-5);
    }

    void theAutoencoderLearnsOneBatchByHeart() {
        const Tensor images = shapes(12, false, 1);
        Json options = small();
        options["filters"] = {16, 16};
        options["hidden"] = 64;
        options["epochs"] = 1;
        const auto recipe = deepSvddRecipe(input(1, 16, 16), options, 3, 1.0);
        RandomStream random(1);
        recipe->beginPhase(0, [&] { return images; }, 1, random, {});
        torch::optim::Adam optimiser(recipe->groups()[0].tensors, torch::optim::AdamOptions(3e-3));
        double first = 0, last = 0;
        for (int step = 0; step < 400; ++step) {
            optimiser.zero_grad();
            BatchContext context = wholeBatch(12, 1);
            const LossTerms loss = recipe->loss(images, {0, 0}, context);
            loss.total.backward();
            optimiser.step();
            last = loss.total.item<double>();
            first = step == 0 ? last : first;
        }
        QVERIFY2(last < 0.05 * first, qPrintable(QString("%1 of %2").arg(last).arg(first)));
    }

    void strangersLieOutsideAndNothingCollapses_data() { theObjectivesAreTheirDefinitions_data(); }
    void strangersLieOutsideAndNothingCollapses() {
        QFETCH(QString, objective);
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small(qPrintable(objective)), 3, 1.0);
        trainOnOneBatch(*recipe, shapes(100, false, 1), 120, 1e-3);
        const ModelPtr model = recipe->snapshot({}, {});
        const Array normal = toArray(shapes(100, false, 2)), strange = toArray(shapes(100, true, 2));
        const double area = areaUnderCurve(model->score(normal), model->score(strange));
        QVERIFY2(area > 0.9, qPrintable(QString::number(area)));
        const Tensor embedding = toTensor(model->encode(normal).mean);
        const Tensor centre = parameterOf(*recipe, "centre");
        QVERIFY(embedding.var(0, false).mean().item<double>() > 1e-7 * centre.square().mean().item<double>());
        QVERIFY(centre.abs().min().item<float>() >= 0.0999f);
    }

    void filesGiveTheSameNumbers() {
        const auto recipe = deepSvddRecipe(input(1, 16, 16), small("soft-boundary"), 3, 1.0);
        trainOnOneBatch(*recipe, shapes(20, false, 1), 5, 1e-3);
        const ModelPtr model = recipe->snapshot({}, {});
        const Array images = toArray(shapes(9, true, 4));
        QTemporaryDir folder;
        const std::string path = folder.filePath("m.safetensors").toStdString();
        saveModel(*model, path);
        const ModelPtr again = loadModel(path);
        QCOMPARE(again->card().methods, (std::vector<std::string>{"encode", "score"}));
        QCOMPARE(again->encode(images).mean.shape(), (std::vector<int64_t>{9, 16}));
        QVERIFY(again->encode(images).logvar.empty());
        QVERIFY(sameValues(again->score(images), model->score(images)));
        QVERIFY_THROWS_EXCEPTION(ModelError, again->decode(Array({1, 16})));
        ModelCard other = again->card();
        other.latent = 4;
        QVERIFY_THROWS_EXCEPTION(InputError, buildDeepSvdd(other, again->weights(), "m"));
        other = again->card();
        other.options["filters"] = {4, 6, 8};
        QVERIFY_THROWS_EXCEPTION(InputError, buildDeepSvdd(other, again->weights(), "m"));
    }
};

QTEST_GUILESS_MAIN(TestDeepSvdd)
#include "test_deep_svdd.moc"
