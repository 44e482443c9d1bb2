// CasVAE: what it learns on drawn objects, its files, its script, and batches shared among processes.

#include <algorithm>
#include <barrier>
#include <cmath>
#include <thread>

#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "models/casvae/casvae.h"
#include "models/casvae/network.h"
#include "models/casvae/orientation.h"
#include "models/family_parts.h"
#include "models/model_file.h"
#include "models/recipe.h"
#include "nn/adam.h"
#include "nn/device.h"
#include "nn/image_tensor.h"
#include "torchscript/export.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

constexpr int64_t side = 20;

ModelInput input() {
    ModelInput result;
    result.channels = 2;
    result.height = result.width = side;
    return result;
}

Json options(Json more = Json::object()) {
    Json json{{"features", 6},
              {"classifier_hidden", 8},
              {"window", 5},
              {"autoencoder_epochs", 8},
              {"classifier_epochs", 20}};
    json.update(more);
    return modelFamily("casvae").options(json, "test");
}

/// Round objects of unit noise: even rows narrow ones, odd rows wide ones, of any brightness.
Array drawnObjects(int64_t count, uint64_t seed) {
    Array images({count, 2, side, side});
    RandomStream random(seed, "objects");
    for (int64_t n = 0; n < count; ++n) {
        const double peak = 20 * std::pow(10, random.uniform(0, 1.5));
        const double width = n % 2 == 0 ? random.uniform(1.3, 1.5) : random.uniform(2.0, 3.5);
        const double x = 9.5 + random.uniform(-0.3, 0.3), y = 9.5 + random.uniform(-0.3, 0.3);
        for (int64_t c = 0; c < 2; ++c)
            for (int64_t i = 0; i < side; ++i)
                for (int64_t j = 0; j < side; ++j) {
                    const double r2 = (double(i) - y) * (double(i) - y) + (double(j) - x) * (double(j) - x);
                    images.row(n).data()[(c * side + i) * side + j] =
                        static_cast<float>(peak * std::exp(-0.5 * r2 / (width * width)) + random.normal());
                }
    }
    return images;
}

bool same(const Array& a, const Array& b) {
    return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

double largestDifference(const Array& a, const Array& b) {
    if (a.shape() != b.shape())
        return INFINITY;
    double largest = 0;
    for (size_t i = 0; i < a.values().size(); ++i)
        largest = std::max(largest, std::abs(double(a.values()[i]) - double(b.values()[i])));
    return largest;
}

TrainingPosition standing(size_t phase, bool training = true) {
    TrainingPosition position;
    position.phase = phase;
    position.training = training;
    return position;
}

/// One phase on the same batch over and over; the first and the last loss.
std::pair<double, double> fit(Recipe& recipe, const torch::Tensor& images, size_t phase, int steps,
                              double rate) {
    const std::vector<ParameterGroup> groups = recipe.groups();
    Adam adam(groups[recipe.phases()[phase].updates[0]].tensors);
    double first = 0, last = 0;
    for (int step = 0; step < steps; ++step) {
        BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(uint64_t(step) + 1),
                             {0, images.size(0), images.size(0)});
        const LossTerms loss = recipe.loss(images, standing(phase), context);
        adam.zeroGradients();
        loss.total.backward();
        adam.step(rate);
        last = loss.total.item<double>();
        if (step == 0)
            first = last;
    }
    return {first, last};
}

std::unique_ptr<Recipe> recipeOf(const Json& json, uint64_t seed = 1) {
    return casVaeRecipe(input(), json, seed, 1.0);
}

/// Part of the pairs (even row, odd row) in which the odd one has the higher score.
double oddAboveEven(const Array& scores) {
    double pairs = 0, right = 0;
    for (int64_t i = 0; i < scores.size(); i += 2)
        for (int64_t j = 1; j < scores.size(); j += 2) {
            pairs += 1;
            right += scores.values()[size_t(j)] > scores.values()[size_t(i)] ? 1 : 0;
        }
    return right / pairs;
}

