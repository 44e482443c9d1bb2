// What every reader of data sets must keep. A new reader joins by one row in everyReader_data().

#include <QtTest>

#include <functional>
#include <map>
#include <set>
#include <thread>

#include "core/random.h"
#include "data/dataset_file.h"
#include "data/open_dataset.h"
#include "data/transforms.h"
#include "io/hdf5.h"
#include "io/raster.h"
#include "tests/support/files.h"
#include "tests/support/fits_bytes.h"

using namespace galatea;

namespace {

constexpr int64_t count = 7, side = 12;

Array noise(std::vector<int64_t> shape, uint64_t seed) {
    Array array(std::move(shape));
    RandomStream random(seed);
    for (float& value : array.values())
        value = static_cast<float>(random.below(256)) / 255.0f; // exact in an 8-bit picture
    return array;
}

Array expectedImages(int64_t channels) {
    return noise({count, channels, side, side}, 3);
}

void makeFolder(const QString& path) {
    for (const char* folder : {"spiral", "elliptical"})
        QDir().mkpath(path + "/" + folder);
    const Array images = expectedImages(3);
    for (int64_t i = 0; i < count; ++i)
        writePng(
            QString("%1/%2/img%3.png").arg(path, i < 4 ? "elliptical" : "spiral").arg(i + 7).toStdString(),
            images.row(i));
}

void makeList(const QString& path) {
    const QFileInfo file(path);
    const Array images = expectedImages(1);
    std::string text = "Location,Label,mag\n";
    for (int64_t i = 0; i < count; ++i) {
        const std::string name = "p" + std::to_string(i) + ".png";
        writePng(file.dir().filePath(QString::fromStdString(name)).toStdString(), images.row(i));
        text += name + ",spiral," + std::to_string(15.5 + double(i)) + "\n";
    }
    writeBytes(path.toStdString(), text);
}

void makeOwnHdf5(const QString& path) {
    DatasetInfo info;
    info.bands = {"g", "r"};
    Table catalog;
    catalog.set({"id", std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}});
    writeDataset(*makeMemoryDataset(info, expectedImages(2), catalog), path.toStdString());
}

void makeGalaxy10(const QString& path) {
    Array images = expectedImages(3).permuted({0, 2, 3, 1}).copy();
    Hdf5Writer file(path.toStdString());
    file.writeFloat("/images", images);
    file.writeIntegers("/ans", {0, 1, 2, 3, 4, 5, 6});
    file.commit();
}

void makePlanes(const QString& path) {
    Hdf5Writer file(path.toStdString());
    file.writeFloat("/stamps/data", expectedImages(1).reshaped({count, side, side}));
    file.commit();
}

std::string stampName(int64_t i) {
    return "s" + std::to_string(i);
}

std::string fitsStamp(const Array& image, bool extension, const std::string& more) {
    const std::vector<int64_t> axes(image.shape().rbegin(), image.shape().rend());
    return fitsUnit(fitsImageCards(-32, axes, extension) + more, bigEndianAll(image.values()));
}

void makeFitsCube(const QString& path) {
    writeBytes(path.toStdString(), fitsStamp(expectedImages(3), false, fitsCard("BANDS", "g,r,i")));
}

void makeExtensions(const QString& path) {
    const Array images = expectedImages(2);
    std::string bytes = fitsUnit(fitsImageCards(8, {}));
    for (int64_t i = 0; i < count; ++i)
        bytes +=
            fitsStamp(images.row(i), true, fitsCard("EXTNAME", stampName(i)) + fitsCard("RA", double(i)));
    writeBytes(path.toStdString(), bytes);
}

void makeBandExtensions(const QString& path) {
    const Array images = expectedImages(3);
    std::string bytes = fitsUnit(fitsImageCards(8, {}));
    for (int64_t band = 0; band < 3; ++band) {
        Array planes({count, side, side});
        for (int64_t i = 0; i < count; ++i)
            std::ranges::copy(images.row(i).row(band).values(), planes.row(i).data());
        bytes += fitsStamp(planes, true, fitsCard("FILTER", std::string(1, "gri"[band])));
    }
    writeBytes(path.toStdString(), bytes);
}

