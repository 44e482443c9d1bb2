#include <QtTest>

#include <cmath>

#include "data/dataset_file.h"
#include "data/export_images.h"
#include "data/open_dataset.h"
#include "io/csv.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// Two bands, six images, unlike everywhere; ids that are no file names as they are.
DatasetPtr made(int64_t channels, bool bottomUp, float scale = 0.5f) {
    DatasetInfo info;
    info.name = "made";
    info.channels = channels;
    info.height = 8;
    info.width = 10;
    for (int64_t c = 0; c < channels; ++c)
        info.bands.push_back(std::string(1, "griz"[c]));
    info.unit = "nanomaggy";
    info.pixelScale = 0.396;
    info.bottomUp = bottomUp;
    Array images({6, channels, 8, 10});
    for (int64_t i = 0; i < images.size(); ++i)
        images.data()[i] = static_cast<float>(i % 251) * scale;
    Table catalog;
    catalog.set({"id", std::vector<std::string>{"a/b", "a_b", "../x", "caf\xc3\xa9", "A_B", "six"}});
    catalog.set({"mag", std::vector<double>{18.1, 19.25, NAN, 20, 21, 22}, "mag", "phot.mag"});
    return makeMemoryDataset(info, images, catalog);
}

/// The same images with sky coordinates.
class OnTheSky : public Dataset {
  public:
    explicit OnTheSky(DatasetPtr data) : data_(std::move(data)) {}
    const DatasetInfo& info() const override { return data_->info(); }
    int64_t size() const override { return data_->size(); }
    Array read(std::span<const int64_t> rows) const override { return data_->read(rows); }
    const Table& catalog() const override { return data_->catalog(); }
    std::string wcsCards(int64_t row) const override {
        std::string cards;
        const auto add = [&](const QString& card) { cards += card.leftJustified(80, ' ').toStdString(); };
        add("WCSAXES =                    2");
        add("CTYPE1  = 'RA---TAN'");
        add("CTYPE2  = 'DEC--TAN'");
        add(QString("CRVAL1  = %1").arg(150.5 + static_cast<double>(row), 20));
        add("CRVAL2  =                  2.2");
        add("CRPIX1  =                  5.5");
        add("CRPIX2  =                  4.5");
        add("CDELT1  =              -0.0001");
        add("CDELT2  =               0.0001");
        return cards;
    }

  private:
    DatasetPtr data_;
};

QString verified(const QString& path) {
    const QString program = QStandardPaths::findExecutable("fitsverify");
    if (program.isEmpty())
        return {};
    QProcess process;
    process.start(program, {path});
    if (!process.waitForFinished(30000))
        return "fitsverify did not finish";
    const QString said = QString::fromUtf8(process.readAllStandardOutput());
    return said.contains("0 warning(s) and 0 error(s)") ? QString() : said.simplified().right(600);
}

bool sameImages(const Dataset& is, const Dataset& shouldBe, const std::vector<int64_t>& rows) {
    if (is.size() != static_cast<int64_t>(rows.size()))
        return false;
    const Array a = is.readRange(0, is.size()), b = shouldBe.read(rows);
    return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

const std::vector<int64_t> someRows{4, 0, 2, 3};

} // namespace

