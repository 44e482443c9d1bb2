// The LSGAN's TorchScript gives what the model gives, in our own host and in Python.

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>

#include "models/lsgan/lsgan.h"
#include "tests/support/python.h"
#include "tests/torchscript/made_models.h"
#include "torchscript/export.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

Array ramp(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    for (int64_t i = 0; i < array.size(); ++i)
        array.data()[i] = std::sin(static_cast<float>(i));
    return array;
}

} // namespace

class TestExportLsgan : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void givesTheSameNumbers_data() {
        QTest::addColumn<int>("groups");
        QTest::addColumn<QString>("stretch");
        QTest::newRow("normalised, linear") << 4 << "linear";
        QTest::newRow("plain, asinh") << 0 << "asinh";
    }
    void givesTheSameNumbers() {
        QFETCH(int, groups);
        QFETCH(QString, stretch);
        ModelInput input;
        input.channels = 3;
        input.height = 16;
        input.width = 24;
        input.offset = {0.1, 0.2, -0.3};
        input.scale = {1.5, 2, 0.5};
        input.stretch = stretch.toStdString();
        const ModelPtr model = randomLsgan(
            input, {{"latent", 5}, {"width", 8}, {"blocks", 2}, {"groups", groups}, {"slope", 0.1}}, 3);
        QTemporaryDir folder;
        const std::string path = folder.filePath("m.pt").toStdString();
        exportTorchScript(*model, path);
        const ModelPtr hosted = openModel(path);
        const Array x = ramp({2, 3, 16, 24}), z = ramp({3, 5});
        QVERIFY(largestDifference(hosted->encode(x).mean, model->encode(x).mean) < 1e-5);
        QVERIFY(largestDifference(hosted->decode(z).mean, model->decode(z).mean) < 1e-5);
        QVERIFY(!hosted->differentiable());

        const QString python = pythonThatCan(QStringLiteral("import torch, numpy"));
        if (python.isEmpty())
            QSKIP("needs a Python with torch and numpy");
        QProcess process;
        process.start(python, {"-c",
                               "import sys, torch\n"
                               "m = torch.jit.load(sys.argv[1] + '/m.pt').eval()\n"
                               "x = torch.sin(torch.arange(2304.)).reshape(2, 3, 16, 24)\n"
                               "m.encode(x).detach().numpy().astype('<f4').tofile(sys.argv[1] + '/z.f32')\n",
                               folder.path()});
        QVERIFY(process.waitForFinished(120000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
        QFile file(folder.filePath("z.f32"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        Array encoded({2, 5});
        QCOMPARE(bytes.size(), qsizetype(40));
        std::memcpy(encoded.data(), bytes.constData(), 40);
        // sin of large arguments differs in the last digit between the two programs.
        QVERIFY(largestDifference(encoded, model->encode(x).mean) < 1e-3);
    }
};

QTEST_GUILESS_MAIN(TestExportLsgan)
#include "test_export_lsgan.moc"
