// Regier et al.'s model: loss against direct sums and integrals, gradients against differences, one batch
// learned by heart, files that give the same numbers.

#include "recipe_loop.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "models/family_parts.h"
#include "models/model_file.h"
#include "models/regier_vae/model.h"
#include "nn/device.h"
#include "nn/gaussian_likelihood.h"
#include "nn/image_tensor.h"
#include "nn/kl_divergence.h"

using namespace galatea;
using torch::Tensor;

namespace {

const Json small{
    {"hidden", {12, 9}}, {"latent", 3}, {"variance_floor", 1e-4}, {"mean_variance", 0.02}, {"epochs", 5}};

ModelInput input(int64_t channels, int64_t height, int64_t width) {
    ModelInput result;
    result.channels = channels;
    result.height = height;
    result.width = width;
    return result;
}

/// Blobs of different place and width.
Tensor blobs(int64_t count, int64_t side) {
    RandomStream random(5, "blobs");
    Tensor images = torch::zeros({count, 1, side, side});
    for (int64_t n = 0; n < count; ++n) {
        const double x0 = random.uniform(3, double(side) - 3), y0 = random.uniform(3, double(side) - 3),
                     width = random.uniform(1, 3);
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x)
                images[n][0][y][x] = std::exp(-(std::pow(double(x) - x0, 2) + std::pow(double(y) - y0, 2)) /
                                              (2 * width * width));
    }
    return images;
}

/// The recipe's network as it stands.
RegierVaeNetwork networkOf(const Recipe& recipe, const ModelInput& shape) {
    RegierVaeNetwork network(shape, optionsFrom<RegierVaeOptions>(small, "test"));
    const torch::NoGradGuard guard;
    auto own = network->named_parameters();
    for (const auto& [name, tensor] : recipe.parameters())
        own[name].copy_(tensor);
    return network;
}

} // namespace

