#include <QtTest>

#include <cmath>
#include <optional>

#include "data/dataset_file.h"
#include "data/import.h"
#include "io/hdf5.h"
#include "io/raster.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

void picture(const QTemporaryDir& folder, const QString& name, int64_t size, float value,
             int64_t channels = 1) {
    QDir(folder.path()).mkpath(QFileInfo(name).path());
    Array image({channels, size, size});
    for (int64_t i = 0; i < image.size(); ++i)
        image.data()[i] = i % 2 == 0 ? value : 0.0f;
    writePng(folder.filePath(name).toStdString(), image);
}

class Recorder : public ProgressSink {
  public:
    void update(const ProgressUpdate& update) override {
        last = update;
        ++updates;
        if (onUpdate)
            onUpdate();
    }
    void warn(const std::string& message) override { warnings.push_back(message); }
    ProgressUpdate last;
    int updates = 0;
    std::vector<std::string> warnings;
    std::function<void()> onUpdate;
};

QStringList files(const QTemporaryDir& folder) {
    return QDir(folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
}

} // namespace

class TestImport : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void transformsAndKeepsTheCatalogue() {
        QTemporaryDir folder;
        for (int i = 0; i < 100; ++i)
            picture(folder, QString("in/p%1.png").arg(i), 16, float(i) / 255.0f, 3);
        std::string list = "file,label,n\n";
        for (int i = 99; i >= 0; --i)
            list +=
                "p" + std::to_string(i) + ".png,c" + std::to_string(i % 3) + "," + std::to_string(i) + "\n";
        writeBytes(inFolder(folder, "in/l.csv"), list);
        Recorder progress;
        const std::string output = inFolder(folder, "out.h5");
        const ImportOptions options{.transform = {.crop = 12, .gray = true, .size = 6}, .open = {}};
        const ImportReport report =
            importDataset({inFolder(folder, "in/l.csv")}, output, options, {}, progress);
        QCOMPARE(report.images, 100);
        QCOMPARE(report.skipped, 0);
        QVERIFY(report.warnings.empty());
        QCOMPARE(progress.last.done, 100);
        QCOMPARE(progress.last.total, 100);
        const DatasetPtr data = openDataset(output);
        QCOMPARE(data->info().channels, 1);
        QCOMPARE(data->info().height, 6);
        QCOMPARE(report.info.height, 6);
        const DatasetPtr source = openDataset(inFolder(folder, "in/l.csv"));
        for (const int64_t row : {0, 1, 57, 99}) { // order and content survive two decoding threads
            QCOMPARE(data->catalog().find("n")->number(row), double(99 - row));
            QVERIFY(std::ranges::equal(data->readOne(row).values(),
                                       transformImage(source->readOne(row), options.transform).values()));
        }
        QCOMPARE(data->catalog().find("label")->text(0), std::string("c0"));
    }

    void skipsWhatCannotBeRead() {
        QTemporaryDir folder;
        for (int i = 0; i < 40; ++i)
            picture(folder, QString("in/p%1.png").arg(i), 8, 1);
        for (int i = 0; i < 30; ++i)
            writeBytes(inFolder(folder, qPrintable(QString("in/bad%1.png").arg(i))), "no picture");
        picture(folder, "in/z_other_size.png", 9, 1);
        Recorder progress;
        const ImportReport report =
            importDataset({inFolder(folder, "in")}, inFolder(folder, "out.h5"), {}, {}, progress);
        QCOMPARE(report.images, 40);
        QCOMPARE(report.skipped, 31);
        QCOMPARE(report.warnings.size(), size_t(21)); // twenty spelled out and one that counts the rest
        QCOMPARE(progress.warnings, report.warnings);
        QVERIFY(report.warnings[0].find("bad0.png") != std::string::npos);
        const DatasetPtr data = openDataset(inFolder(folder, "out.h5"));
        QCOMPARE(data->size(), 40);
        QCOMPARE(data->catalog().find("id")->text(0), std::string("p0"));
    }

    void sizeMakesPicturesAlike() {
        QTemporaryDir folder;
        picture(folder, "in/a.png", 8, 1);
        picture(folder, "in/b.png", 30, 1);
        const ImportReport report = importDataset({inFolder(folder, "in")}, inFolder(folder, "out.h5"),
                                                  {.transform = {.size = 10}, .open = {}});
        QCOMPARE(report.images, 2);
        QCOMPARE(report.skipped, 0);
    }

    void joinsSources() {
        QTemporaryDir folder;
        picture(folder, "one/a.png", 8, 1);
        picture(folder, "two/b.png", 8, 1);
        picture(folder, "two/c.png", 8, 1);
        writeBytes(inFolder(folder, "two/l.csv"), "file,mag\nc.png,1.5\nb.png,2.5\n");
        importDataset({inFolder(folder, "one"), inFolder(folder, "two/l.csv")}, inFolder(folder, "out.h5"),
                      {});
        const DatasetPtr data = openDataset(inFolder(folder, "out.h5"));
        QCOMPARE(data->size(), 3);
        QCOMPARE(data->catalog().find("id")->text(1), std::string("c"));
        QVERIFY(std::isnan(data->catalog().find("mag")->number(0)));
        QCOMPARE(data->catalog().find("mag")->number(2), 2.5);
    }

    void countsPixelsThatAreNotFinite() {
        QTemporaryDir folder;
        Array images({3, 1, 4, 4});
        images.at(0, 0, 1, 1) = NAN;
        images.at(0, 0, 1, 2) = INFINITY;
        for (float& value : Array(images.row(1)).values())
            value = NAN;
        writeDataset(*makeMemoryDataset({}, images, {}), inFolder(folder, "in.h5"));
        const ImportReport report =
            importDataset({inFolder(folder, "in.h5")}, inFolder(folder, "out.h5"), {});
        QCOMPARE(report.images, 2);
        QCOMPARE(report.skipped, 1);
        QCOMPARE(report.warnings.size(), size_t(2));
        QVERIFY(report.warnings[0].find("2 pixels") != std::string::npos);
    }

    /// What a join finds is told before the first image is read.
    void joinsAreForetold() {
        QTemporaryDir folder;
        for (int i = 0; i < 5; ++i)
            picture(folder, QString("in/p%1.png").arg(i), 4, 1);
        writeBytes(inFolder(folder, "some.csv"), "id,z\np1,0.5\np3,0.7\n");
        writeBytes(inFolder(folder, "none.csv"), "id,z\na,0.5\nb,0.7\n");
        for (const std::string name : {"some", "none"}) {
            Recorder progress;
            std::optional<ProgressUpdate> first;
            size_t warningsBefore = 0;
            progress.onUpdate = [&] {
                if (progress.last.stage == "importing" && warningsBefore == 0)
                    warningsBefore = progress.warnings.size() + 1;
                if (!first)
                    first = progress.last;
            };
            ImportOptions options;
            options.join.path = inFolder(folder, (name + ".csv").c_str());
            const ImportReport report =
                importDataset({inFolder(folder, "in")}, inFolder(folder, "out.h5"), options, {}, progress);
            QCOMPARE(first->stage, std::string("joining"));
            QCOMPARE(first->done, report.join->matched);
            QCOMPARE(first->detail, report.join->sentence());
            QCOMPARE(first->done, name == "some" ? 2 : 0);
            QCOMPARE(warningsBefore, size_t{name == "some" ? 1u : 2u});
        }
    }

    void nothingUsableIsAnError() {
        QTemporaryDir folder;
        picture(folder, "in/a.png", 8, 1);
        const std::string output = inFolder(folder, "out.h5");
        const ImportOptions tooLarge{.transform = {.crop = 100}, .open = {}};
        QVERIFY_THROWS_EXCEPTION(InputError, importDataset({inFolder(folder, "in")}, output, tooLarge));
        QVERIFY_THROWS_EXCEPTION(UsageError, importDataset({}, output, {}));
        QVERIFY_THROWS_EXCEPTION(UsageError,
                                 importDataset({inFolder(folder, "in")}, inFolder(folder, "no/out.h5"), {}));
        QVERIFY_THROWS_EXCEPTION(InputError, importDataset({inFolder(folder, "gone")}, output, {}));
        QCOMPARE(files(folder), QStringList());
    }

    void stoppingLeavesNothing() {
        QTemporaryDir folder;
        for (int i = 0; i < 60; ++i)
            picture(folder, QString("in/p%1.png").arg(i), 8, 1);
        std::stop_source stop;
        Recorder progress;
        progress.onUpdate = [&] {
            if (progress.updates == 40)
                stop.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Interrupted,
                                 importDataset({inFolder(folder, "in")}, inFolder(folder, "out.h5"), {},
                                               stop.get_token(), progress));
        QCOMPARE(progress.updates, 40);
        QCOMPARE(files(folder), QStringList());
    }

    void mayReplaceItsOwnSource() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "d.h5");
        Array images({2, 1, 6, 6});
        images.at(1, 0, 3, 3) = 5;
        writeDataset(*makeMemoryDataset({}, images, {}), path);
        importDataset({path}, path, {.transform = {.crop = 4}, .open = {}});
        QCOMPARE(openDataset(path)->readOne(1).at(0, 2, 2), 5.0f);
    }

    /// Real galaxies, prepared as for the published model, in the order of its reference.
    void galaxyZooAsPublished() {
        const std::string list = materialFolder() + "/galaxy-zoo2/labels.csv";
        if (!QFile::exists(QString::fromStdString(list)))
            QSKIP("the Galaxy Zoo pictures are not here");
        QTemporaryDir folder;
        const std::string output = inFolder(folder, "gz.h5");
        const ImportReport report = importDataset(
            {list}, output,
            {.transform = {.crop = 192, .gray = true, .size = 128, .rescale = true}, .open = {}});
        QCOMPARE(report.images, 1400);
        QVERIFY(report.warnings.empty());
        const DatasetPtr data = openDataset(output);
        QCOMPARE(data->readOne(0).shape(), (std::vector<int64_t>{1, 128, 128}));
        QCOMPARE(data->catalog().find("id")->text(0), std::string("101756"));
        QCOMPARE(data->catalog().find("label")->text(0), std::string("spiral"));
        for (int64_t row = 0; row < data->size(); row += 97) {
            const Array image = data->readOne(row);
            QCOMPARE(*std::ranges::min_element(image.values()), 0.0f);
            QCOMPARE(*std::ranges::max_element(image.values()), 1.0f);
        }
        const std::string reference = materialFolder() + "/astrovader-published/galaxy-zoo2-reference.h5";
        if (!QFile::exists(QString::fromStdString(reference)))
            return;
        const std::vector<int64_t> ids = Hdf5Reader(reference).readIntegers("/id");
        for (int64_t row = 0; row < data->size(); ++row)
            QCOMPARE(data->catalog().find("id")->text(row), std::to_string(ids.at(size_t(row))));
    }
};

QTEST_GUILESS_MAIN(TestImport)
#include "test_import.moc"
