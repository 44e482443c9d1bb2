// Every model family's TorchScript gives the numbers that the model itself gives, in Python as well.

#include <torch/torch.h>

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>

#include "core/random.h"
#include "models/recipe.h"
#include "models/registry.h"
#include "tests/support/python.h"
#include "tests/torchscript/made_models.h"
#include "torchscript/export.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

struct Small {
    ModelInput input;
    Json options;
};

ModelInput input(int64_t channels, int64_t side) {
    ModelInput result;
    result.channels = channels;
    result.height = result.width = side;
    result.offset.assign(static_cast<size_t>(channels), 0.2);
    result.scale.assign(static_cast<size_t>(channels), 1.5);
    result.stretch = "asinh";
    return result;
}

/// A small network of each family, by the family's name; others are tested where they are made.
std::map<std::string, Small> smallNetworks() {
    return {{"regier-vae", {input(2, 6), {{"hidden", {9, 7}}, {"latent", 3}}}},
            {"deep-svdd", {input(1, 16), {{"filters", {3, 5}}, {"hidden", 11}, {"latent", 8}}}}};
}

Array noise(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    RandomStream random(5, "noise");
    for (float& value : array.values())
        value = static_cast<float>(random.normal());
    return array;
}

void write(const QString& path, const Array& array) {
    QFile file(path);
    if (file.open(QIODevice::WriteOnly))
        file.write(reinterpret_cast<const char*>(array.data()), array.size() * 4);
}

} // namespace

class TestExportFamilies : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theHostGivesTheSameNumbers_data() {
        QTest::addColumn<QString>("family");
        for (const auto& entry : smallNetworks())
            QTest::newRow(entry.first.c_str()) << QString::fromStdString(entry.first);
    }
    void theHostGivesTheSameNumbers() {
        QFETCH(QString, family);
        const ModelPtr model = made(family.toStdString());
        exportTorchScript(*model, path("m.pt"));
        const ModelPtr hosted = openModel(path("m.pt"));
        const ModelCard& card = model->card();
        QCOMPARE(hosted->card().methods, card.methods);
        const Array images = noise({5, card.input.channels, card.input.height, card.input.width}),
                    latents = noise({4, card.latent});
        if (card.can("encode")) {
            const Encoding a = model->encode(images), b = hosted->encode(images);
            QVERIFY(largestDifference(a.mean.contiguousCopy(), b.mean.contiguousCopy()) < 1e-5);
            QCOMPARE(a.logvar.empty(), b.logvar.empty());
            if (!a.logvar.empty())
                QVERIFY(largestDifference(a.logvar.contiguousCopy(), b.logvar.contiguousCopy()) < 1e-5);
        }
        if (card.can("decode")) {
            const Decoding a = model->decode(latents), b = hosted->decode(latents);
            QVERIFY(largestDifference(a.mean.contiguousCopy(), b.mean.contiguousCopy()) < 1e-4);
            QCOMPARE(a.variance.empty(), b.variance.empty());
            if (!a.variance.empty())
                QVERIFY(largestDifference(a.variance.contiguousCopy(), b.variance.contiguousCopy()) < 1e-3);
        }
        if (card.can("score"))
            QVERIFY(largestDifference(model->score(images).contiguousCopy(),
                                      hosted->score(images).contiguousCopy()) < 1e-4);
    }

    void pythonGivesTheSameNumbers_data() { theHostGivesTheSameNumbers_data(); }
    void pythonGivesTheSameNumbers() {
        QFETCH(QString, family);
        const QString python = pythonThatCan(QStringLiteral("import torch, numpy"));
        if (python.isEmpty())
            QSKIP("needs a Python with torch and numpy");
        const ModelPtr model = made(family.toStdString());
        const ModelCard& card = model->card();
        exportTorchScript(*model, path("p.pt"));
        const Array images = noise({5, card.input.channels, card.input.height, card.input.width});
        write(folder_.filePath("x.f32"), images);
        QProcess process;
        process.start(python,
                      {"-c",
                       "import sys, numpy, torch\n"
                       "folder, method = sys.argv[1:3]\n"
                       "shape = [int(v) for v in sys.argv[3:]]\n"
                       "m = torch.jit.load(folder + '/p.pt').eval()\n"
                       "x = torch.from_numpy(numpy.fromfile(folder + '/x.f32', '<f4').reshape(shape))\n"
                       "with torch.no_grad(): y = getattr(m, method)(x)\n"
                       "y = y[0] if isinstance(y, tuple) else y\n"
                       "y.numpy().astype('<f4').tofile(folder + '/y.f32')\n",
                       folder_.path(), card.can("score") ? "score" : "encode", "5",
                       QString::number(card.input.channels), QString::number(card.input.height),
                       QString::number(card.input.width)});
        QVERIFY(process.waitForFinished(120000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
        const Array expected =
            (card.can("score") ? model->score(images) : model->encode(images).mean).contiguousCopy();
        QFile file(folder_.filePath("y.f32"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.size(), expected.size() * 4);
        Array found(expected.shape());
        std::memcpy(found.data(), file.readAll().constData(), static_cast<size_t>(found.size()) * 4);
        QVERIFY(largestDifference(found, expected) < 1e-4);
    }

  private:
    static ModelPtr made(const std::string& family) {
        const Small small = smallNetworks().at(family);
        return modelFamily(family).recipe(small.input, small.options, 3, 1.0)->snapshot({}, {});
    }
    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }

    QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestExportFamilies)
#include "test_export_families.moc"