class TestRegierVae : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void theLikelihoodIsADensity() {
        // exp(−loss) of one pixel integrates to one, with the mean and the variance it was given.
        constexpr int steps = 40000;
        const double low = -6, width = 13.0 / steps;
        const Tensor x =
            torch::linspace(low + width / 2, low + 13 - width / 2, steps, torch::kFloat64).view({-1, 1});
        for (const double variance : {0.01, 0.5}) {
            const Tensor density =
                (-gaussianNegativeLogLikelihood(x, torch::full_like(x, 0.3), torch::full_like(x, variance)))
                    .exp() *
                width;
            const double mean = (density * x.flatten()).sum().item<double>();
            QVERIFY(std::abs(density.sum().item<double>() - 1) < 1e-6);
            QVERIFY(std::abs(mean - 0.3) < 1e-6);
            QVERIFY(std::abs((density * (x.flatten() - mean).square()).sum().item<double>() - variance) <
                    1e-5);
        }
    }

    void theLikelihoodInOnePass() {
        // float32 on the CPU has its own passes over memory; double goes through tensor operations.
        const Tensor x = torch::rand({7, 2, 5, 9}), pattern = torch::rand({7}) - 0.3;
        const auto run = [&](torch::Dtype type, bool moves) {
            torch::manual_seed(5);
            Tensor mean = torch::rand({7, 2, 5, 9}).to(type),
                   variance = (torch::rand({7, 2, 5, 9}) + 0.1).to(type);
            mean.set_requires_grad(moves);
            variance.set_requires_grad(true);
            const Tensor loss = gaussianNegativeLogLikelihood(x.to(type), mean, variance);
            (loss * pattern.to(type)).sum().backward();
            std::vector<Tensor> results{loss.detach().to(torch::kFloat64),
                                        variance.grad().to(torch::kFloat64)};
            if (moves)
                results.push_back(mean.grad().to(torch::kFloat64));
            else if (mean.grad().defined())
                throw std::logic_error("a gradient that nobody asked for");
            return results;
        };
        for (const bool moves : {true, false}) {
            const auto found = run(torch::kFloat32, moves), expected = run(torch::kFloat64, moves);
            QCOMPARE(found.size(), expected.size());
            for (size_t i = 0; i < found.size(); ++i)
                QVERIFY(found[i].allclose(expected[i], 1e-5, 1e-5));
        }
    }

    void theLossIsTheLowerBound() {
        const ModelInput shape = input(2, 5, 4);
        const auto recipe = regierVaeRecipe(shape, small, 3, 1.0);
        const Tensor images = torch::rand({6, 2, 5, 4});
        BatchContext context = wholeBatch(6, 42);
        const LossTerms loss = recipe->loss(images, {1}, context);
        BatchContext again = wholeBatch(6, 42);
        const LossTerms first = recipe->loss(images, {0}, again);

        RegierVaeNetwork network = networkOf(*recipe, shape);
        auto generator = torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{42});
        const Tensor noise = torch::randn({6, 3}, generator, torch::kFloat32);
        const torch::NoGradGuard guard;
        const auto [m, l] = network->encode(images);
        const auto [mu, v] = network->decode(m + noise * (l / 2).exp());
        // Summed in double, straight from the definition; `fixed`: the mean phase's first term.
        double expected = 0, fixed = 0;
        for (int64_t n = 0; n < 6; ++n) {
            for (int64_t i = 0; i < 40; ++i) {
                const double x = images[n].flatten()[i].item<double>(),
                             mean = mu[n].flatten()[i].item<double>(),
                             variance = v[n].flatten()[i].item<double>();
                expected += 0.5 * (std::log(2 * M_PI * variance) + (x - mean) * (x - mean) / variance);
                fixed += 0.5 * (std::log(2 * M_PI * 0.02) + (x - mean) * (x - mean) / 0.02);
            }
            for (int64_t d = 0; d < 3; ++d) {
                const double mean = m[n][d].item<double>(), log = l[n][d].item<double>();
                expected += 0.5 * (mean * mean + std::exp(log) - 1 - log);
            }
        }
        QVERIFY(std::abs(loss.total.item<double>() - expected / 6) < 1e-3);
        QVERIFY(std::abs(first.total.item<double>() - (expected + fixed) / 6) < 1e-3);
        for (const std::string& name : recipe->termNames())
            QVERIFY2(std::isfinite(termOf(loss, name)), name.c_str());
    }

    void gradientsAgreeWithDifferences() {
        RegierVaeNetwork network(input(1, 4, 4), optionsFrom<RegierVaeOptions>(small, "test"));
        initialiseWeights(*network, 8);
        network->to(torch::kFloat64);
        const Tensor x = torch::rand({5, 1, 4, 4}, torch::kFloat64),
                     noise = torch::randn({5, 3}, torch::kFloat64);
        const auto loss = [&] {
            const auto [m, l] = network->encode(x);
            const auto [mu, v] = network->decode(m + noise * (0.5 * l).exp());
            return (gaussianNegativeLogLikelihood(x, mu, v) + klToUnitGaussian(m, l)).mean();
        };
        QVERIFY(worstGradient(network->parameters(), loss) < 1e-5);
    }

    void oneBatchIsLearnedByHeart() {
        const Tensor images = blobs(12, 12);
        const auto recipe = regierVaeRecipe(
            input(1, 12, 12), {{"hidden", {64, 64}}, {"latent", 8}, {"variance_floor", 1e-5}}, 3, 1.0);
        BatchContext context = wholeBatch(12, 1);
        const double before = recipe->loss(images, {1}, context).total.item<double>();
        const LossTerms after = trainOnOneBatch(*recipe, images, 800, 3e-3);
        QVERIFY2(after.total.item<double>() < before - 300,
                 qPrintable(QString::number(after.total.item<double>())));
        const double spread = images.var().item<double>();
        QVERIFY(termOf(after, "squared_error") < 0.02 * spread);
        // The variance says how wrong the mean is.
        const ModelPtr model = recipe->snapshot({}, {});
        const Decoding decoded = model->decode(model->encode(toArray(images)).mean);
        const Tensor error = (toTensor(decoded.mean) - images).square(),
                     variance = toTensor(decoded.variance);
        const double ratio = (error / variance).mean().item<double>();
        QVERIFY2(ratio > 0.1 && ratio < 3, qPrintable(QString::number(ratio)));
    }

    void halvesOfABatchMakeTheWhole() {
        const auto recipe = regierVaeRecipe(input(1, 6, 6), small, 3, 1.0);
        const Tensor images = torch::rand({8, 1, 6, 6});
        BatchContext whole = wholeBatch(8, 9);
        const double expected = recipe->loss(images, {}, whole).total.item<double>();
        double sum = 0;
        for (const int64_t first : {0, 4}) {
            BatchContext half(torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{9}), {first, 4, 8});
            sum += recipe->loss(images.narrow(0, first, 4), {}, half).total.item<double>() / 2;
        }
        QVERIFY(std::abs(sum - expected) < 1e-4 * std::abs(expected));
    }

    void filesGiveTheSameNumbers() {
        const ModelInput shape = input(2, 6, 5);
        const ModelPtr model = regierVaeRecipe(shape, small, 3, 1.0)->snapshot({{"seed", 3}}, {});
        const Array images = uniformArray({4, 2, 6, 5}, "x"), latents = uniformArray({7, 3}, "z");
        const Encoding encoding = model->encode(images);
        QCOMPARE(encoding.mean.shape(), (std::vector<int64_t>{4, 3}));
        QCOMPARE(encoding.logvar.shape(), (std::vector<int64_t>{4, 3}));
        const Decoding decoding = model->decode(latents);
        QCOMPARE(decoding.mean.shape(), (std::vector<int64_t>{7, 2, 6, 5}));
        QCOMPARE(decoding.variance.shape(), (std::vector<int64_t>{7, 2, 6, 5}));
        QVERIFY(*std::ranges::min_element(decoding.variance.values()) >= 1e-4f);

        QTemporaryDir folder;
        const std::string path = folder.filePath("m.safetensors").toStdString();
        saveModel(*model, path);
        const ModelPtr again = loadModel(path);
        QCOMPARE(again->card().family, std::string("regier-vae"));
        QVERIFY(sameValues(again->encode(images).mean, encoding.mean));
        QVERIFY(sameValues(again->decode(latents).mean, decoding.mean));
        QVERIFY(sameValues(again->decode(latents).variance, decoding.variance));
        ModelCard other = again->card();
        other.latent = 4;
        QVERIFY_THROWS_EXCEPTION(InputError, buildRegierVae(other, again->weights(), "m"));
        other = again->card();
        other.options["hidden"] = {12, 10};
        QVERIFY_THROWS_EXCEPTION(InputError, buildRegierVae(other, again->weights(), "m"));
        other.options["hidden"] = Json::array();
        QVERIFY_THROWS_EXCEPTION(InputError, buildRegierVae(other, again->weights(), "m"));
        other.options["hidden"] = {65536, 65536, 65536};
        QVERIFY_THROWS_EXCEPTION(InputError, buildRegierVae(other, again->weights(), "m"));
    }

    void thePapersShapesAreTheDefault() {
        const RegierVaeOptions options = optionsFrom<RegierVaeOptions>(Json::object(), "test");
        RegierVaeNetwork network(input(1, 69, 69), options);
        const auto weights = network->named_parameters();
        QCOMPARE(weights["encoder_0.weight"].sizes().vec(), (std::vector<int64_t>{128, 4761}));
        QCOMPARE(weights["encoder_1.weight"].sizes().vec(), (std::vector<int64_t>{128, 128}));
        QCOMPARE(weights["mean.weight"].sizes().vec(), (std::vector<int64_t>{8, 128}));
        QCOMPARE(weights["pixel_logvar.weight"].sizes().vec(), (std::vector<int64_t>{4761, 128}));
        QCOMPARE(weights.size(), size_t{16});
    }

    void sameSeedSameStart() {
        const auto weights = [](uint64_t seed) {
            return regierVaeRecipe(input(1, 6, 6), small, seed, 1.0)->snapshot({}, {})->weights();
        };
        QVERIFY(sameValues(weights(3)[0].second, weights(3)[0].second));
        QVERIFY(!sameValues(weights(3)[0].second, weights(4)[0].second));
    }
};

QTEST_GUILESS_MAIN(TestRegierVae)
#include "test_regier_vae.moc"
