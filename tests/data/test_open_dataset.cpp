#include <QtTest>

#include "core/text.h"
#include "data/open_dataset.h"
#include "io/hdf5.h"
#include "io/raster.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

void picture(const QTemporaryDir& folder, const QString& name, int64_t size = 8, int64_t channels = 1) {
    QDir(folder.path()).mkpath(QFileInfo(name).path());
    Array image({channels, size, size});
    image.data()[0] = 1;
    writePng(folder.filePath(name).toStdString(), image);
}

QString noteOf(const DatasetPtr& data) {
    return QString::fromStdString(joined(data->info().notes, "\n"));
}

std::vector<std::string> texts(const DatasetPtr& data, const char* column) {
    std::vector<std::string> result;
    for (int64_t row = 0; row < data->size(); ++row)
        result.push_back(data->catalog().find(column)->text(row));
    return result;
}

} // namespace

class TestOpenDataset : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void foldersSortNaturallyAndLabel() {
        QTemporaryDir folder;
        for (const char* name : {"spiral/img10.png", "spiral/img2.png", "spiral/IMG1.PNG", "disc/img02.png"})
            picture(folder, name);
        writeBytes(inFolder(folder, "README"), "x");
        writeBytes(inFolder(folder, ".hidden.png"), "x");
        picture(folder, "disc/deeper/no.png");
        const DatasetPtr data = openDataset(folder.path().toStdString());
        QCOMPARE(texts(data, "file"), (std::vector<std::string>{"disc/img02.png", "spiral/IMG1.PNG",
                                                                "spiral/img2.png", "spiral/img10.png"}));
        QCOMPARE(texts(data, "label"), (std::vector<std::string>{"disc", "spiral", "spiral", "spiral"}));
        QCOMPARE(texts(data, "id"), (std::vector<std::string>{"img02", "IMG1", "img2", "img10"}));
        QVERIFY2(noteOf(data).contains("2 entries") && noteOf(data).contains("README"),
                 qPrintable(noteOf(data)));
    }

    void flatFoldersHaveNoLabel() {
        QTemporaryDir folder;
        picture(folder, "a.png");
        const DatasetPtr data = openDataset(folder.path().toStdString());
        QVERIFY(data->catalog().find("label") == nullptr);
        QVERIFY(data->info().notes.empty());
        QTemporaryDir empty;
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(empty.path().toStdString()));
    }

    void otherSizesAreRefusedWhenRead() {
        QTemporaryDir folder;
        picture(folder, "a.png", 8);
        picture(folder, "b.png", 9);
        picture(folder, "c.png", 8, 3);
        const DatasetPtr data = openDataset(folder.path().toStdString());
        QCOMPARE(data->readOne(0).dim(1), 8);
        for (const int64_t row : {1, 2}) {
            const std::string message = errorOf([&] { data->readOne(row); });
            QVERIFY2(message.find(row == 1 ? "b.png" : "c.png") != std::string::npos, message.c_str());
        }
    }

    void openingDecodesOnlyTheFirst() {
        QTemporaryDir folder;
        picture(folder, "a.png");
        writeBytes(inFolder(folder, "b.png"), "no picture");
        const DatasetPtr data = openDataset(folder.path().toStdString());
        QCOMPARE(data->size(), 2);
        QVERIFY_THROWS_EXCEPTION(InputError, data->readOne(1));
        writeBytes(inFolder(folder, "a.png"), "no picture");
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(folder.path().toStdString()));
    }

    void listsKnowTheirPathColumns_data() {
        QTest::addColumn<QString>("column");
        for (const char* name : {"Location", "file", "filename", "path", "image"})
            QTest::newRow(name) << name;
    }
    void listsKnowTheirPathColumns() {
        QFETCH(QString, column);
        QTemporaryDir folder;
        picture(folder, "img/a.png");
        picture(folder, "img/b.png");
        writeBytes(inFolder(folder, "l.csv"),
                   (column + ",Label,GalaxyID,mag\nimg/b.png,x,12,1.5\nimg/a.png,,7,\n").toStdString());
        const DatasetPtr data = openDataset(inFolder(folder, "l.csv"));
        QCOMPARE(texts(data, "id"), (std::vector<std::string>{"12", "7"}));
        QCOMPARE(texts(data, "label"), (std::vector<std::string>{"x", ""}));
        QCOMPARE(texts(data, qPrintable(column)), (std::vector<std::string>{"img/b.png", "img/a.png"}));
        QCOMPARE(data->catalog().find("mag")->number(0), 1.5);
        QVERIFY2(data->info().notes.empty(), qPrintable(noteOf(data)));
        QVERIFY(looksLikeDataset(inFolder(folder, "l.csv")));
    }

    void listsStayInTheirFolder() {
        QTemporaryDir folder;
        picture(folder, "out.png");
        picture(folder, "list/in.png");
        QVERIFY(QFile::link("../out.png", folder.filePath("list/link.png")));
        const std::string inside = folder.filePath("list/in.png").toStdString();
        const std::string text = "path\nin.png\n../out.png\nlink.png\n" + inside + "\n../list/in.png\n" +
                                 folder.filePath("out.png").toStdString() + "\n";
        const std::string list = inFolder(folder, "list/l.csv");
        writeBytes(list, text);
        const DatasetPtr data = openDataset(list);
        QCOMPARE(data->size(), 3);
        QVERIFY2(noteOf(data).contains("3 of 6"), qPrintable(noteOf(data)));
        QCOMPARE(openDataset(list, OpenOptions{"", true})->size(), 6);
        writeBytes(list, "path\n../out.png\n");
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(list));
        // A neighbour whose name merely begins like the folder's is outside, too.
        picture(folder, "list2/x.png");
        writeBytes(list, "path\nin.png\n../list2/x.png\n");
        QCOMPARE(openDataset(list)->size(), 1);
    }

    void missingPicturesAreLeftOut() {
        QTemporaryDir folder;
        picture(folder, "a.png");
        const std::string list = inFolder(folder, "l.csv");
        writeBytes(list, "file,n\nmissing.png,1\na.png,2\n,3\n");
        const DatasetPtr data = openDataset(list);
        QCOMPARE(data->size(), 1);
        QCOMPARE(data->catalog().find("n")->number(0), 2.0);
        QVERIFY2(noteOf(data).contains("2 of 3") && noteOf(data).contains("missing.png"),
                 qPrintable(noteOf(data)));
        writeBytes(list, "file\nmissing.png\n");
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(list));
        writeBytes(list, "file\n");
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(list));
        writeBytes(list, "a,b\na.png,1\n");
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(list));
        QVERIFY(!looksLikeDataset(list));
    }

    void hdf5FindsItsImages() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "x.h5");
        {
            Hdf5Writer file(path);
            file.writeFloat("/one/stamps", Array({3, 2, 8, 8}));
            file.writeIntegers("/one/class", {4, 5, 6});
            file.writeFloat("/two/other", Array({5, 8, 8}));
            file.writeFloat("/matrix", Array({5, 8}));
            file.commit();
        }
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(path)); // which of the two?
        QVERIFY(!looksLikeDataset(path));
        const DatasetPtr data = openDataset(path, OpenOptions{"one/stamps", false});
        QCOMPARE(data->info().channels, 2);
        QCOMPARE(data->catalog().find("class")->number(2), 6.0);
        QCOMPARE(openDataset(path, OpenOptions{"/two/other", false})->info().channels, 1);
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(path, OpenOptions{"/matrix", false}));
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(path, OpenOptions{"/none", false}));
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(path, OpenOptions{"/", false}));
    }

    void nothingElseIsADataset() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "x.bin");
        writeBytes(path, "hello");
        QVERIFY(!looksLikeDataset(path));
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(path));
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(inFolder(folder, "missing.h5")));
        QVERIFY_THROWS_EXCEPTION(InputError, openDataset(""));
        QVERIFY(!looksLikeDataset(inFolder(folder, "missing.h5")));
    }

    void aLinkBackToItsOwnFolderIsRefused() {
        QTemporaryDir folder;
        picture(folder, "1.png");
        QVERIFY(QDir(folder.path()).mkdir("loop") && QDir(folder.path()).mkdir("other"));
        const QString back = folder.filePath("loop/again"), aside = folder.filePath("loop/aside");
        QVERIFY(QFile::link("..", back));
        QVERIFY(QFile::link("../other", aside));
        picture(folder, "other/2.png");
        for (const QString& path : {back, back + "/"})
            QVERIFY_EXCEPTION_THROWN(openDataset(path.toStdString()), InputError);
        QCOMPARE(openDataset(aside.toStdString())->size(), int64_t{1}); // an ordinary link to a folder
        QVERIFY(openDataset(folder.path().toStdString())->size() >= 1);
    }
};

QTEST_GUILESS_MAIN(TestOpenDataset)
#include "test_open_dataset.moc"