void makeStampTable(const QString& path) {
    const Array images = expectedImages(1);
    std::string rows;
    for (int64_t i = 0; i < count; ++i)
        rows += bigEndian(int32_t(100 + i)) + bigEndianAll(images.row(i).values()) + bigEndian(double(i) / 3);
    const std::string cards =
        fitsCard("XTENSION", "BINTABLE") + fitsCard("BITPIX", 8) + fitsCard("NAXIS", 2) +
        fitsCard("NAXIS1", 4 + 4 * side * side + 8) + fitsCard("NAXIS2", count) + fitsCard("PCOUNT", 0) +
        fitsCard("GCOUNT", 1) + fitsCard("TFIELDS", 3) + fitsCard("TTYPE1", "objid") +
        fitsCard("TFORM1", "J") + fitsCard("TTYPE2", "stamp") + fitsCard("TFORM2", "144E") +
        fitsCard("TDIM2", "(12,12)") + fitsCard("TTYPE3", "redshift") + fitsCard("TFORM3", "D");
    writeBytes(path.toStdString(), fitsUnit(fitsImageCards(8, {})) + fitsUnit(cards, rows));
}

void makeNpy(const QString& path) {
    writeBytes(path.toStdString(),
               npyBytes("<f4", "(7, 2, 12, 12)", littleEndianAll(expectedImages(2).values())));
}

void makeNpyChannelsLast(const QString& path) {
    const Array images = expectedImages(3).permuted({0, 2, 3, 1}).copy();
    writeBytes(path.toStdString(), npyBytes(">f4", "(7, 12, 12, 3)", bigEndianAll(images.values())));
}

void makeNpyFortran(const QString& path) {
    const Array turned = expectedImages(1).permuted({3, 2, 1, 0}).copy();
    writeBytes(path.toStdString(), npyBytes("<f4", "(7, 1, 12, 12)", littleEndianAll(turned.values()), true));
}

void makeNpz(const QString& path) {
    const std::vector<double> redshifts{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    writeBytes(
        path.toStdString(),
        zipBytes({{"images.npy", npyBytes("<f4", "(7, 12, 12)", littleEndianAll(expectedImages(1).values()))},
                  {"z.npy", npyBytes("<f8", "(7,)", littleEndianAll(redshifts))}}));
}

void makeFitsFolder(const QString& path) {
    QDir().mkpath(path);
    const Array images = expectedImages(1);
    for (int64_t i = 0; i < count; ++i)
        writeBytes(QString("%1/%2.fits").arg(path).arg(i).toStdString(), fitsStamp(images.row(i), false, ""));
}

void makeFitsList(const QString& path) {
    const QFileInfo file(path);
    makeFitsFolder(file.dir().filePath("listed"));
    std::string text = "path,mag\n";
    for (int64_t i = 0; i < count; ++i)
        text += "listed/" + std::to_string(i) + ".fits," + std::to_string(i) + "\n";
    writeBytes(path.toStdString(), text);
}

struct Maker {
    const char* path;
    int64_t channels;
    void (*make)(const QString&);
};

const std::map<QString, Maker> makers{
    {"folder", {"pictures", 3, makeFolder}},
    {"CSV list", {"list.csv", 1, makeList}},
    {"own HDF5", {"own.h5", 2, makeOwnHdf5}},
    {"Galaxy10 HDF5", {"galaxy10.h5", 3, makeGalaxy10}},
    {"planes in HDF5", {"planes.h5", 1, makePlanes}},
    {"FITS cube", {"cube.fits", 3, makeFitsCube}},
    {"FITS extensions", {"extensions.fits", 2, makeExtensions}},
    {"FITS bands", {"bands.fits", 3, makeBandExtensions}},
    {"FITS table of stamps", {"table.fits", 1, makeStampTable}},
    {"NPY", {"array.npy", 2, makeNpy}},
    {"NPY, channels last", {"last.npy", 3, makeNpyChannelsLast}},
    {"NPY, Fortran order", {"fortran.npy", 1, makeNpyFortran}},
    {"NPZ", {"arrays.npz", 1, makeNpz}},
    {"folder of FITS", {"stamps", 1, makeFitsFolder}},
    {"CSV list of FITS", {"fits.csv", 1, makeFitsList}},
};

} // namespace

