#include <QtTest>

#include <cmath>
#include <limits>

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

Table awkwardTable() {
    Table table;
    table.set({"id", std::vector<int64_t>{std::numeric_limits<int64_t>::min(),
                                          std::numeric_limits<int64_t>::max()}});
    table.set({"g-r", std::vector<double>{0.1, NAN}, "mag", "phot.color", "a colour, 'observed'"});
    table.set({"text", std::vector<std::string>{"caf\xc3\xa9", "end  "}});
    table.set({"TEXT", std::vector<std::string>{"", ""}});
    return table;
}

/// What fitsverify finds wrong; empty if nothing, or if it is not installed.
QString verified(const std::string& path) {
    const QString program = QStandardPaths::findExecutable("fitsverify");
    if (program.isEmpty())
        return {};
    QProcess process; // its input is a name that cfitsio interprets
    process.start(program, {QString::fromStdString(path)});
    if (!process.waitForFinished(30000))
        return "fitsverify did not finish";
    const QString said = QString::fromUtf8(process.readAllStandardOutput());
    return said.contains("0 warning(s) and 0 error(s)") ? QString() : said.simplified().right(600);
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
                 QString("(2, 3, 4, 5) >f4 36.5 1 True\n150 1234567890123 0.7 caf\\xe9\\n TOP-DOWN"));
    }

    void fitsverifyIsContent() {
        const std::string path = inFolder(folder_, "everything.fits");
        FitsWriter file(path);
        file.beginImage(
            {}, {"", {{"ORIGIN", std::string("it's a test"), ""}, {"LONG", std::string(300, '\'')}}, ""});
        std::string wcs;
        for (const char* card :
             {"WCSAXES =                    2", "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
              "CRVAL1  =                150.1", "CRVAL2  =                  2.2",
              "CRPIX1  =                  4.5", "CRPIX2  =                  4.5",
              "CDELT1  =              -0.0001", "CDELT2  =               0.0001"})
            wcs += QByteArray(card).leftJustified(80, ' ').toStdString();
        for (const char* name : {"one", "two \xc3\xa9"}) {
            file.beginImage({3, 8, 8}, {name, {{"BUNIT", std::string("nanomaggy"), ""}}, wcs});
            file.append(counting({3, 8, 8}));
        }
        std::vector<std::string> notes;
        file.addTable(awkwardTable(), {"CATALOG", {{"HISTORY", std::string(200, 'h'), ""}}, ""}, notes);
        file.commit();
        QCOMPARE(notes.size(), size_t(2));
        QVERIFY2(verified(path).isEmpty(), qPrintable(verified(path)));
        Table empty;
        empty.set({"a", std::vector<std::string>{}});
        FitsWriter second(path);
        second.addTable(empty, {}, notes);
        second.commit();
        QVERIFY2(verified(path).isEmpty(), qPrintable(verified(path)));
        writeFitsCube(path, counting({2, 1, 8, 8}), {{"SEED", int64_t{1}}});
        QVERIFY2(verified(path).isEmpty(), qPrintable(verified(path)));
    }

    void anIndependentReaderAgreesOnTables() {
        const QString python = pythonThatCan("import astropy.io.fits");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        std::vector<std::string> notes;
        FitsWriter file(path_);
        file.addTable(awkwardTable(), {"CATALOG", {}, ""}, notes);
        file.commit();
        const QString script = R"(
import sys, warnings
from astropy.io import fits
from astropy.table import Table
warnings.simplefilter('error')
with fits.open(sys.argv[1]) as f:
    f.verify('exception')
    h, d = f['CATALOG'].header, f['CATALOG'].data
    print(d.names, list(d['id']), [x.hex() for x in d['g_r']], list(d['text']))
    print(h['TUNIT2'], h['TUCD2'], h['TCOMM2'], h['TNAME2'], d.columns['g_r'].unit)
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}),
                 QString("['id', 'g_r', 'text', 'TEXT_2'] [-9223372036854775808, 9223372036854775807] "
                         "['0x1.999999999999ap-4', 'nan'] ['caf\\\\xe9', 'end']\n"
                         "mag phot.color a colour, 'observed' g-r mag"));
        const QString stilts = QStandardPaths::findExecutable("stilts");
        if (stilts.isEmpty())
            QSKIP("STILTS is not installed");
        QProcess process;
        process.start(stilts, {"tpipe", "in=" + QString::fromStdString(path_), "ifmt=fits",
                               "cmd=meta name units ucd description", "ofmt=csv"});
        QVERIFY(process.waitForFinished(60000));
        const QString said = QString::fromUtf8(process.readAllStandardOutput()).simplified();
        QVERIFY2(said.contains("g_r,mag,phot.color,\"a colour, 'observed'\""), qPrintable(said));
    }

    void pixelsAreCounted() {
        FitsWriter file(path_);
        file.beginImage({2, 4}, {});
        file.append(counting({1, 4}));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, file.commit());
        QVERIFY_THROWS_EXCEPTION(std::logic_error, file.append(counting({2, 4})));
        file.append(counting({4}));
        file.commit();
        Table wide;
        for (int i = 0; i < 1000; ++i)
            wide.set({"c" + std::to_string(i), std::vector<int64_t>{1}});
        std::vector<std::string> notes;
        FitsWriter other(path_);
        QVERIFY_THROWS_EXCEPTION(UsageError, other.addTable(wide, {}, notes));
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
