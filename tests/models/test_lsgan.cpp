// LSGAN with embedder: losses against direct computations, gradients against differences, one batch learned
// by heart, files and exports that give the same numbers.

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "models/family_parts.h"
#include "models/lsgan/loss.h"
#include "models/lsgan/model.h"
#include "models/model_file.h"
#include "models/recipe.h"
#include "nn/adam.h"
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

Json small() {
    return {{"latent", 6}, {"width", 8}, {"blocks", 2}, {"epochs", 3}, {"embedder_epochs", 1}};
}

LsganOptions smallOptions() {
    return optionsFrom<LsganOptions>(small(), "test");
}

Array randomArray(std::vector<int64_t> shape, const char* name) {
    Array array(std::move(shape));
    RandomStream random(7, name);
    for (float& value : array.values())
        value = static_cast<float>(random.normal());
    return array;
}

double largestDifference(const Array& a, const Array& b) {
    if (a.shape() != b.shape())
        return INFINITY;
    const Array x = a.contiguousCopy(), y = b.contiguousCopy();
    double largest = 0;
    for (size_t i = 0; i < x.values().size(); ++i)
        largest = std::max(largest, std::abs(double(x.values()[i]) - double(y.values()[i])));
    return largest;
}

BatchContext context(uint64_t seed, int64_t images) {
    return BatchContext(torch::make_generator<torch::CPUGeneratorImpl>(seed), {0, images, images});
}

double term(const LossTerms& terms, const std::string& name) {
    for (const auto& [found, value] : terms.terms)
        if (found == name)
            return value.item<double>();
    return NAN;
}

/// A module of the recipe's, filled from its named parameters.
template <class Holder>
Holder copied(Holder module, const Recipe& recipe, const std::string& prefix) {
    const torch::NoGradGuard guard;
    auto targets = module->named_parameters();
    for (const auto& [name, tensor] : recipe.parameters())
        if (name.compare(0, prefix.size(), prefix) == 0)
            targets[name.substr(prefix.size())].copy_(tensor);
    return module;
}

/// Weights divided by their largest singular value, from the decomposition.
std::vector<Tensor> exactlyNormalised(const LsganTower& tower) {
    std::vector<Tensor> result;
    for (const Tensor& weight : tower->weights())
        result.push_back(
            weight /
            torch::linalg_svdvals(weight.detach().reshape({weight.size(0), -1}), c10::nullopt).max());
    return result;
}

std::unique_ptr<Recipe> recipe(const Json& options, uint64_t seed = 1) {
    return lsganRecipe(input(3, 16, 16), options, seed, 1);
}

/// The trainer's turn of one group, in small.
class Turns {
  public:
    explicit Turns(Recipe& trained) : recipe_(trained) {
        for (const ParameterGroup& group : trained.groups())
            optimisers_.emplace_back(group.tensors, Adam::Settings{group.beta1, group.beta2, group.epsilon});
    }
    LossTerms step(const Tensor& images, size_t phase, size_t update, uint64_t seed, double rate) {
        const size_t group = recipe_.phases()[phase].updates[update];
        const TrainingPosition position{phase, 0, update, true};
        BatchContext batch = context(seed, images.size(0));
        optimisers_[group].zeroGradients();
        LossTerms loss = recipe_.loss(images, position, batch);
        loss.total.backward();
        optimisers_[group].step(rate);
        recipe_.afterStep(position);
        return loss;
    }

  private:
    Recipe& recipe_;
    std::vector<Adam> optimisers_;
};

} // namespace

