// AstroVaDEr of any size: shapes, files, and refusals.

#include <cmath>
#include <thread>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "io/safetensors.h"
#include "models/astrovader/astrovader.h"
#include "models/model_file.h"
#include "nn/device.h"

using namespace galatea;

namespace {

ModelInput input(int64_t channels, int64_t height, int64_t width) {
    ModelInput result;
    result.channels = channels;
    result.height = height;
    result.width = width;
    return result;
}

Json smallOptions() {
    return {{"filters", {6, 4}},
            {"kernels", {3, 5}},
            {"decoder_kernels", {5, 3}},
            {"latent", 3},
            {"components", 2}};
}

Array randomArray(std::vector<int64_t> shape, const char* name) {
    Array array(std::move(shape));
    RandomStream random(7, name);
    for (float& value : array.values())
        value = static_cast<float>(random.uniform());
    return array;
}

bool same(const Array& a, const Array& b) {
    return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

} // namespace

class TestAstroVaDEr : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(2); }

    void everySizeIsAnOption_data() {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::newRow("gray square") << 1 << 16 << 16;
        QTest::newRow("three bands") << 3 << 24 << 24;
        QTest::newRow("five bands, not square") << 5 << 8 << 20;
    }
    void everySizeIsAnOption() {
        QFETCH(int, channels);
        QFETCH(int, height);
        QFETCH(int, width);
        const ModelPtr model = randomAstroVaDEr(input(channels, height, width), smallOptions(), 3);
        const Encoding encoding = model->encode(randomArray({4, channels, height, width}, "x"));
        QCOMPARE(encoding.mean.shape(), (std::vector<int64_t>{4, 3}));
        QCOMPARE(encoding.logvar.shape(), (std::vector<int64_t>{4, 3}));
        const Array decoded = model->decode(encoding.mean).mean;
        QCOMPARE(decoded.shape(), (std::vector<int64_t>{4, channels, height, width}));
        // A batch is its objects: nothing may leak from one to another.
        const Array one = model->decode(encoding.mean.slice(2, 3)).mean;
        for (int64_t i = 0; i < one.size(); ++i)
            QVERIFY(std::abs(one.values()[size_t(i)] - decoded.row(2).values()[size_t(i)]) < 1e-5f);
    }

    void appliesOffsetAndScale() {
        ModelInput scaled = input(1, 8, 8);
        scaled.offset = {10};
        scaled.scale = {4};
        const ModelPtr plain = randomAstroVaDEr(input(1, 8, 8), smallOptions(), 3);
        const ModelPtr model = randomAstroVaDEr(scaled, smallOptions(), 3);
        const Array x = randomArray({1, 1, 8, 8}, "x");
        Array wide = x.copy();
        for (float& value : wide.values())
            value = value * 4 + 10;
        const Array a = plain->encode(x).mean, b = model->encode(wide).mean;
        const Array p = plain->decode(a).mean, q = model->decode(a).mean;
        for (size_t i = 0; i < a.values().size(); ++i)
            QVERIFY(std::abs(a.values()[i] - b.values()[i]) < 1e-4f);
        for (size_t i = 0; i < p.values().size(); ++i)
            QVERIFY(std::abs(p.values()[i] * 4 + 10 - q.values()[i]) < 1e-4f);
    }

    void fileRoundTripIsExact() {
        QTemporaryDir place;
        const std::string path = place.filePath("m.safetensors").toStdString();
        const ModelPtr model = randomAstroVaDEr(input(3, 16, 16), smallOptions(), 5);
        saveModel(*model, path);
        const ModelPtr again = loadModel(path);
        const Array z = randomArray({2, 3}, "z");
        QVERIFY(same(model->decode(z).mean, again->decode(z).mean));
        QCOMPARE(again->card().options, model->card().options);
    }

    void severalThreadsGetTheSameNumbers() {
        const ModelPtr model = randomAstroVaDEr(input(1, 16, 16), smallOptions(), 5);
        const Array z = randomArray({3, 3}, "z");
        const Array expected = model->decode(z).mean;
        std::vector<Array> results(4);
        {
            std::vector<std::jthread> workers;
            for (Array& result : results)
                workers.emplace_back([&] { result = model->decode(z).mean; });
        }
        for (const Array& result : results)
            for (size_t i = 0; i < expected.values().size(); ++i)
                QVERIFY(std::abs(result.values()[i] - expected.values()[i]) < 1e-6f);
    }

    void wrongShapesAreRefused() {
        const ModelPtr model = randomAstroVaDEr(input(1, 16, 16), smallOptions(), 5);
        QVERIFY_EXCEPTION_THROWN(model->encode(Array({1, 3, 16, 16})), UsageError);
        QVERIFY_EXCEPTION_THROWN(model->encode(Array({16, 16})), UsageError);
        QVERIFY_EXCEPTION_THROWN(model->decode(Array({1, 4})), UsageError);
        QVERIFY_EXCEPTION_THROWN(model->score(Array({1, 1, 16, 16})), ModelError);
        QVERIFY_EXCEPTION_THROWN(randomAstroVaDEr(input(1, 18, 16), smallOptions(), 5), UsageError);
        Json even = smallOptions();
        even["kernels"] = {3, 4};
        QVERIFY_EXCEPTION_THROWN(randomAstroVaDEr(input(1, 16, 16), even, 5), UsageError);
        Json uneven = smallOptions();
        uneven["kernels"] = {3};
        QVERIFY_EXCEPTION_THROWN(randomAstroVaDEr(input(1, 16, 16), uneven, 5), UsageError);
    }

    void filesThatLieAreRefused() {
        QTemporaryDir place;
        const ModelPtr model = randomAstroVaDEr(input(1, 16, 16), smallOptions(), 5);
        const std::string path = place.filePath("m.safetensors").toStdString();
        NamedArrays weights = model->weights();
        const auto refused = [&](const NamedArrays& arrays, const ModelCard& card) {
            writeSafetensors(path, arrays, cardText(card));
            try {
                loadModel(path);
            } catch (const InputError&) {
                return true;
            }
            return false;
        };
        QVERIFY(!refused(weights, model->card()));
        NamedArrays fewer(weights.begin(), weights.end() - 1);
        QVERIFY(refused(fewer, model->card()));
        NamedArrays renamed = weights;
        renamed.front().first = "another";
        QVERIFY(refused(renamed, model->card()));
        NamedArrays bent = weights;
        bent.front().second = Array({1});
        QVERIFY(refused(bent, model->card()));
        NamedArrays endless = weights;
        endless.front().second = endless.front().second.copy();
        endless.front().second.values()[0] = NAN;
        QVERIFY(refused(endless, model->card()));
        ModelCard card = model->card();
        card.options["latent"] = 4;
        QVERIFY(refused(weights, card));
        card = model->card();
        card.options["unheard_of"] = 1;
        QVERIFY(refused(weights, card));
        card = model->card();
        card.input.height = 18;
        QVERIFY(refused(weights, card));
        card = model->card();
        card.family = "casvae"; // known, but not what these weights are
        QVERIFY(refused(weights, card));
        writeSafetensors(path, weights, "");
        QVERIFY_EXCEPTION_THROWN(loadModel(path), InputError);
    }
};

QTEST_GUILESS_MAIN(TestAstroVaDEr)
#include "test_astrovader.moc"