/// Two threads as two processes.
class TwoThreads : public Collective {
  public:
    struct Shared {
        std::barrier<> gate{2};
        torch::Tensor slots[2];
    };
    TwoThreads(Shared& shared, int64_t rank) : shared_(shared), rank_(rank) {}
    int64_t rank() const override { return rank_; }
    int64_t ranks() const override { return 2; }
    void sum(torch::Tensor& t) override {
        reduce(t, [](const auto& a, const auto& b) { return a + b; });
    }
    void minimum(torch::Tensor& t) override {
        reduce(t, [](const auto& a, const auto& b) { return torch::minimum(a, b); });
    }
    void maximum(torch::Tensor& t) override {
        reduce(t, [](const auto& a, const auto& b) { return torch::maximum(a, b); });
    }
    void broadcast(torch::Tensor& t) override {
        reduce(t, [](const auto& a, const auto&) { return a; });
    }

  private:
    template <class Join>
    void reduce(torch::Tensor& t, const Join& join) {
        shared_.slots[rank_] = t.detach().clone();
        shared_.gate.arrive_and_wait();
        const torch::Tensor joined = join(shared_.slots[0], shared_.slots[1]);
        shared_.gate.arrive_and_wait();
        t.copy_(joined);
    }
    Shared& shared_;
    int64_t rank_;
};

std::vector<torch::Tensor> gradients(Recipe& recipe, const torch::Tensor& images, size_t phase,
                                     BatchContext& context) {
    recipe.loss(images, standing(phase), context).total.backward();
    const ParameterGroup group = recipe.groups()[recipe.phases()[phase].updates[0]];
    std::vector<torch::Tensor> result;
    for (const torch::Tensor& tensor : group.tensors)
        result.push_back(tensor.grad().clone());
    return result;
}

} // namespace

