#include <QtTest>

#include <cmath>

#include "io/fits_writer.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {
Array counting(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    for (int64_t i = 0; i < array.size(); ++i)
        array.data()[i] = static_cast<float>(i) * 0.5f;
    return array;
}
} // namespace

class TestFitsWriter : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_ = inFolder(folder_, "cube[1](x).fits"); // nothing cfitsio may interpret

  private Q_SLOTS:
    void writesTheStandardsBytes() {
        writeFitsCube(path_, counting({2, 3, 4, 5}), {{"NIMAGES", int64_t{2}, "number"}});
        const std::string bytes = readBytes(path_);
        QCOMPARE(bytes.size() % 2880, size_t(0));
        QVERIFY(bytes.starts_with("SIMPLE  =                    T"));
        // The first pixels stand right behind the header's last block, big endian: 0, 0.5, 1.
        const std::string pixels("\0\0\0\0\x3f\0\0\0\x3f\x80\0\0", 12);
        QCOMPARE(bytes.substr(2880, 12), pixels);
        QCOMPARE(QDir(folder_.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
    }

    void isDeterministic() {
        writeFitsCube(path_, counting({3, 4, 5}), {{"SCALE", 0.396, "arcsec"}});
        const std::string once = readBytes(path_);
        writeFitsCube(path_, counting({3, 4, 5}), {{"SCALE", 0.396, "arcsec"}});
        QCOMPARE(readBytes(path_), once);
    }

    void anIndependentReaderAgrees() {
        const QString python = pythonThatCan("import astropy.io.fits");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        Array cube = counting({2, 3, 4, 5});
        cube.at(1, 2, 3, 4) = NAN;
        const std::string longText(150, 'm');
        writeFitsCube(path_, cube,
                      {{"MODEL", longText, "what made it"},
                       {"SEED", int64_t{1234567890123}},
                       {"TEMP", 0.7},
                       {"NAME", std::string("caf\xc3\xa9\n")}});
        const QString script = R"(
import sys, numpy, warnings
from astropy.io import fits
warnings.simplefilter('error')
with fits.open(sys.argv[1]) as f:
    f.verify('exception')
    d, h = f[0].data, f[0].header
    print(d.shape, d.dtype, d[1, 0, 2, 3], numpy.isnan(d).sum(), numpy.isnan(d[1, 2, 3, 4]))
    print(len(h['MODEL']), h['SEED'], h['TEMP'], h['NAME'], h['ROWORDER'])
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}),
                 QString("(2, 3, 4, 5) >f4 36.5 1 True\n150 1234567890123 0.7 caf??? TOP-DOWN"));
    }

    void fitsverifyIsContent() {
        const QString program = QStandardPaths::findExecutable("fitsverify");
        if (program.isEmpty())
            QSKIP("fitsverify is not installed");
        writeFitsCube(path_, counting({2, 1, 8, 8}), {{"SEED", int64_t{1}}});
        QFile::copy(QString::fromStdString(path_), folder_.filePath("plain.fits"));
        QProcess process;
        process.start(program, {"-q", folder_.filePath("plain.fits")});
        QVERIFY(process.waitForFinished(30000));
        const QString said = QString::fromUtf8(process.readAll());
        QVERIFY2(said.contains("OK"), qPrintable(said));
    }

    void refusesWhatFitsCannotHold() {
        const Array image = counting({4, 4});
        writeFitsCube(path_, image);
        const std::string before = readBytes(path_);
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeFitsCube(path_, image, {{"lower", 1.0}}));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeFitsCube(path_, image, {{"TOOLONGKEY", 1.0}}));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeFitsCube(path_, image, {{"X", double(NAN)}}));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeFitsCube(path_, Array({0, 4, 4})));
        QVERIFY_THROWS_EXCEPTION(UsageError, writeFitsCube(inFolder(folder_, "no/x.fits"), image));
        QCOMPARE(readBytes(path_), before);
    }
};

QTEST_GUILESS_MAIN(TestFitsWriter)
#include "test_fits_writer.moc"