class TestEveryReader : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    DatasetPtr data_;
    int64_t channels_ = 0;

    std::string pathOf(const QString& reader) const {
        return folder_.filePath(makers.at(reader).path).toStdString();
    }

    static void rows() {
        QTest::addColumn<QString>("reader");
        for (const auto& [name, maker] : makers)
            QTest::newRow(qPrintable(name)) << name;
    }

  private Q_SLOTS:
    void initTestCase() {
        for (const auto& [name, maker] : makers)
            maker.make(folder_.filePath(maker.path));
    }
    void init() {
        QFETCH(QString, reader);
        data_ = openDataset(pathOf(reader));
        channels_ = makers.at(reader).channels;
    }

    void sizeAndShape_data() { rows(); }
    void sizeAndShape() {
        QFETCH(QString, reader);
        QCOMPARE(data_->size(), count);
        QCOMPARE(data_->info().channels, channels_);
        QCOMPARE(data_->info().height, side);
        QCOMPARE(data_->info().width, side);
        QVERIFY(data_->info().bands.empty() || int64_t(data_->info().bands.size()) == channels_);
        QVERIFY(!data_->info().name.empty());
        QVERIFY(QDir::isAbsolutePath(QString::fromStdString(data_->info().source)));
        QVERIFY(looksLikeDataset(pathOf(reader)));
        const std::vector<int64_t> three{5, 0, 5};
        const Array images = data_->read(three);
        QCOMPARE(images.shape(), (std::vector<int64_t>{3, channels_, side, side}));
        QVERIFY(images.contiguous());
    }

    void pixelsAreExact_data() { rows(); }
    void pixelsAreExact() {
        const Array all = data_->readRange(0, count), expected = expectedImages(channels_);
        QVERIFY(std::ranges::equal(all.values(), expected.values()));
        const std::vector<int64_t> picked{6, 2, 2};
        const Array some = data_->read(picked);
        for (size_t i = 0; i < picked.size(); ++i)
            QVERIFY(std::ranges::equal(some.row(int64_t(i)).values(), expected.row(picked[i]).values()));
        QVERIFY(std::ranges::equal(data_->readOne(4).values(), expected.row(4).values()));
    }

    void readingTwiceGivesTheSame_data() { rows(); }
    void readingTwiceGivesTheSame() {
        QFETCH(QString, reader);
        const Array first = data_->readRange(0, count), second = data_->readRange(0, count);
        QVERIFY(std::ranges::equal(first.values(), second.values()));
        QVERIFY(first.data() != second.data()); // a caller may change what it was given
        const Array again = openDataset(pathOf(reader))->readRange(0, count);
        QVERIFY(std::ranges::equal(first.values(), again.values()));
    }

    void threadsMayShareIt_data() { rows(); }
    void threadsMayShareIt() {
        const Array expected = expectedImages(channels_);
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int64_t i = 0; i < 40; ++i) {
                    const int64_t row = (i * 3 + t) % count;
                    wrong += !std::ranges::equal(data_->readOne(row).values(), expected.row(row).values());
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    void rowsOutsideThrow_data() { rows(); }
    void rowsOutsideThrow() {
        for (const int64_t row : {int64_t{-1}, count, int64_t{1} << 40}) {
            const std::vector<int64_t> rowsToRead{0, row};
            QVERIFY_THROWS_EXCEPTION(std::out_of_range, data_->read(rowsToRead));
        }
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, data_->readRange(0, count + 1));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, data_->readRange(3, 2));
        QCOMPARE(data_->readRange(3, 3).shape(), (std::vector<int64_t>{0, channels_, side, side}));
    }

    void catalogHasOneRowPerImage_data() { rows(); }
    void catalogHasOneRowPerImage() {
        QCOMPARE(data_->catalog().rowCount(), count);
        const Column* id = data_->catalog().find("id");
        QVERIFY(id != nullptr);
        QVERIFY(!std::holds_alternative<std::vector<double>>(id->values));
        std::set<std::string> different;
        for (int64_t row = 0; row < count; ++row)
            different.insert(id->text(row));
        QCOMPARE(int64_t(different.size()), count);
    }

    void survivesAWriteAndRead_data() { rows(); }
    void survivesAWriteAndRead() {
        const std::string copy = inFolder(folder_, "copy.h5");
        writeDataset(*data_, copy);
        const DatasetPtr back = openDataset(copy);
        QVERIFY(std::ranges::equal(back->readRange(0, count).values(), expectedImages(channels_).values()));
        QCOMPARE(back->info().bands, data_->info().bands);
        QCOMPARE(back->catalog().columns().size(), data_->catalog().columns().size());
        for (const Column& column : data_->catalog().columns()) {
            const Column* other = back->catalog().find(column.name);
            QVERIFY2(other != nullptr, column.name.c_str());
            for (int64_t row = 0; row < count; ++row)
                QCOMPARE(other->text(row), column.text(row));
        }
    }

    void canBeTransformed_data() { rows(); }
    void canBeTransformed() {
        const DatasetPtr seen = transformed(data_, {.crop = 8, .size = 5});
        QCOMPARE(seen->info().height, 5);
        const Array images = seen->readRange(1, 4), expected = expectedImages(channels_);
        QCOMPARE(images.shape(), (std::vector<int64_t>{3, channels_, 5, 5}));
        QVERIFY(std::ranges::equal(images.row(2).values(),
                                   transformImage(expected.row(3), {.crop = 8, .size = 5}).values()));
    }
};

QTEST_GUILESS_MAIN(TestEveryReader)
#include "test_every_reader.moc"