class TestCasVae : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void autoencoderOverfitsOneBatch() {
        const auto recipe = recipeOf(options({{"features", 12}}));
        const torch::Tensor images = toTensor(drawnObjects(8, 3));
        const auto [first, last] = fit(*recipe, images, 0, 800, 3e-3);
        QVERIFY2(last < 0.02 * first, qPrintable(QString("%1 of %2").arg(last).arg(first)));
    }

    void hiddenLayersOverfitToo() {
        const auto recipe = recipeOf(options({{"features", 12}, {"hidden", {24}}}));
        const auto [first, last] = fit(*recipe, toTensor(drawnObjects(8, 3)), 0, 300, 3e-3);
        QVERIFY2(last < 0.05 * first, qPrintable(QString("%1 of %2").arg(last).arg(first)));
    }

    void baselineOverfitsOneBatch_data() {
        QTest::addColumn<QString>("prior");
        QTest::newRow("unit") << "unit";
        QTest::newRow("double-peak") << "double-peak";
    }
    void baselineOverfitsOneBatch() {
        QFETCH(QString, prior);
        const auto recipe = recipeOf(
            options({{"design", "vae"}, {"prior", prior.toStdString()}, {"divergence_weight", 1e-3}}));
        const auto [first, last] = fit(*recipe, toTensor(drawnObjects(8, 3)), 0, 300, 3e-3);
        QVERIFY2(last < 0.1 * first, qPrintable(QString("%1 of %2").arg(last).arg(first)));
        const ModelPtr model = recipe->snapshot({}, {});
        QVERIFY(!model->card().can("score"));
        QCOMPARE(model->encode(drawnObjects(3, 4)).mean.shape(), (std::vector<int64_t>{3, 6}));
    }

    void partsNarrowFromWide_data() {
        QTest::addColumn<int>("seed");
        QTest::addColumn<QString>("divergence");
        for (int seed = 1; seed <= 3; ++seed)
            QTest::addRow("seed %d", seed) << seed << "approximate-kl";
        QTest::newRow("pseudo-wasserstein") << 1 << "pseudo-wasserstein";
    }
    void partsNarrowFromWide() {
        QFETCH(int, seed);
        QFETCH(QString, divergence);
        const auto recipe =
            recipeOf(options({{"divergence", divergence.toStdString()}}), static_cast<uint64_t>(seed));
        const torch::Tensor images = toTensor(drawnObjects(128, 5));
        fit(*recipe, images, 0, 150, 2e-3);
        fit(*recipe, images, 1, 400, 4e-3);
        const ModelPtr model = recipe->snapshot({}, {});
        const double part = oddAboveEven(model->score(drawnObjects(100, 6))); // others than trained on
        QVERIFY2(part > 0.97, qPrintable(QString::number(part)));
    }

    void brightnessDoesNotMatter() {
        const ModelPtr model = randomCasVae(input(), options(), 3);
        Array images = drawnObjects(6, 7), brighter = images.copy();
        for (float& value : brighter.values())
            value *= 8;
        QVERIFY(largestDifference(model->score(images), model->score(brighter)) < 1e-5);
        const ModelPtr plain = randomCasVae(input(), options({{"brightness", "none"}}), 3);
        QVERIFY(largestDifference(plain->score(images), plain->score(brighter)) > 1e-3);
    }

    void secondPhaseHoldsTheAutoencoder() {
        const auto recipe = recipeOf(options());
        const torch::Tensor images = toTensor(drawnObjects(16, 3));
        fit(*recipe, images, 0, 5, 1e-3);
        const auto weights = [&] {
            std::vector<std::pair<std::string, torch::Tensor>> list;
            for (const auto& [name, tensor] : recipe->parameters())
                if (name.rfind("classifier.", 0) != 0 && name.rfind("training.", 0) != 0)
                    list.emplace_back(name, tensor.detach().clone());
            return list;
        };
        const auto before = weights();
        fit(*recipe, images, 1, 5, 1e-2);
        const auto after = weights();
        QVERIFY(before.size() > 5);
        for (size_t i = 0; i < before.size(); ++i)
            QVERIFY2(before[i].second.equal(after[i].second), before[i].first.c_str());
    }

    void heldOutImagesTeachNothing() {
        const auto recipe = recipeOf(options());
        const torch::Tensor images = toTensor(drawnObjects(16, 3));
        fit(*recipe, images, 0, 3, 1e-3);
        for (const size_t phase : {size_t{0}, size_t{1}}) {
            std::vector<torch::Tensor> before;
            for (const auto& entry : recipe->parameters())
                before.push_back(entry.second.detach().clone());
            BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(1), {0, 16, 16});
            const LossTerms loss = recipe->loss(images, standing(phase, false), context);
            QVERIFY(std::isfinite(loss.total.item<double>()));
            const auto after = recipe->parameters();
            for (size_t i = 0; i < before.size(); ++i)
                QVERIFY2(before[i].equal(after[i].second), after[i].first.c_str());
        }
    }

    void sameSeedSameWeights() {
        const torch::Tensor images = toTensor(drawnObjects(12, 3));
        std::vector<ModelPtr> models;
        for (const uint64_t seed : {4u, 4u, 5u}) {
            const auto recipe = recipeOf(options(), seed);
            fit(*recipe, images, 0, 5, 1e-3);
            fit(*recipe, images, 1, 5, 1e-3);
            models.push_back(recipe->snapshot({}, {}));
        }
        const Array x = drawnObjects(4, 9);
        QVERIFY(same(models[0]->score(x), models[1]->score(x)));
        QVERIFY(!same(models[0]->score(x), models[2]->score(x)));
    }

    void twoProcessesComputeWhatOneDoes_data() {
        QTest::addColumn<int>("phase");
        QTest::newRow("autoencoder") << 0;
        QTest::newRow("classifier") << 1;
    }
    void twoProcessesComputeWhatOneDoes() {
        QFETCH(int, phase);
        const torch::Tensor images = toTensor(drawnObjects(12, 3));
        const auto generator = [] { return torch::make_generator<torch::CPUGeneratorImpl>(77); };
        const auto whole = recipeOf(options({{"hidden", {10}}}));
        BatchContext alone(generator(), {0, 12, 12});
        const auto expected = gradients(*whole, images, size_t(phase), alone);
        TwoThreads::Shared shared;
        std::vector<torch::Tensor> found[2];
        std::unique_ptr<Recipe> halves[2];
        {
            std::vector<std::jthread> ranks;
            for (int64_t rank = 0; rank < 2; ++rank)
                ranks.emplace_back([&, rank] {
                    TwoThreads collective(shared, rank);
                    halves[rank] = recipeOf(options({{"hidden", {10}}}));
                    BatchContext context(generator(), {6 * rank, 6, 12}, &collective);
                    found[rank] =
                        gradients(*halves[rank], images.narrow(0, 6 * rank, 6), size_t(phase), context);
                });
        }
        for (size_t i = 0; i < expected.size(); ++i) {
            const torch::Tensor mean = 0.5 * (found[0][i] + found[1][i]);
            const double scale = expected[i].abs().max().item<double>();
            QVERIFY((mean - expected[i]).abs().max().item<double>() < 1e-4 * scale + 1e-5);
        }
        const auto one = whole->parameters(), two = halves[1]->parameters();
        for (size_t i = 0; i < one.size(); ++i) // running statistics included
            QVERIFY2(torch::allclose(one[i].second, two[i].second, 1e-4, 1e-5), one[i].first.c_str());
    }

    void filesAndScriptsGiveTheSameNumbers_data() {
        QTest::addColumn<QString>("more");
        QTest::newRow("as it comes") << "{}";
        QTest::newRow("more layers") << R"({"hidden": [9, 7]})";
        QTest::newRow("linear, as bright as it is")
            << R"({"brightness": "none", "softening": 0, "window": 0})";
        QTest::newRow("one VAE") << R"({"design": "vae", "hidden": [9]})";
    }
    void filesAndScriptsGiveTheSameNumbers() {
        QFETCH(QString, more);
        ModelInput scaled = input();
        scaled.offset = {0.5, -1};
        scaled.scale = {2, 0.7};
        const auto recipe = casVaeRecipe(scaled, options(Json::parse(more.toStdString())), 3, 1.0);
        const Array images = drawnObjects(10, 8);
        for (size_t phase = 0; phase < recipe->phases().size(); ++phase)
            fit(*recipe, toTensor(images), phase, 5, 1e-3);
        const ModelPtr model = recipe->snapshot({{"seed", 3}}, {});
        QTemporaryDir folder;
        const std::string file = folder.filePath("m.safetensors").toStdString(),
                          script = folder.filePath("m.pt").toStdString();
        saveModel(*model, file);
        exportTorchScript(*model, script);
        const Encoding code = model->encode(images);
        const Array drawn = model->decode(code.mean).mean;
        for (const ModelPtr& other : {loadModel(file), openModel(script)}) {
            const double limit = other->weights().empty() ? 1e-4 : 0;
            const Encoding again = other->encode(images);
            QVERIFY(largestDifference(again.mean, code.mean) <= limit);
            QVERIFY(largestDifference(again.logvar, code.logvar) <= limit);
            double brightest = 1;
            for (const float value : drawn.values())
                brightest = std::max(brightest, std::abs(double(value)));
            QVERIFY(largestDifference(other->decode(code.mean).mean, drawn) <= limit * brightest);
            QCOMPARE(other->card().can("score"), model->card().can("score"));
            if (model->card().can("score"))
                QVERIFY(largestDifference(other->score(images), model->score(images)) <= limit);
        }
    }

    void orientationHearsEveryObjectEqually() {
        RandomStream random(3, "orientation");
        torch::Tensor a = torch::zeros({40}), b = torch::zeros({40});
        for (int64_t i = 0; i < 40; ++i) {
            a[i] = random.normal();
            b[i] = a[i] + 0.5 * random.normal();
        }
        a[7] = 60, b[7] = -80; // saturated
        b[3] = b[4];           // a tie
        double same = 0, covariance = 0;
        for (int64_t i = 0; i < 40; ++i)
            for (int64_t j = 0; j < i; ++j) {
                const double product = ((a[i] - a[j]) * (b[i] - b[j])).item<double>();
                same += product > 0 ? 1 : product < 0 ? -1 : 0;
            }
        covariance = ((a - a.mean()) * (b - b.mean())).mean().item<double>();
        QVERIFY(covariance < 0); // which would turn the latent over
        const double tau = rankConcordance(a, b).item<double>();
        QVERIFY(tau > 0.3);
        QVERIFY(std::abs(tau - same / (40 * 39 / 2.0)) < 1e-6);
        QCOMPARE(rankConcordance(a.slice(0, 0, 1), b.slice(0, 0, 1)).item<double>(), 0.0);
    }

    void theCandidateThatOthersAgreeWithIsKept() {
        // 1, 2 and, turned over, 4 order the objects alike, 0 and 3 each its own way.
        torch::Tensor columns = torch::zeros({30, 5});
        RandomStream random(8, "candidates");
        for (int64_t i = 0; i < 30; ++i) {
            columns[i][0] = random.normal();
            columns[i][1] = static_cast<double>(i);
            columns[i][2] = i + 2 * random.normal();
            columns[i][3] = random.normal();
            columns[i][4] = -i + 6 * random.normal();
        }
        const torch::Tensor concordances = rankConcordances(columns);
        QCOMPARE(concordances[1][1].item<double>(), 1.0);
        QVERIFY(concordances[1][4].item<double>() < -0.5);
        QVERIFY(std::abs((concordances[2][4] - rankConcordance(columns.select(1, 2), columns.select(1, 4)))
                             .item<double>()) < 1e-6);
        QCOMPARE(mostAgreedWith(concordances), int64_t(1));
        QCOMPARE(mostAgreedWith(rankConcordances(columns.narrow(1, 0, 1))), int64_t(0));
    }

    void theLinearReproductionErrorIsTheOneOfDrawnImages() {
        // With hidden layers the images are drawn, without them the closed form is used; as features,
        // neither.
        const torch::Tensor images = toTensor(drawnObjects(12, 3));
        const auto recipe = recipeOf(options({{"candidates", 1}}));
        fit(*recipe, images, 0, 20, 1e-3);
        BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(5), {0, 12, 12});
        const LossTerms loss = recipe->loss(images, standing(1, false), context);
        CasVaeNetwork network(input(), optionsFrom<CasVaeOptions>(options({{"candidates", 1}}), "test"));
        const torch::NoGradGuard guard;
        auto parameters = network->named_parameters();
        auto buffers = network->named_buffers();
        for (const auto& [name, tensor] : recipe->parameters()) {
            if (auto* found = parameters.find(name))
                found->copy_(tensor);
            if (auto* found = buffers.find(name))
                found->copy_(tensor);
        }
        BatchContext same(torch::make_generator<torch::CPUGeneratorImpl>(5), {0, 12, 12});
        const torch::Tensor noise = same.normal({1, 2}).select(1, 0),
                            pixels = network->prepare(images).pixels;
        const auto [mean, logvar] = network->classifier->encode(network->features(pixels, nullptr));
        const torch::Tensor drawn =
            network->draw(network->classifier->decode(mean + noise * (0.5 * logvar).exp()), nullptr);
        const double expected = (drawn - pixels).square().sum(1).mean().item<double>();
        double found = NAN;
        for (const auto& [name, value] : loss.terms)
            if (name == "reproduction")
                found = value.item<double>();
        QVERIFY2(std::abs(found - expected) < 1e-4 * expected,
                 qPrintable(QString("%1 for %2").arg(found).arg(expected)));
    }

    void scoreIsTheSecondLatent() {
        const ModelPtr model = randomCasVae(input(), options(), 3);
        const Array images = drawnObjects(5, 2), code = model->encode(images).mean,
                    score = model->score(images);
        for (int64_t i = 0; i < 5; ++i)
            QCOMPARE(score.values()[size_t(i)], code.at(i, 1));
    }

    void inputIsInUnitsOfTheSky() {
        ImageStatistics statistics;
        statistics.median = {0.1, 0.2};
        statistics.sky = {0.02, 0};
        statistics.deviation = {5, 3};
        const ModelInput prepared = modelFamily("casvae").prepareInput(input(), options(), statistics);
        QCOMPARE(prepared.offset, (std::vector<double>{0.1, 0.2}));
        QCOMPARE(prepared.scale, (std::vector<double>{0.02, 3})); // no sky: the deviation
    }

    void filesThatLieAreRefused() {
        const ModelPtr model = randomCasVae(input(), options(), 3);
        ModelCard card = model->card();
        card.latent = 3;
        QVERIFY_EXCEPTION_THROWN(buildCasVae(card, model->weights(), "m"), InputError);
        card = model->card();
        card.options["features"] = 7;
        QVERIFY_EXCEPTION_THROWN(buildCasVae(card, model->weights(), "m"), InputError);
        card = model->card();
        card.options["divergence"] = "euclidean";
        QVERIFY_EXCEPTION_THROWN(buildCasVae(card, model->weights(), "m"), InputError);
        card = model->card();
        card.options["features"] = 65536;
        card.options["hidden"] = {65536, 65536};
        QVERIFY_EXCEPTION_THROWN(buildCasVae(card, model->weights(), "m"), InputError);
        QVERIFY_EXCEPTION_THROWN(options({{"hidden", std::vector<int64_t>(9, 4)}}), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestCasVae)
#include "test_casvae.moc"
