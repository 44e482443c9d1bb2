#include <QtTest>

#include <cmath>

#include "data/catalog.h"
#include "data/dataset_file.h"
#include "data/open_dataset.h"
#include "data/transforms.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

DatasetInfo exampleInfo() {
    DatasetInfo info;
    info.channels = 2;
    info.height = 3;
    info.width = 4;
    info.bands = {"g", "r"};
    info.pixelScale = 0.396;
    info.unit = "nanomaggy";
    info.source = "/somewhere/else.csv";
    return info;
}

Array images(int64_t count) {
    Array array({count, 2, 3, 4});
    for (int64_t i = 0; i < array.size(); ++i)
        array.data()[i] = static_cast<float>(i) / 3.0f;
    return array;
}

} // namespace

class TestDatasetFile : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_ = inFolder(folder_, "d.h5");

  private Q_SLOTS:
    void roundTripIsExact() {
        Table catalog;
        catalog.set({"id", std::vector<std::string>{"x", "y", "z"}});
        Column mag{"mag", std::vector<double>{1, NAN, 3}};
        mag.unit = "mag";
        mag.ucd = "phot.mag";
        catalog.set(mag);
        for (const char* odd : {"a/b", "..", ".", "/", "a_b", "line\nbreak", "<b>"})
            catalog.set({odd, std::vector<int64_t>{1, 2, 3}});
        {
            DatasetWriter writer(path_, exampleInfo());
            writer.append(images(3).slice(0, 2));
            QVERIFY(!QFile::exists(QString::fromStdString(path_)));
            writer.append(images(3).slice(2, 3));
            writer.finish(catalog);
        }
        const DatasetPtr back = openDataset(path_);
        QVERIFY(std::ranges::equal(back->readRange(0, 3).values(), images(3).values()));
        QCOMPARE(back->info().bands, exampleInfo().bands);
        QCOMPARE(back->info().pixelScale, 0.396);
        QCOMPARE(back->info().unit, std::string("nanomaggy"));
        QVERIFY(back->info().notes.empty());
        QCOMPARE(back->catalog().columns().size(), catalog.columns().size());
        QCOMPARE(back->catalog().columns().front().name, std::string("id"));
        for (const Column& column : catalog.columns()) {
            const Column* other = back->catalog().find(column.name);
            QVERIFY2(other != nullptr, column.name.c_str());
            QCOMPARE(other->text(2), column.text(2));
            QCOMPARE(other->unit, column.unit);
        }
    }

    void halfPrecisionIsSmaller() {
        DatasetWriter writer(path_, exampleInfo(), true);
        writer.append(images(2));
        writer.finish({});
        const Array back = openDataset(path_)->readRange(0, 2);
        for (int64_t i = 0; i < back.size(); ++i)
            QVERIFY(std::abs(back.data()[i] - images(2).data()[i]) <= images(2).data()[i] / 2048);
        QCOMPARE(openDataset(path_)->catalog().find("id")->text(1), std::string("1"));
    }

    void nothingAppearsBeforeFinish() {
        const std::string path = inFolder(folder_, "never.h5");
        {
            DatasetWriter writer(path, exampleInfo());
            writer.append(images(2));
            QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writer.append(Array({1, 2, 3, 5})));
            Table wrong;
            wrong.set({"id", std::vector<int64_t>{1, 2, 3}});
            QVERIFY_THROWS_EXCEPTION(std::length_error, writer.finish(wrong));
        }
        QVERIFY(QDir(folder_.path()).entryList({"*never*"}, QDir::Files | QDir::Hidden).isEmpty());
    }

    void skyCoordinatesStayWithTheirImages() {
        const auto card = [](const char* text) { return QString(text).leftJustified(80).toStdString(); };
        const std::string frame = card("CTYPE1  = 'RA---TAN'") + card("CTYPE2  = 'DEC--TAN'") +
                                  card("CRVAL1  = 162.5") + card("CRVAL2  = 1.25") +
                                  card("CRPIX1  = 1025.0") + card("CRPIX2  = 745.0") +
                                  card("CDELT1  = -0.00011") + card("CDELT2  = 0.00011");
        const auto whole = WorldCoordinates::fromCards(frame);
        QVERIFY(whole.has_value());
        WcsTable wcs;
        wcs.add(frame, {100.25, 200.5});
        wcs.add("");
        wcs.add(frame, {-3, 40});
        QCOMPARE(wcs.frames().size(), size_t(1));
        {
            DatasetWriter writer(path_, exampleInfo());
            writer.append(images(3));
            writer.setWcs(wcs);
            writer.finish({});
        }
        const DatasetPtr back = openDataset(path_);
        QVERIFY(back->info().notes.empty());
        QVERIFY(back->wcsCards(1).empty());
        for (const int64_t row : {0, 2}) {
            const auto own = WorldCoordinates::fromCards(back->wcsCards(row));
            QVERIFY(own.has_value());
            const PixelPosition origin = wcs.origins()[static_cast<size_t>(row)];
            const SkyPosition here = own->toSky({7, 9}), there = whole->toSky({origin.x + 7, origin.y + 9});
            QVERIFY(skySeparation(here, there) < 1e-6);
        }
        const std::string copy = inFolder(folder_, "copy.h5");
        writeDataset(*back, copy);
        QCOMPARE(openDataset(copy)->wcsCards(2), back->wcsCards(2));
        TransformOptions crop;
        crop.crop = 1;
        const auto cut = WorldCoordinates::fromCards(transformed(back, crop)->wcsCards(2));
        QVERIFY(skySeparation(cut->toSky({0, 0}), whole->toSky({-3 + 1, 40 + 1})) < 1e-6);
        DatasetWriter writer(path_, exampleInfo());
        writer.append(images(2));
        writer.setWcs(wcs);
        QVERIFY_THROWS_EXCEPTION(std::length_error, writer.finish({}));
    }

    void pythonReadsIt() {
        const QString python = pythonThatCan("import h5py");
        if (python.isEmpty())
            QSKIP("no python3 with h5py here");
        DatasetWriter writer(path_, exampleInfo());
        writer.append(images(3));
        writer.finish({});
        const QString script = R"(
import sys, h5py
f = h5py.File(sys.argv[1])
print(f['images'].shape, f['images'].dtype, f['images'].chunks, list(f.attrs['bands']), f.attrs['pixel_scale'], f.attrs['source'], f['catalog/id'][:])
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}),
                 QString("(3, 2, 3, 4) float32 (1, 2, 3, 4) ['g', 'r'] 0.396 /somewhere/else.csv [0 1 2]"));
    }

    void memorySetsGetIds() {
        const DatasetPtr data = makeMemoryDataset({}, images(3), {});
        QCOMPARE(data->info().channels, 2);
        QCOMPARE(data->catalog().find("id")->text(2), std::string("2"));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, makeMemoryDataset({}, Array({3, 4}), {}));
        Table wrong;
        wrong.set({"x", std::vector<int64_t>{1}});
        QVERIFY_THROWS_EXCEPTION(std::length_error, makeMemoryDataset({}, images(3), wrong));
    }

    void idsAreChosenInOrder() {
        std::vector<std::string> notes;
        const auto idOf = [&](const Table& table, const std::vector<std::string>& names) {
            const Table result = withIds(table, 2, names, notes);
            return result.find("id")->text(0) + "," + result.find("id")->text(1);
        };
        Table table;
        QCOMPARE(idOf(table, {}), std::string("0,1"));
        QCOMPARE(idOf(table, {"a/x.png", "a/y.png"}), std::string("x,y"));
        QCOMPARE(idOf(table, {"a/x.png", "b/x.png"}), std::string("a/x.png,b/x.png"));
        table.set({"GalaxyID", std::vector<int64_t>{70, 80}});
        QCOMPARE(idOf(table, {"a/x.png", "a/y.png"}), std::string("70,80"));
        table.set({"GalaxyID", std::vector<int64_t>{70, 70}});
        QCOMPARE(idOf(table, {"a/x.png", "a/y.png"}), std::string("x,y"));
        QVERIFY(notes.empty());
        table.set({"id", std::vector<int64_t>{5, 5}});
        QCOMPARE(idOf(table, {"a/x.png", "a/y.png"}), std::string("x,y"));
        QCOMPARE(notes.size(), size_t(1));
        QVERIFY(withIds(table, 2, {}, notes).find("given_id") != nullptr);
    }

    void tablesStack() {
        Table a, b;
        a.set({"n", std::vector<int64_t>{1}});
        a.set({"only", std::vector<int64_t>{7}});
        a.set({"t", std::vector<int64_t>{3}});
        b.set({"n", std::vector<int64_t>{2, 3}});
        b.set({"t", std::vector<std::string>{"x", "y"}});
        const Table table = stacked({a, b});
        QCOMPARE(table.rowCount(), 3);
        QCOMPARE(std::get<std::vector<int64_t>>(table.find("n")->values), (std::vector<int64_t>{1, 2, 3}));
        QVERIFY(std::isnan(table.find("only")->number(1)));
        QCOMPARE(std::get<std::vector<std::string>>(table.find("t")->values),
                 (std::vector<std::string>{"3", "x", "y"}));
    }
};

QTEST_GUILESS_MAIN(TestDatasetFile)
#include "test_dataset_file.moc"