class TestExportImages : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    QString at(const char* name) const { return folder_.filePath(name); }
    std::string path(const char* name) const { return inFolder(folder_, name); }

  private Q_SLOTS:
    void fitsComesBackExactly_data() {
        QTest::addColumn<int>("layout");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("bottomUp");
        for (const int channels : {1, 3})
            for (const bool bottomUp : {false, true}) {
                const QByteArray how = QByteArray::number(channels) + (bottomUp ? " up" : " down");
                QTest::newRow("cube " + how) << static_cast<int>(ImageLayout::Cube) << channels << bottomUp;
                QTest::newRow("extensions " + how)
                    << static_cast<int>(ImageLayout::Extensions) << channels << bottomUp;
            }
    }

    void fitsComesBackExactly() {
        QFETCH(int, layout);
        QFETCH(int, channels);
        QFETCH(bool, bottomUp);
        const DatasetPtr data = made(channels, bottomUp);
        exportFits(*data, someRows, path("out.fits"), {static_cast<ImageLayout>(layout), {}});
        QVERIFY2(verified(at("out.fits")).isEmpty(), qPrintable(verified(at("out.fits"))));
        const DatasetPtr back = openDataset(path("out.fits"));
        QVERIFY(sameImages(*back, *data, someRows));
        QCOMPARE(back->info().bottomUp, bottomUp);
        QCOMPARE(back->info().unit, std::string("nanomaggy"));
        QCOMPARE(back->catalog().find("mag")->number(1), 18.1);
        QCOMPARE(back->catalog().find("id")->text(1), std::string("a/b"));
    }

    void coordinatesTravelWithEachImage() {
        const OnTheSky data(made(3, true));
        for (const ImageLayout layout : {ImageLayout::Extensions, ImageLayout::Files}) {
            const bool files = layout == ImageLayout::Files;
            const char* name = files ? "sky" : "sky.fits";
            const auto report = exportFits(data, someRows, path(name), {layout, {{"SEED", int64_t{5}}}});
            QVERIFY(report.notes.empty() || !files);
            const QString one = files ? at("sky/six.fits") : at("sky.fits");
            if (!files)
                QVERIFY2(verified(one).isEmpty(), qPrintable(verified(one)));
        }
        for (const QString& file : QDir(at("sky")).entryList({"*.fits"}))
            QVERIFY2(verified(at("sky") + "/" + file).isEmpty(),
                     qPrintable(verified(at("sky") + "/" + file)));
        const auto cube = exportFits(data, someRows, path("cube.fits"), {});
        QVERIFY(cube.notes.front().find("sky") != std::string::npos);
        const QString python = pythonThatCan("import astropy.wcs");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        const QString script = R"(
import sys, warnings
warnings.simplefilter('error')
from astropy.io import fits
from astropy.wcs import WCS
with fits.open(sys.argv[1]) as f:
    print(len(f), f[0].header['SEED'], f[1].name, f[2].header['OBJECT'], f[1].header['ROWORDER'], f[1].shape,
          float(f[1].data[1, 2, 3]))
    print([round(float(WCS(h.header, naxis=2).pixel_to_world(4.5, 3.5).ra.deg), 9) for h in f[1:-1]])
)";
        QCOMPARE(pythonSays(python, script, {at("sky.fits")}),
                 QString("6 5 A_B a/b BOTTOM-UP (3, 8, 10) %1\n[154.5, 150.5, 152.5, 153.5]")
                     .arg(static_cast<double>((4 * 240 + 80 + 23) % 251) * 0.5, 0, 'f', 1));
    }

    void aFolderOfFilesIsAListOfThem() {
        const DatasetPtr data = made(1, true);
        exportFits(*data, someRows, path("files"), {ImageLayout::Files, {}});
        const QStringList files = QDir(at("files")).entryList(QDir::Files | QDir::Hidden, QDir::Name);
        QCOMPARE(files, (QStringList{"A_B.fits", "_._x.fits", "a_b_2.fits", "caf__.fits", "catalog.csv"}));
        const CsvTable list = readCsv(path("files/catalog.csv"));
        QCOMPARE(list.columns[static_cast<size_t>(list.find("file"))].front(), std::string("A_B.fits"));
        const DatasetPtr one = openDataset(path("files/a_b_2.fits"));
        QVERIFY(sameImages(*one, *data, {0}));
        QVERIFY_THROWS_EXCEPTION(UsageError,
                                 exportFits(*data, someRows, path("files"), {ImageLayout::Files, {}}));
        QCOMPARE(
            QDir(folder_.path()).entryList({".*"}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
            QStringList());
    }

    void pngsAreExactWhereTheyCanBe() {
        for (const bool bottomUp : {false, true}) {
            const DatasetPtr data = made(3, bottomUp, 1.0f / 255);
            const char* name = bottomUp ? "up" : "down";
            QVERIFY(exportPngs(*data, someRows, path(name)).notes.empty());
            const DatasetPtr back = openDataset(path(name) + "/catalog.csv");
            const Array is = back->readRange(0, 4), was = data->read(someRows);
            for (int64_t n = 0; n < 4; ++n)
                for (int64_t c = 0; c < 3; ++c)
                    for (int64_t y = 0; y < 8; ++y)
                        for (int64_t x = 0; x < 10; ++x)
                            QCOMPARE(is.at(n, c, bottomUp ? 7 - y : y, x), was.at(n, c, y, x));
        }
        const DatasetPtr wide = made(1, false, 3);
        QCOMPARE(exportPngs(*wide, someRows, path("wide")).notes.size(), size_t(1));
        QVERIFY_THROWS_EXCEPTION(UsageError, exportPngs(*made(2, false), someRows, path("two")));
        QVERIFY(!QDir(at("two")).exists());
    }

    void hdf5ComesBackExactly() {
        const OnTheSky data(made(3, true));
        exportDataset(data, someRows, path("some.h5"));
        const DatasetPtr back = openDataset(path("some.h5"));
        QVERIFY(sameImages(*back, data, someRows));
        QVERIFY(back->info().bottomUp);
        QCOMPARE(back->catalog().find("mag")->ucd, std::string("phot.mag"));
        QVERIFY(back->wcsCards(1).find("150.5") != std::string::npos);
    }

    void aStopOrAFaultLeavesNothing() {
        const DatasetPtr data = made(1, false);
        std::stop_source source;
        source.request_stop();
        for (const char* name : {"stopped.fits", "stopped.h5", "stopped"}) {
            QVERIFY_THROWS_EXCEPTION(Interrupted, {
                if (QString(name).endsWith("h5"))
                    exportDataset(*data, someRows, path(name), source.get_token());
                else if (QString(name).endsWith("fits"))
                    exportFits(*data, someRows, path(name), {}, source.get_token());
                else
                    exportPngs(*data, someRows, path(name), source.get_token());
            });
            QVERIFY(!QFileInfo::exists(at(name)));
        }
        QVERIFY_THROWS_EXCEPTION(UsageError, exportFits(*data, {}, path("none.fits"), {}));
        QVERIFY_THROWS_EXCEPTION(UsageError,
                                 exportFits(*data, std::vector<int64_t>{6}, path("none.fits"), {}));
        QCOMPARE(
            QDir(folder_.path()).entryList({".*"}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
            QStringList());
    }
};

QTEST_GUILESS_MAIN(TestExportImages)
#include "test_export_images.moc"