class TestLsgan : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void hasThePapersShapes() {
        // z 64 → 4096 → 1024×2×2 → 128×16×16 → 5×32×32, and the mirror image.
        const LsganOptions options = optionsFrom<LsganOptions>(Json::object(), "test");
        LsganNetwork network(input(5, 32, 32), options);
        QCOMPARE(network->generator->first->weight.sizes().vec(), (std::vector<int64_t>{4096, 64}));
        QCOMPARE(network->generator->channels, int64_t(1024));
        QCOMPARE(network->generator->height, int64_t(2));
        QCOMPARE(network->generator->main.size(), size_t(3));
        QCOMPARE(network->generator->last->weight.sizes().vec(), (std::vector<int64_t>{128, 5, 4, 4}));
        QCOMPARE(network->embedder->last->weight.sizes().vec(), (std::vector<int64_t>{64, 4096}));
        QCOMPARE(network->embedder->norms.size(), size_t(7));
        const torch::NoGradGuard guard;
        QCOMPARE(network->generator->forward(torch::randn({2, 64})).sizes().vec(),
                 (std::vector<int64_t>{2, 5, 32, 32}));
        QCOMPARE(network->embedder->forward(torch::randn({2, 5, 32, 32})).sizes().vec(),
                 (std::vector<int64_t>{2, 64}));
    }

    void lossesAreTheirDefinitions() {
        const Tensor real = torch::tensor({0.5f, 2.0f}), made = torch::tensor({-1.0f, 3.0f, 0.0f});
        QCOMPARE(lsganDiscriminatorLoss(real, made).item<float>(),
                 0.5f * (0.25f + 1) / 2 + 0.5f * (1 + 9 + 0.0f) / 3);
        QCOMPARE(lsganGeneratorLoss(made).item<float>(), 0.5f * (4 + 4 + 1.0f) / 3);
        const Tensor z = torch::tensor({{1.0f, 2.0f}, {0.0f, -1.0f}});
        const Tensor e = torch::tensor({{0.0f, 4.0f}, {0.5f, -1.0f}});
        QCOMPARE(embedderLoss(z, e).item<double>(), (1 + 4 + 0.25) / 2);
    }

    void priorIsTheDistanceFromTheUnitGaussian() {
        // Along the first axis a batch of three stands at 2, -1, 0; the Gaussian's sixths lie at 0 and
        // ±0.967422.
        const Tensor latents = torch::tensor({{2.0f, 5.0f}, {-1.0f, 5.0f}, {0.0f, 5.0f}}).requires_grad_();
        const Tensor axis = torch::tensor({{3.0f, 0.0f}});
        const double up = 2 - 0.967421566, down = -1 + 0.967421566;
        const Tensor loss = priorLoss(latents, latents.detach(), 0, axis);
        QVERIFY(std::abs(loss.item<double>() - 2 * (up * up + down * down) / 3) < 1e-5);
        loss.backward();
        QVERIFY(std::abs(latents.grad()[0][0].item<double>() - 2 * 2 * up / 3) < 1e-5);
        QCOMPARE(latents.grad()[1][1].item<double>(), 0.0);
        // Two processes with a part of the batch each: the mean over the images is that of the whole.
        const auto part = [&](int64_t first, int64_t count) {
            return priorLoss(latents.detach().narrow(0, first, count), latents.detach(), first, axis)
                .item<double>();
        };
        QVERIFY(std::abs((2 * part(0, 2) + part(2, 1)) / 3 - loss.item<double>()) < 1e-6);
        // A sample of that Gaussian is near, one that is twice as wide is (2 - 1)² · D away.
        RandomStream random(3, "prior");
        Array sample({4000, 6}), directions({200, 6});
        for (Array* array : {&sample, &directions})
            for (float& value : array->values())
                value = static_cast<float>(random.normal());
        const Tensor z = toTensor(sample), towards = toTensor(directions);
        QVERIFY(priorLoss(z, z, 0, towards).item<double>() < 0.03);
        QVERIFY(std::abs(priorLoss(2 * z, 2 * z, 0, towards).item<double>() - 6) < 0.3);
    }

    void recipeComputesThoseLosses() {
        const auto trained = recipe(small());
        const Tensor images = toTensor(randomArray({4, 3, 16, 16}, "x"));
        const TrainingPosition held{0, 0, 0, false};
        for (int i = 0; i < 300; ++i) { // until power iteration has found the singular vectors
            for (const size_t update : {size_t(0), size_t(2)}) {
                BatchContext batch = context(9, 4);
                trained->loss(images, {0, 0, update, true}, batch);
            }
        }
        const torch::NoGradGuard guard;
        const LsganOptions options = smallOptions();
        const ModelInput shape = input(3, 16, 16);
        LsganGenerator generator = copied(LsganGenerator(shape, options), *trained, "generator.");
        LsganTower discriminator = copied(LsganTower(shape, options, 1), *trained, "discriminator.");
        LsganTower embedder = copied(LsganTower(shape, options, 6), *trained, "embedder.");
        // The recipe's draws are those of an equal stream.
        BatchContext same = context(9, 4);
        const Tensor z = same.normal({6}), made = generator->forward(z);
        const Tensor ofReal = discriminator->forward(images, exactlyNormalised(discriminator));
        const Tensor ofMade = discriminator->forward(made, exactlyNormalised(discriminator));
        double expected[3] = {0, 0, 0};
        for (int64_t n = 0; n < 4; ++n) {
            const double r = ofReal[n].item<double>(), m = ofMade[n].item<double>();
            expected[0] += ((r - 1) * (r - 1) + m * m) / 8;
            expected[1] += (m - 1) * (m - 1) / 8;
            const Tensor e = embedder->forward(made.slice(0, n, n + 1), exactlyNormalised(embedder));
            for (int64_t d = 0; d < 6; ++d)
                expected[2] += std::pow((z[n][d] - e[0][d]).item<double>(), 2) / 4;
        }
        const char* const names[3] = {"discriminator", "generator", "embedder"};
        for (size_t update = 0; update < 3; ++update) {
            TrainingPosition position = held;
            position.update = update;
            BatchContext batch = context(9, 4);
            const LossTerms loss = trained->loss(images, position, batch);
            QVERIFY(std::abs(loss.total.item<double>() - expected[update]) < 2e-4 * (1 + expected[update]));
            QCOMPARE(term(loss, names[update]), loss.total.item<double>());
        }
    }

    void redrawingIsTheImageErrorOfTheEmbeddersLatents() {
        Json json = small();
        json["reconstruction"] = 3;
        const auto trained = recipe(json);
        const Tensor images = toTensor(randomArray({4, 3, 16, 16}, "x"));
        for (int i = 0; i < 30; ++i) { // until power iteration holds the singular vectors
            BatchContext batch = context(9, 4);
            trained->loss(images, {0, 0, 2, true}, batch);
        }
        double expected = 0;
        {
            const torch::NoGradGuard guard;
            LsganGenerator generator =
                copied(LsganGenerator(input(3, 16, 16), smallOptions()), *trained, "generator.");
            LsganTower embedder =
                copied(LsganTower(input(3, 16, 16), smallOptions(), 6), *trained, "embedder.");
            const Tensor redrawn = generator->forward(embedder->forward(images, exactlyNormalised(embedder)));
            for (int64_t n = 0; n < 4; ++n)
                for (int64_t p = 0; p < 3 * 16 * 16; ++p)
                    expected += std::pow(
                        images[n].flatten()[p].item<double>() - redrawn[n].flatten()[p].item<double>(), 2);
            expected /= 4 * 3 * 16 * 16;
        }
        for (size_t update : {size_t(1), size_t(2)}) {
            BatchContext batch = context(9, 4);
            const LossTerms loss = trained->loss(images, {0, 0, update, false}, batch);
            const char* name = update == 1 ? "redrawing" : "embedder_redrawing";
            QVERIFY(std::abs(term(loss, name) - expected) < 1e-3 * expected);
            const double other = term(loss, update == 1 ? "generator" : "embedder");
            const double weight = update == 1 ? 3 : 3 * 6;
            QVERIFY(std::abs(loss.total.item<double>() - other - weight * expected) <
                    1e-3 * weight * expected);
        }
    }

    void aRedrawingPhaseLooksAtRealImagesOnly() {
        Json json = small();
        json["reconstruction"] = 2;
        json["prior"] = 1;
        json["redrawing_epochs"] = 2;
        const auto trained = recipe(json);
        QCOMPARE(QString::fromStdString(trained->phases()[0].name), QString("redrawing"));
        const Tensor images = toTensor(randomArray({8, 3, 16, 16}, "x"));
        Turns turns(*trained);
        double began = 0, ended = 0;
        for (uint64_t i = 0; i < 200; ++i) {
            const LossTerms ofGenerator = turns.step(images, 0, 0, i, 2e-3);
            const LossTerms ofEmbedder = turns.step(images, 0, 1, i, 2e-3);
            QVERIFY(std::isnan(term(ofGenerator, "generator")) && std::isnan(term(ofEmbedder, "embedder")));
            ended = term(ofGenerator, "redrawing");
            if (i == 0)
                began = ended;
            const double weighed = 2 * 6 * term(ofEmbedder, "embedder_redrawing") + term(ofEmbedder, "prior");
            QVERIFY(std::abs(ofEmbedder.total.item<double>() - weighed) < 1e-4 * weighed);
        }
        QVERIFY2(ended < 0.5 * began, qPrintable(QString("%1 of %2").arg(ended).arg(began)));
        json["reconstruction"] = 0;
        QVERIFY_EXCEPTION_THROWN(checkOptions(optionsFrom<LsganOptions>(json, "test"), "test"), UsageError);
    }

    void eachLossMovesItsOwnNetwork_data() {
        QTest::addColumn<double>("reconstruction");
        QTest::newRow("as in the paper") << 0.0;
        QTest::newRow("with redrawing") << 3.0;
    }

    void eachLossMovesItsOwnNetwork() {
        QFETCH(double, reconstruction);
        Json json = small();
        json["reconstruction"] = reconstruction;
        const auto trained = recipe(json);
        const Tensor images = toTensor(randomArray({4, 3, 16, 16}, "x"));
        const std::vector<ParameterGroup> groups = trained->groups();
        QCOMPARE(groups.size(), size_t(3));
        for (size_t update = 0; update < 3; ++update) {
            for (const ParameterGroup& group : groups)
                for (Tensor tensor : group.tensors)
                    tensor.mutable_grad() = Tensor();
            BatchContext batch = context(3, 4);
            trained->loss(images, {0, 0, update, true}, batch).total.backward();
            for (const Tensor& tensor : groups[update].tensors)
                QVERIFY(tensor.grad().defined());
            // Discriminator and embedder see images without history; the generator sees through the former.
            for (const Tensor& tensor : groups[1].tensors)
                QVERIFY(update == 1 || !tensor.grad().defined());
        }
        QCOMPARE(trained->phases()[1].updates, std::vector<size_t>{2});
    }

    void heldOutImagesTeachNothing() {
        const auto trained = recipe(small());
        std::vector<Tensor> before;
        for (const auto& entry : trained->parameters())
            before.push_back(entry.second.detach().clone());
        for (size_t update = 0; update < 3; ++update) {
            const torch::NoGradGuard guard;
            BatchContext batch = context(3, 4);
            trained->loss(toTensor(randomArray({4, 3, 16, 16}, "x")), {0, 0, update, false}, batch);
        }
        size_t i = 0;
        bool spectral = false;
        for (const auto& [name, tensor] : trained->parameters()) {
            QVERIFY(torch::equal(tensor.detach(), before[i++]));
            spectral = spectral || name == "discriminator_spectral.u_0";
        }
        QVERIFY(spectral); // what power iteration knows is saved with the weights
    }

    void gradientsAgreeWithDifferences() {
        LsganOptions options = smallOptions();
        const ModelInput shape = input(2, 8, 8);
        torch::manual_seed(2);
        LsganGenerator generator(shape, options);
        LsganTower tower(shape, options, 6);
        initialiseLsgan(*generator, 1);
        initialiseLsgan(*tower, 2);
        generator->to(torch::kFloat64);
        tower->to(torch::kFloat64);
        const Tensor z = torch::randn({3, 6}, torch::kFloat64);
        const auto loss = [&] {
            const Tensor made = generator->forward(z);
            return embedderLoss(z, tower->forward(made)) + made.square().mean();
        };
        loss().backward();
        int checked = 0;
        for (torch::nn::Module* module :
             {static_cast<torch::nn::Module*>(generator.get()), static_cast<torch::nn::Module*>(tower.get())})
            for (Tensor& parameter : module->parameters()) {
                const torch::NoGradGuard guard;
                QCOMPARE(parameter.grad().strides().vec(), parameter.strides().vec());
                const auto inMemory = [](const Tensor& t) { return t.as_strided({t.numel()}, {1}); };
                Tensor flat = inMemory(parameter);
                const Tensor gradient = inMemory(parameter.grad());
                for (int64_t i = 0; i < flat.size(0); i += std::max<int64_t>(1, flat.size(0) / 3)) {
                    const double value = flat[i].item<double>(), step = 1e-6;
                    flat[i] = value + step;
                    const double high = loss().item<double>();
                    flat[i] = value - step;
                    const double low = loss().item<double>();
                    flat[i] = value;
                    const double exact = gradient[i].item<double>();
                    QVERIFY(std::abs((high - low) / (2 * step) - exact) < 1e-5 * (1 + std::abs(exact)));
                    ++checked;
                }
            }
        QVERIFY(checked > 60);
    }

    void modelGradientAgreesWithDifferences() {
        ModelInput scaled = input(2, 16, 16);
        scaled.offset = {0.5, -1};
        scaled.scale = {2, 3};
        scaled.stretch = "asinh";
        const ModelPtr model = randomLsgan(scaled, small(), 3);
        QVERIFY(model->differentiable());
        const Array z = randomArray({2, 6}, "z"), weights = randomArray({2, 2, 16, 16}, "weights");
        // The same network in float64, in which small steps are exact enough; the scaling written out.
        LsganNetwork network(scaled, smallOptions());
        copyWeights(*network, model->weights(), "test");
        network->to(torch::kFloat64);
        const Tensor offset = torch::tensor({0.5, -1.0}).view({1, 2, 1, 1}),
                     scale = torch::tensor({2.0, 3.0}).view({1, 2, 1, 1});
        const auto value = [&](const Tensor& latents) { // Σ w · image
            const torch::NoGradGuard guard;
            const Tensor images = network->generator->forward(latents).sinh() * scale + offset;
            return (images * toTensor(weights)).sum().item<double>();
        };
        Array seen;
        const Array gradient = model->decodeGradient(z, [&](const Array& images) {
            seen = images.copy();
            return weights;
        });
        QCOMPARE(gradient.shape(), z.shape());
        QVERIFY(largestDifference(seen, model->decode(z).mean) < 1e-5);
        double largest = 0;
        for (const float entry : gradient.values())
            largest = std::max(largest, std::abs(double(entry)));
        for (int64_t n = 0; n < 2; ++n)
            for (int64_t d = 0; d < 6; ++d) {
                Tensor high = toTensor(z).to(torch::kFloat64), low = high.clone();
                high[n][d] += 1e-6;
                low[n][d] -= 1e-6;
                const double difference = (value(high) - value(low)) / 2e-6;
                QVERIFY2(std::abs(difference - gradient.at(n, d)) < 1e-4 * largest,
                         qPrintable(QString("%1 and %2").arg(difference).arg(gradient.at(n, d))));
            }
    }

    void generatorLearnsToPleaseAndDiscriminatorToTell() {
        const auto trained = recipe(small());
        Turns turns(*trained);
        const Tensor images = toTensor(randomArray({16, 3, 16, 16}, "x"));
        const double told = term(turns.step(images, 0, 0, 5, 2e-3), "discriminator");
        for (int i = 0; i < 60; ++i)
            turns.step(images, 0, 0, 5, 2e-3);
        const double better = term(turns.step(images, 0, 0, 5, 2e-3), "discriminator");
        QVERIFY2(better < 0.1 * told, qPrintable(QString("%1 → %2").arg(told).arg(better)));
        const double worse = term(turns.step(images, 0, 1, 5, 2e-3), "generator");
        for (int i = 0; i < 60; ++i)
            turns.step(images, 0, 1, 5, 2e-3);
        const double pleasing = term(turns.step(images, 0, 1, 5, 2e-3), "generator");
        QVERIFY2(pleasing < 0.1 * worse, qPrintable(QString("%1 → %2").arg(worse).arg(pleasing)));
    }

    void embedderLearnsOneBatchByHeart() {
        const auto trained = recipe(small());
        Turns turns(*trained);
        const Tensor images = torch::zeros({16, 3, 16, 16});
        const double before = term(turns.step(images, 1, 0, 8, 5e-3), "embedder");
        for (int i = 0; i < 400; ++i)
            turns.step(images, 1, 0, 8, 5e-3); // the same draws each time
        const double after = term(turns.step(images, 1, 0, 8, 5e-3), "embedder");
        QVERIFY2(after < 0.02 * before, qPrintable(QString("%1 → %2").arg(before).arg(after)));
        // And so does the model that comes out of it: encode(decode(z)) is z.
        const ModelPtr model = trained->snapshot({}, {});
        BatchContext same = context(8, 16);
        const Array z = toArray(same.normal({6}));
        const Array again = model->encode(model->decode(z).mean).mean;
        double sum = 0;
        for (size_t i = 0; i < z.values().size(); ++i)
            sum += std::pow(double(z.values()[i]) - again.values()[i], 2) / 16;
        QVERIFY(sum < 1.2 * after + 1e-3);
    }

    void averagedGeneratorFollows() {
        Json options = small();
        options["average"] = 0.5;
        const auto trained = recipe(options);
        Turns turns(*trained);
        const Tensor images = toTensor(randomArray({8, 3, 16, 16}, "x"));
        const auto of = [&](const std::string& wanted) {
            for (const auto& [name, tensor] : trained->parameters())
                if (name == wanted)
                    return tensor.detach().clone();
            return Tensor();
        };
        const Tensor start = of("generator.last.weight");
        turns.step(images, 0, 1, 1, 1e-2);
        const Tensor moved = of("generator.last.weight");
        QVERIFY(torch::allclose(of("averaged.last.weight"), 0.5 * start + 0.5 * moved, 1e-5, 1e-7));
        turns.step(images, 0, 0, 1, 1e-2); // the discriminator's turn changes neither
        QVERIFY(torch::allclose(of("averaged.last.weight"), 0.5 * start + 0.5 * moved, 1e-5, 1e-7));
        for (const ParameterGroup& group : trained->groups())
            for (const Tensor& tensor : group.tensors)
                QVERIFY(tensor.data_ptr() != of("averaged.last.weight").data_ptr() && tensor.requires_grad());
    }

    void sameSeedSameWeights() {
        const auto a = recipe(small(), 4), b = recipe(small(), 4), c = recipe(small(), 5);
        const Tensor x = a->parameters()[0].second, y = b->parameters()[0].second;
        QVERIFY(torch::equal(x, y) && !torch::equal(x, c->parameters()[0].second));
    }

    void fileRoundTripIsExact() {
        QTemporaryDir place;
        const std::string path = place.filePath("m.safetensors").toStdString();
        const auto trained = recipe(small());
        const ModelPtr model = trained->snapshot({}, {});
        saveModel(*model, path);
        const ModelPtr again = loadModel(path);
        const Array z = randomArray({2, 6}, "z"), x = randomArray({2, 3, 16, 16}, "x");
        QVERIFY(largestDifference(model->decode(z).mean, again->decode(z).mean) == 0);
        QVERIFY(largestDifference(model->encode(x).mean, again->encode(x).mean) == 0);
        QVERIFY(model->encode(x).logvar.empty());
        QCOMPARE(again->card().options, model->card().options);
    }

    void inputFollowsTheImages() {
        ImageStatistics images;
        images.mean = {1, 2};
        images.deviation = {4, 0};
        images.median = {0.5, 2};
        images.sky = {0.25, 0};
        const ModelInput linear = prepareLsganInput(input(2, 16, 16), small(), images);
        QCOMPARE(linear.offset, (std::vector<double>{1, 2}));
        QCOMPARE(linear.scale, (std::vector<double>{4, 1}));
        Json options = small();
        options["stretch"] = "asinh";
        options["softening"] = 2;
        const ModelInput asinh = prepareLsganInput(input(2, 16, 16), options, images);
        QCOMPARE(asinh.offset, (std::vector<double>{0.5, 2}));
        QCOMPARE(asinh.scale, (std::vector<double>{0.5, 2}));
        QCOMPARE(asinh.stretch, std::string("asinh"));
    }

    void wrongOptionsAreRefused() {
        Json options = small();
        options["width"] = 6; // four groups
        QVERIFY_EXCEPTION_THROWN(randomLsgan(input(1, 16, 16), options, 1), UsageError);
        QVERIFY_EXCEPTION_THROWN(randomLsgan(input(1, 20, 16), small(), 1), UsageError);
        options["groups"] = 0;
        options["spectral_norm"] = false;
        const ModelPtr plain = randomLsgan(input(1, 16, 24), options, 1);
        QCOMPARE(plain->encode(randomArray({2, 1, 16, 24}, "x")).mean.shape(), (std::vector<int64_t>{2, 6}));
    }

    void filesThatLieAreRefused() {
        const ModelPtr model = randomLsgan(input(1, 16, 16), small(), 5);
        const auto refused = [&](const ModelCard& card, NamedArrays weights) {
            try {
                buildLsgan(card, weights, "file");
            } catch (const InputError&) {
                return true;
            }
            return false;
        };
        QVERIFY(!refused(model->card(), model->weights()));
        ModelCard card = model->card();
        card.latent = 7;
        QVERIFY(refused(card, model->weights()));
        card = model->card();
        card.options["width"] = 4096;
        card.options["blocks"] = 4;
        card.input.height = card.input.width = 4096;
        QVERIFY(refused(card, model->weights()));
        NamedArrays fewer = model->weights();
        fewer.pop_back();
        QVERIFY(refused(model->card(), fewer));
    }
};

QTEST_GUILESS_MAIN(TestLsgan)
#include "test_lsgan.moc"
