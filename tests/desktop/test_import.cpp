// The import assistant in the real window: frames to cut-outs, images to a data set.

#include <cmath>

#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "app/desktop/import/import_assistant.h"
#include "app/desktop/import/import_preview.h"
#include "app/desktop/main_window.h"
#include "core/random.h"
#include "data/open_dataset.h"
#include "io/fits_writer.h"
#include "io/hdf5.h"
#include "io/raster.h"

using namespace galatea;

namespace {

constexpr int side = 1024, grid = 5; // smaller images count as stamps

/// 25 round sources on a noisy sky, the faintest 20 σ at its peak, the same in every band.
Array sky(const std::string& band) {
    RandomStream random(5, "import " + band);
    Array frame({side, side});
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            double value = 100 + random.normal();
            for (int i = 0; i < grid; ++i)
                for (int j = 0; j < grid; ++j) {
                    const double dx = x - (112 + 200 * j), dy = y - (112 + 200 * i);
                    if (std::abs(dx) < 20 && std::abs(dy) < 20)
                        value += (20 + 10 * (i * grid + j)) * std::exp(-(dx * dx + dy * dy) / 8);
                }
            frame.at(y, x) = static_cast<float>(value);
        }
    return frame;
}

QStringList writeFrames(const QTemporaryDir& folder, const std::vector<std::string>& bands) {
    QStringList paths;
    for (const std::string& band : bands) {
        const std::string path = folder.filePath(QString("patch-%1.fits").arg(band.c_str())).toStdString();
        FitsWriter file(path);
        FitsHeading heading;
        heading.cards = {{"FILTER", band}};
        file.beginImage({side, side}, heading);
        file.append(sky(band));
        file.commit();
        paths << QString::fromStdString(path);
    }
    return paths;
}

struct Opened {
    Workspace workspace;
    std::unique_ptr<MainWindow> window;

    Opened() {
        window = std::make_unique<MainWindow>(workspace, false);
        window->resize(1500, 950);
        window->show();
        QApplication::setActiveWindow(window.get());
    }
    ~Opened() {
        workspace.jobs.cancelAll();
        window.reset();
    }
    ImportAssistant* assistant() { return window->importAssistant(); }
    bool settled() {
        return QTest::qWaitFor([this] { return assistant() && assistant()->settled(); }, 30000);
    }
    int found() { return assistant()->findChild<ImportPreview*>()->sourcesFound(); }
    template <class T>
    T* find(const char* name) {
        return assistant()->findChild<T*>(name);
    }
};

} // namespace

class TestImport : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void framesBecomeCutouts() {
        const QTemporaryDir folder;
        Opened app;
        app.window->opener().open(writeFrames(folder, {"g", "r", "i"}));
        QVERIFY(app.settled()); // the window noticed that these are frames
        QCOMPARE(app.find<QComboBox>("importKind")->currentIndex(), 1);
        QCOMPARE(app.find<QTreeWidget>("importFiles")->topLevelItemCount(), 3);
        QTRY_COMPARE(app.found(), grid * grid);
        const auto& preview = app.assistant()->findChild<ImportPreview*>()->view();
        QCOMPARE(static_cast<int>(preview.marks().size()), grid * grid);
        // Row 0 of a frame is drawn at the bottom: the brightest source, at (912, 912), is near the top.
        QVERIFY(std::any_of(preview.marks().begin(), preview.marks().end(), [](const ImageMark& mark) {
            return std::hypot(mark.centre.x() - 912.5, mark.centre.y() - (side - 912.5)) < 1;
        }));
        const QRgb bright = preview.image().pixel(912, side - 913), dark = preview.image().pixel(0, 0);
        QVERIFY(qGray(bright) > qGray(dark) + 60);

        // A higher threshold finds less, live.
        app.find<QDoubleSpinBox>("importSigmaBox")->setValue(200);
        QVERIFY(app.settled());
        QVERIFY(app.found() > 0 && app.found() < grid * grid);
        app.find<QDoubleSpinBox>("importSigmaBox")->setValue(5);
        app.find<QSpinBox>("importCutoutSize")->setValue(32);
        QVERIFY(app.settled());

        const QString output = folder.filePath("cutouts.h5");
        app.find<QLineEdit>("importOutput")->setText(output);
        QTest::mouseClick(app.find<QPushButton>("importStart"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(app.window->settled() && app.workspace.document.data().data, 60000);
        const DatasetPtr data = openDataset(output.toStdString());
        QCOMPARE(data->size(), int64_t{grid * grid});
        QCOMPARE(data->info().bands, (std::vector<std::string>{"g", "r", "i"}));
        QCOMPARE(data->info().width, int64_t{32});
        QVERIFY(data->catalog().find("x"));
        QCOMPARE(app.workspace.document.data().data->size(), data->size()); // and it is open
    }

    void theBandSaidByThePersonCounts() {
        const QTemporaryDir folder;
        Opened app;
        app.window->opener().open(writeFrames(folder, {"g", "r"}));
        QVERIFY(app.settled());
        auto* files = app.find<QTreeWidget>("importFiles");
        for (int i = 0; i < 2; ++i)
            if (files->topLevelItem(i)->text(1) == "g")
                files->topLevelItem(i)->setText(1, "z");
        const QString output = folder.filePath("said.h5");
        app.find<QLineEdit>("importOutput")->setText(output);
        app.assistant()->start();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(output), 60000);
        QCOMPARE(openDataset(output.toStdString())->info().bands, (std::vector<std::string>{"r", "z"}));
    }

