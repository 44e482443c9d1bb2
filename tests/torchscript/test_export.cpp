// TorchScript we write: Python's torch.jit.load and our own host open it and give the same numbers.

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>

#include "core/error.h"
#include "tests/support/python.h"
#include "tests/torchscript/made_models.h"
#include "torchscript/export.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

/// z = A (x − ½) and x = B z + 0.1, with the offset inside the script as every scripted form has it.
class SmallModel : public Model {
  public:
    explicit SmallModel(bool scriptable = true) : scriptable_(scriptable) {
        card_.family = "astrovader";
        card_.name = "small";
        card_.input = {1, 2, 3, {"r"}, {0.5}, {1}, "linear"};
        card_.latent = 2;
        card_.methods = {"encode", "decode"};
        card_.training["seed"] = 5;
    }
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array&) const override { return {}; }
    Decoding decode(const Array&) const override { return {}; }
    Array score(const Array&) const override { return {}; }
    std::optional<ScriptedForm> scripted() const override {
        if (!scriptable_)
            return std::nullopt;
        return ScriptedForm{{{"down", down()}, {"up", up()}},
                            "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
                            "    h = torch.linear(torch.flatten(x - 0.5, 1), self.down)\n"
                            "    return (h, -h)\n"
                            "def decode(self, z: Tensor) -> Tensor:\n"
                            "    return torch.reshape(torch.linear(z, self.up), [-1, 1, 2, 3]) + 0.1\n"};
    }
    static Array down() { return Array({2, 6}, {1, 2, 3, 4, 5, 6, -1, 0.5f, 0.25f, 0, 1e-3f, 7}); }
    static Array up() { return Array({6, 2}, {1, 2, 3, 4, 5, 6, -1, 0.5f, 0.25f, 0, 1e-3f, 7}); }

    ModelCard card_;

  private:
    bool scriptable_;
};

/// [rows, in] × [out, in]ᵀ, summed in double.
Array product(const Array& rows, const Array& weights) {
    Array result({rows.dim(0), weights.dim(0)});
    for (int64_t n = 0; n < rows.dim(0); ++n)
        for (int64_t o = 0; o < weights.dim(0); ++o) {
            double sum = 0;
            for (int64_t i = 0; i < rows.dim(1); ++i)
                sum += double(rows.at(n, i)) * weights.at(o, i);
            result.at(n, o) = static_cast<float>(sum);
        }
    return result;
}

Array ramp(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    for (int64_t i = 0; i < array.size(); ++i)
        array.data()[i] = std::sin(static_cast<float>(i));
    return array;
}

Array expectedCode(const Array& images) {
    Array centred = images.copy().reshaped({images.dim(0), 6});
    for (float& value : centred.values())
        value -= 0.5f;
    return product(centred, SmallModel::down());
}

Array expectedImages(const Array& latents) {
    Array images = product(latents, SmallModel::up());
    for (float& value : images.values())
        value += 0.1f;
    return images.reshaped({latents.dim(0), 1, 2, 3});
}

} // namespace

class TestExport : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void opensInThisProgram();
    void opensInPython();
    void refusesWhatHasNoScript();
    void leavesTheOldFileOnError();

  private:
    QTemporaryDir folder_;
    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
};

void TestExport::opensInThisProgram() {
    exportTorchScript(SmallModel(), path("small.pt"));
    const ModelPtr model = openModel(path("small.pt"));
    QCOMPARE(model->card().name, std::string("small"));
    QCOMPARE(model->card().training["seed"].get<int>(), 5);
    const Array images = ramp({5, 1, 2, 3}), latents = ramp({4, 2});
    QVERIFY(largestDifference(model->encode(images).mean, expectedCode(images)) < 1e-5);
    QVERIFY(largestDifference(model->decode(latents).mean, expectedImages(latents)) < 1e-6);
}

void TestExport::opensInPython() {
    const QString python = pythonThatCan(QStringLiteral("import torch, numpy"));
    if (python.isEmpty())
        QSKIP("needs a Python with torch and numpy");
    exportTorchScript(SmallModel(), path("small.pt"));
    QProcess process;
    process.start(python, {"-c",
                           "import sys, json, torch\n"
                           "extra = {'galatea.json': ''}\n"
                           "m = torch.jit.load(sys.argv[1] + '/small.pt', _extra_files=extra).eval()\n"
                           "card = json.loads(extra['galatea.json'])\n"
                           "assert card['latent'] == 2 and card['input']['offset'] == [], card\n"
                           "x = torch.sin(torch.arange(30.)).reshape(5, 1, 2, 3)\n"
                           "z = torch.sin(torch.arange(8.)).reshape(4, 2)\n"
                           "mean, logvar = m.encode(x)\n"
                           "assert torch.equal(mean, -logvar)\n"
                           "mean.numpy().astype('<f4').tofile(sys.argv[1] + '/mean.f32')\n"
                           "m.decode(z).numpy().astype('<f4').tofile(sys.argv[1] + '/decoded.f32')\n"
                           "assert sum(p.numel() for p in m.parameters()) == 24\n",
                           folder_.path()});
    QVERIFY(process.waitForFinished(120000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    const auto read = [&](const char* name, std::vector<int64_t> shape) {
        QFile file(folder_.filePath(name));
        Array array(std::move(shape));
        if (file.open(QIODevice::ReadOnly))
            std::memcpy(array.data(), file.readAll().constData(), static_cast<size_t>(array.size()) * 4);
        return array;
    };
    QVERIFY(largestDifference(read("mean.f32", {5, 2}), expectedCode(ramp({5, 1, 2, 3}))) < 1e-5);
    QVERIFY(largestDifference(read("decoded.f32", {4, 1, 2, 3}), expectedImages(ramp({4, 2}))) < 1e-6);
}

void TestExport::refusesWhatHasNoScript() {
    QVERIFY_EXCEPTION_THROWN(exportTorchScript(SmallModel(false), path("none.pt")), ModelError);
    QVERIFY(!QFile::exists(folder_.filePath("none.pt")));
}

void TestExport::leavesTheOldFileOnError() {
    QFile old(folder_.filePath("kept.pt"));
    QVERIFY(old.open(QIODevice::WriteOnly));
    old.write("old");
    old.close();
    SmallModel bad;
    bad.card_.latent = 0;
    QVERIFY_EXCEPTION_THROWN(exportTorchScript(bad, path("kept.pt")), ModelError);
    QVERIFY(old.open(QIODevice::ReadOnly));
    QCOMPARE(old.readAll(), QByteArray("old"));
    QCOMPARE(QDir(folder_.path()).entryList({"kept*"}, QDir::Files | QDir::Hidden).size(), 1);
}

QTEST_GUILESS_MAIN(TestExport)
#include "test_export.moc"