    void badFilesAreListedAndGoodOnesImported() {
        const QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkdir("pictures"));
        for (int i = 0; i < 3; ++i)
            writePng(folder.filePath(QString("pictures/%1.png").arg(i)).toStdString(), Array({3, 20, 24}));
        QFile broken(folder.filePath("broken.fits"));
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("SIMPLE  =      nothing") > 0);
        broken.close();
        Opened app;
        app.window->findChild<QAction*>("fileImport")->trigger();
        app.assistant()->addSources({folder.filePath("pictures"), broken.fileName()});
        QVERIFY(app.settled());
        auto* files = app.find<QTreeWidget>("importFiles");
        QCOMPARE(files->topLevelItemCount(), 2);
        QVERIFY(files->topLevelItem(0)->text(2).contains("3 images"));
        QVERIFY(!files->topLevelItem(1)->text(2).isEmpty());
        QCOMPARE(app.find<QComboBox>("importKind")->currentIndex(), 0);
        app.find<QSpinBox>("importCrop")->setValue(16);
        QVERIFY(app.settled());
        QCOMPARE(app.assistant()->findChild<ImportPreview*>()->view().image().size(), QSize(16, 16));
        const QString output = folder.filePath("pictures.h5");
        app.find<QLineEdit>("importOutput")->setText(output);
        app.assistant()->start();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(output), 60000);
        const DatasetPtr data = openDataset(output.toStdString());
        QCOMPARE(data->size(), int64_t{3});
        QCOMPARE(data->info().width, int64_t{16});
    }

    void theImagesInsideAFileAreChosenFromAList() {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("many.h5").toStdString();
        {
            Hdf5Writer file(path);
            file.makeGroup("/galaxies");
            file.writeFloat("/galaxies/stamps", Array({4, 3, 20, 24}));
            file.writeFloat("/galaxies/models", Array({4, 3, 12, 16}));
            file.writeDoubles("/galaxies/z", {0.1, 0.2, 0.3, 0.4});
            file.commit();
        }
        Opened app;
        app.window->findChild<QAction*>("fileImport")->trigger();
        app.assistant()->addSources({QString::fromStdString(path)});
        QVERIFY(app.settled());
        auto* names = app.find<QComboBox>("importImagesName");
        QCOMPARE(names->count(), 2);
        const int stamps = names->findData("/galaxies/stamps", Qt::EditRole);
        QVERIFY(stamps >= 0);
        QVERIFY(names->itemData(stamps, Qt::DisplayRole)
                    .toString()
                    .contains(QString::fromUtf8("4 × 3 × 20 × 24")));
        QVERIFY(names->itemData(stamps, Qt::DisplayRole).toString().contains("float32"));
        QVERIFY(!app.find<QPushButton>("importStart")->isEnabled()); // nothing chosen yet
        QVERIFY(app.find<QLabel>("importStatus")->text().contains("many.h5"));
        if (qEnvironmentVariableIsSet("GALATEA_SCREENSHOT")) {
            names->showPopup();
            QTest::qWait(300);
            app.assistant()->grab().save(qEnvironmentVariable("GALATEA_SCREENSHOT"));
            names->view()->window()->grab().save(qEnvironmentVariable("GALATEA_SCREENSHOT") + ".list.png");
            names->hidePopup();
        }
        names->setFocus();
        QTest::keyClick(names, Qt::Key_Down);
        if (names->currentText() != "/galaxies/stamps")
            QTest::keyClick(names, Qt::Key_Down);
        QCOMPARE(names->currentText(), QString("/galaxies/stamps"));
        QVERIFY(app.settled());
        QCOMPARE(app.assistant()->findChild<ImportPreview*>()->view().image().size(), QSize(24, 20));
        const QString output = folder.filePath("chosen.h5");
        app.find<QLineEdit>("importOutput")->setText(output);
        QVERIFY(app.find<QPushButton>("importStart")->isEnabled());
        app.assistant()->start();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(output), 60000);
        const DatasetPtr data = openDataset(output.toStdString());
        QCOMPARE(data->size(), int64_t{4});
        QCOMPARE(data->info().width, int64_t{24});
    }

    void aPlaceThatCannotBeWrittenIsSaid() {
        const QTemporaryDir folder;
        Opened app;
        app.window->opener().open(writeFrames(folder, {"r"}));
        QVERIFY(app.settled());
        app.find<QLineEdit>("importOutput")->setText(folder.filePath("no/such/folder/out.h5"));
        app.assistant()->start();
        QTRY_VERIFY(!app.assistant()->importing());
        QVERIFY(app.find<QLabel>("importStatus")->text().contains("out.h5"));
        QVERIFY(app.find<QPushButton>("importStart")->isEnabled()); // try again elsewhere
        QVERIFY(!app.workspace.document.data().data);
    }
};

QTEST_MAIN(TestImport)
#include "test_import.moc"
