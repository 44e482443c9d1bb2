// The real window, driven by real events.

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardItemModel>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include "app/desktop/command_palette.h"
#include "app/desktop/main_window.h"
#include "app/desktop/message_bar.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/latent_slider.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/object_panel.h"
#include "app/desktop/panels/responsibility_bars.h"
#include "app/desktop/panels/sample_panel.h"
#include "app/desktop/panels/traverse_panel.h"
#include "app/desktop/sessions/session_keeper.h"
#include "data/dataset_file.h"
#include "models/astrovader/astrovader.h"
#include "models/model_file.h"
#include "tests/desktop/made_content.h"
#include "widgets/image/filmstrip.h"
#include "widgets/image/image_view.h"

using namespace galatea;

namespace {

/// A workspace and its window; the workspace outlives it, as in main().
struct Opened {
    Workspace workspace;
    std::shared_ptr<made::LinearModel> model = std::make_shared<made::LinearModel>();
    std::unique_ptr<MainWindow> window;

    explicit Opened(bool load = true, int64_t count = 300) {
        window = std::make_unique<MainWindow>(workspace, false);
        window->resize(1500, 950);
        window->show();
        QApplication::setActiveWindow(window.get()); // no window manager does it here
        if (load)
            window->opener().adopt(made::galaxies(count), {model, {}});
    }
    ~Opened() {
        workspace.jobs.cancelAll();
        window.reset();
    }
    Document& document() { return workspace.document; }
    bool ready() {
        return QTest::qWaitFor([this] { return window->settled() && document().objectCount() > 0; }, 30000) &&
               QTest::qWaitFor([this] { return window->settled(); }, 5000);
    }
    template <class T>
    T* find(const char* name) {
        return window->findChild<T*>(name);
    }
    void trigger(const char* action) { window->findChild<QAction*>(action)->trigger(); }
};

/// A drag with the left button, in steps.
void drag(QWidget* widget, QPoint from, QPoint to, int steps = 12) {
    QTest::mousePress(widget, Qt::LeftButton, {}, from);
    for (int i = 1; i <= steps; ++i) {
        QTest::mouseMove(widget, from + (to - from) * i / steps);
        QTest::qWait(5);
    }
    QTest::mouseRelease(widget, Qt::LeftButton, {}, to);
}

void keep(MainWindow& window, const QString& name) {
    const QString folder = qEnvironmentVariable("GALATEA_SCREENSHOTS");
    if (!folder.isEmpty())
        window.saveScreenshot(folder + "/" + name + ".png");
}

/// Nobody answers a dialog here.
void discardUnsaved(MainWindow& window) {
    SessionQuestions questions;
    questions.unsaved = [](const QString&) { return SessionQuestions::Unsaved::Discard; };
    window.sessions().setQuestions(questions);
}

} // namespace

class TestWindow : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void startPageIsFirst();
    void everyControlHasANameAndATip();
    void slidersMoveThePicture();
    void undoPutsTheSliderBack();
    void galleryAndObjectFollow();
    void startsFromComponentsObjectsAndDraws();
    void samplesAreDrawnExportedAndReopened();
    void sessionsReopenTheSameView();
    void modelsOfStrangersOpen();
    void badFilesLeaveEverythingAsItIs();
    void aBrokenModelIsOnePlainSentence();
    void themesSwitch();
    void paletteRunsCommands();
    void fittedImagesSaySo();
    void galleryShowsWhatTheModelMakes();
};

void TestWindow::initTestCase() {
    QVERIFY(qputenv("XDG_CACHE_HOME", QDir::tempPath().toUtf8() + "/galatea-test-cache"));
    applyTheme(ThemeChoice::Dark);
}

void TestWindow::startPageIsFirst() {
    Opened opened(false);
    QVERIFY(QTest::qWaitForWindowExposed(opened.window.get()));
    QVERIFY(opened.find<QWidget>("startPage")->isVisible());
    QVERIFY(!opened.find<QWidget>("traversePanel")->isVisible());
    keep(*opened.window, "start-dark");
}

void TestWindow::everyControlHasANameAndATip() {
    Opened opened;
    QVERIFY(opened.ready());
    QStringList silent;
    for (const QWidget* widget : opened.window->findChildren<QWidget*>()) {
        const bool control = qobject_cast<const QAbstractButton*>(widget) ||
                             qobject_cast<const QComboBox*>(widget) ||
                             qobject_cast<const QAbstractSlider*>(widget);
        if (!control || widget->objectName().startsWith("qt_") ||
            qstrcmp(widget->metaObject()->className(), "QScrollBar") == 0)
            continue;
        if (!widget->isVisibleTo(opened.window.get()) || widget->focusPolicy() == Qt::NoFocus)
            continue;
        QVERIFY2(!widget->objectName().isEmpty(), widget->metaObject()->className());
        // Buttons of a tab bar that scroll it are Qt's own.
        if (widget->toolTip().isEmpty() && !qobject_cast<const QTabBar*>(widget->parentWidget()))
            silent << widget->objectName();
    }
    QVERIFY2(silent.isEmpty(), qPrintable(silent.join(", ")));
}

void TestWindow::slidersMoveThePicture() {
    Opened opened;
    QVERIFY(opened.ready());
    TraversePanel& panel = opened.window->traversePanel();
    QCOMPARE(panel.sliders().size(), size_t(made::latents));
    LatentSlider* row = panel.sliders().front();
    SigmaSlider& slider = row->slider();
    const QImage before = panel.picture().image();
    QVERIFY(!before.isNull());
    QSignalSpy shown(&panel, &TraversePanel::pictureShown);
    const int value = slider.value();
    drag(&slider, QPoint(slider.width() / 2, slider.height() / 2),
         QPoint(slider.width() * 9 / 10, slider.height() / 2));
    QVERIFY(slider.value() > value + 50);
    QTRY_VERIFY(!shown.isEmpty());
    QTRY_VERIFY(opened.window->settled());
    QVERIFY(panel.picture().image() != before);
    // What is drawn is what the model says about the point the document holds.
    const TraverseState& state = opened.document().traverse();
    QVERIFY(state.point[static_cast<size_t>(row->dimension())] >
            state.start[static_cast<size_t>(row->dimension())]);
    const Array expected = opened.model->decode(Array({1, made::latents}, state.point)).mean.row(0);
    QCOMPARE(panel.picture().image(), renderImage(expected, opened.document().display().composite,
                                                  opened.document().display().rendering));
    double total = 0;
    for (const double claim : opened.find<ResponsibilityBars>("responsibilities")->values())
        total += claim;
    QVERIFY(std::abs(total - 1) < 1e-5);
    QTRY_COMPARE(opened.find<Filmstrip>("filmstrip")->count(), 7);
    QTRY_VERIFY(opened.find<Filmstrip>("nearestObjects")->count() > 0);
    QTest::qWait(300);
    keep(*opened.window, "traverse-dark");
}

void TestWindow::undoPutsTheSliderBack() {
    Opened opened;
    QVERIFY(opened.ready());
    TraversePanel& panel = opened.window->traversePanel();
    SigmaSlider& slider = panel.sliders()[1]->slider();
    const QImage before = panel.picture().image();
    const int value = slider.value();
    drag(&slider, QPoint(slider.width() / 2, slider.height() / 2),
         QPoint(slider.width() / 5, slider.height() / 2));
    QTRY_VERIFY(opened.window->settled());
    QVERIFY(panel.picture().image() != before);
    QCOMPARE(opened.document().undoStack().count(), 1); // the whole drag
    QTest::keyClick(opened.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(slider.value(), value);
    QTRY_COMPARE(panel.picture().image(), before);
    opened.trigger("editRedo");
    QTRY_VERIFY(panel.picture().image() != before);
    opened.trigger("resetAllLatents");
    QTRY_COMPARE(panel.picture().image(), before);
}

void TestWindow::galleryAndObjectFollow() {
    Opened opened;
    QVERIFY(opened.ready());
    GalleryView& gallery = opened.window->galleryPanel().view();
    const QModelIndex index = gallery.model()->index(3, 0);
    QTRY_VERIFY(!index.data(Qt::DecorationRole).isNull());
    QTest::mouseClick(gallery.viewport(), Qt::LeftButton, {}, gallery.visualRect(index).center());
    QTRY_COMPARE(opened.document().current(), 3);
    QTRY_VERIFY(!opened.find<ImageView>("objectReconstruction")->image().isNull());
    QCOMPARE(opened.find<QLabel>("objectName")->text(), "made-3");
    QTRY_COMPARE(opened.find<Filmstrip>("objectBands")->count(), 3);
    QTRY_COMPARE(opened.find<Filmstrip>("objectNeighbours")->count(), 6);

    auto* order = opened.find<QComboBox>("galleryOrder");
    order->setCurrentText("size");
    const auto& rows = opened.window->galleryPanel().model().rows();
    const auto sizes = opened.document().valuesOf({ColourBy::Kind::Column, "size"});
    for (size_t i = 1; i < rows.size(); ++i)
        QVERIFY(sizes[static_cast<size_t>(rows[i])] >= sizes[static_cast<size_t>(rows[i - 1])]);
    opened.find<QComboBox>("galleryMode")->setCurrentText("Reconstruction");
    QTRY_VERIFY(opened.window->settled());
    QCOMPARE(gallery.currentIndex().data(GalleryModel::RowRole).toInt(),
             3); // still the chosen one, and in view
    QTRY_VERIFY(!gallery.currentIndex().data(Qt::DecorationRole).isNull());
    opened.find<QDockWidget>("objectDock")->raise();
    QTest::qWait(100);
    keep(*opened.window, "object-dark");
}

void TestWindow::startsFromComponentsObjectsAndDraws() {
    Opened opened;
    QVERIFY(opened.ready());
    const Document& document = opened.document();
    opened.trigger("startFromComponent2");
    QCOMPARE(document.traverse().start, (std::vector<float>{2, 1, 0, -1}));
    QCOMPARE(document.traverse().startName, "component 2");
    opened.document().setCurrent(11);
    opened.trigger("startFromObject");
    QCOMPARE(document.traverse().start, document.latentOf(11));
    opened.trigger("startFromRandom");
    const auto first = document.traverse().start;
    opened.trigger("startFromRandom");
    QVERIFY(document.traverse().start != first);
    opened.trigger("editUndo");
    QCOMPARE(document.traverse().start, first);
}

void TestWindow::samplesAreDrawnExportedAndReopened() {
    Opened opened;
    QVERIFY(opened.ready());
    SampleSettings settings;
    settings.count = 10;
    settings.components = {1};
    settings.seed = 4;
    opened.document().setSampleSettings(settings);
    opened.find<QDockWidget>("sampleDock")->raise();
    QTest::qWait(50);
    QTest::mouseClick(opened.find<QPushButton>("drawButton"), Qt::LeftButton);
    QTRY_VERIFY(opened.document().samples());
    QTRY_VERIFY(opened.window->settled());
    keep(*opened.window, "sample-dark");
    const SampleSetPtr samples = opened.document().samples();
    QCOMPARE(samples->images.shape(), (std::vector<int64_t>{10, 3, 32, 32}));
    for (const int64_t k : samples->latents.component)
        QCOMPARE(k, 1);

    QTemporaryDir folder;
    SamplePanel& panel = opened.window->samplePanel();
    QSignalSpy exported(&panel, &SamplePanel::exported);
    const QString fits = folder.filePath("samples.fits");
    panel.exportTo(fits, SamplePanel::Format::Fits);
    panel.exportTo(folder.filePath("samples.h5"), SamplePanel::Format::Hdf5);
    panel.exportTo(folder.filePath("sheet.png"), SamplePanel::Format::Sheet);
    panel.exportTo(folder.filePath("one.png"), SamplePanel::Format::Singles);
    QTRY_COMPARE(exported.size(), 4);
    QVERIFY(!QImage(folder.filePath("sheet.png")).isNull());
    QCOMPARE(QImage(folder.filePath("one-0010.png")).size(), QSize(32, 32));

    // The same window reads its own HDF5 as a data set, in place of what nobody saved.
    discardUnsaved(*opened.window);
    opened.window->opener().open({folder.filePath("samples.h5")});
    QTRY_VERIFY(opened.document().data().data->size() == 10);

    QProcess python;
    python.start("/usr/bin/python3",
                 {"-c",
                  "import sys\ntry:\n from astropy.io import fits\nexcept ImportError:\n sys.exit(77)\n"
                  "h=fits.open(sys.argv[1])[0]\nd=h.data\nprint(*d.shape,h.header['SEED'],h.header['COMPON'],"
                  "repr(float(d[7,2,5,9])))",
                  fits});
    QVERIFY(python.waitForFinished(60000));
    if (python.exitCode() == 77)
        QSKIP("astropy is not installed: the FITS file was not read back by an independent reader");
    const QStringList words = QString(python.readAllStandardOutput()).simplified().split(' ');
    QCOMPARE(words.mid(0, 6), (QStringList{"10", "3", "32", "32", "4", "2"}));
    QCOMPARE(words[6].toFloat(), samples->images.at(7, 2, 5, 9));
}

void TestWindow::sessionsReopenTheSameView() {
    QTemporaryDir folder;
    writeDataset(*made::galaxies(120).data, folder.filePath("data.h5").toStdString());
    ModelInput input;
    input.channels = made::bands;
    input.height = input.width = made::side;
    const Json small = {{"filters", {4, 4, 4}}, {"latent", 5}, {"components", 3}};
    saveModel(*randomAstroVaDEr(input, small, 3), folder.filePath("model.safetensors").toStdString());
    const QString session = folder.filePath("view.galatea");
    QJsonObject view, mapView;
    QImage picture;
    const auto ready = [](Opened& opened) {
        return QTest::qWaitFor(
            [&] { return opened.window->settled() && !opened.document().map().map.coordinates.empty(); },
            60000);
    };
    {
        Opened opened(false);
        opened.window->opener().open({folder.filePath("data.h5"), folder.filePath("model.safetensors")});
        QVERIFY(ready(opened));
        opened.document().setSelection({3, 5, 8});
        opened.document().setCurrent(5);
        opened.document().setColouring({ColourBy::Kind::Column, "kind"});
        SigmaSlider& slider = opened.window->traversePanel().sliders()[0]->slider();
        drag(&slider, QPoint(slider.width() / 2, slider.height() / 2),
             QPoint(slider.width() / 4, slider.height() / 2));
        QTRY_VERIFY(opened.window->settled());
        opened.window->mapPanel().view().setPointSize(9);
        opened.window->saveSession(session);
        view = viewOf(opened.document());
        mapView = opened.window->mapPanel().view().viewState();
        picture = opened.window->traversePanel().picture().image();
    }
    Opened again(false);
    again.window->opener().openSession(session);
    QVERIFY(ready(again));
    QTRY_COMPARE(viewOf(again.document()), view);
    QCOMPARE(again.document().selection(), (std::vector<int64_t>{3, 5, 8}));
    QCOMPARE(again.window->mapPanel().view().viewState(), mapView);
    QTRY_COMPARE(again.window->traversePanel().picture().image(), picture);
    QCOMPARE(again.window->windowTitle(), QString::fromUtf8("view — Galatea"));
    QCOMPARE(again.window->galleryPanel().model().rowCount(), 3);

    // A file that has gone is said, the rest opens.
    QVERIFY(QFile::remove(folder.filePath("model.safetensors")));
    Opened third(false);
    SessionQuestions leaveOut;
    leaveOut.locate = [](const SessionFileFault&) { return QString(); };
    leaveOut.elsewhere = [](const QString&, const LockOwner&) { return SessionQuestions::Elsewhere::Copy; };
    third.window->sessions().setQuestions(leaveOut);
    third.window->opener().openSession(session);
    QTRY_VERIFY(third.window->messageBar().text().contains("model.safetensors"));
    QTRY_COMPARE(third.document().objectCount(), 120);
    QTRY_COMPARE(third.document().selection(), (std::vector<int64_t>{3, 5, 8}));
}

void TestWindow::modelsOfStrangersOpen() {
    const QString folder = QString(GALATEA_SOURCE_DIR) + "/../shared/data/hostile/models/";
    if (!QFile::exists(folder + "ok.pt"))
        QSKIP("the collection of hostile models is not here");
    const auto open = [&](Opened& opened, const char* name) {
        opened.window->opener().open({folder + name});
        return QTest::qWaitFor([&] { return opened.window->settled(); }, 200000);
    };
    {
        Opened opened(false);
        QVERIFY(open(opened, "ok.pt"));
        QVERIFY(opened.document().model().model);
        TraversePanel& panel = opened.window->traversePanel();
        QTRY_VERIFY(!panel.picture().image().isNull());
        const QImage before = panel.picture().image();
        SigmaSlider& slider = panel.sliders()[0]->slider();
        QTest::mouseClick(&slider, Qt::LeftButton, {}, QPoint(slider.width() * 9 / 10, slider.height() / 2));
        QTRY_VERIFY(panel.picture().image() != before);
    }
    Opened opened;
    QVERIFY(opened.ready());
    for (const char* name :
         {"html_404.pt", "card_input_huge.pt", "full_python_module.pt", "card_over_1MB.pt"}) {
        QSignalSpy failed(&opened.window->opener(), &Opener::failed);
        QVERIFY2(open(opened, name), name);
        QCOMPARE(failed.size(), 1);
        QVERIFY(opened.window->messageBar().text().contains(name));
        QCOMPARE(opened.document().model().model, ModelPtr(opened.model)); // untouched
    }
    // It opens, and then every decode misbehaves: a sentence, and the window goes on.
    opened.window->opener().open({folder + "raises_html.pt"});
    QVERIFY(QTest::qWaitFor([&] { return opened.window->messageBar().text().contains("raises_html.pt"); },
                            100000));
    QVERIFY(QTest::qWaitFor([&] { return opened.window->settled(); }, 100000));
    QCOMPARE(opened.find<QLabel>("messageText")->textFormat(), Qt::PlainText);
    QVERIFY(opened.window->isVisible());
}

void TestWindow::badFilesLeaveEverythingAsItIs() {
    QTemporaryDir folder;
    const auto make = [&](const char* name, const QByteArray& content) {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        return file.fileName();
    };
    Opened opened;
    QVERIFY(opened.ready());
    opened.document().setSelection({1, 2});
    discardUnsaved(*opened.window); // asked before the broken session is read
    const QJsonObject before = viewOf(opened.document());
    const QStringList bad = {make("truncated.h5", "\x89HDF\r\n\x1a\n rest is missing"),
                             make("noise.safetensors", QByteArray(300, '\x07')),
                             make("list.csv", "Location,Label\nmissing.png,1\n"),
                             make("note.txt", "not an image"),
                             make("broken.galatea", "{"),
                             folder.filePath("not there.h5")};
    QVERIFY(QDir(folder.path()).mkdir("empty"));
    for (const QString& file : bad + QStringList{folder.filePath("empty")}) {
        QSignalSpy failed(&opened.window->opener(), &Opener::failed);
        opened.window->opener().open({file});
        QVERIFY2(QTest::qWaitFor([&] { return opened.window->settled() && !failed.isEmpty(); }, 20000),
                 qPrintable(file));
        const QString text = opened.window->messageBar().text();
        QVERIFY2(text.contains(QFileInfo(file).fileName()), qPrintable(text));
        QVERIFY2(text.contains("; "), qPrintable(text)); // a cure follows the fault
        QCOMPARE(viewOf(opened.document()), before);
        QCOMPARE(opened.document().objectCount(), 300);
    }
    keep(*opened.window, "message-dark");
    while (!opened.window->messageBar().text().isEmpty())
        QTest::mouseClick(opened.find<QWidget>("messageClose"), Qt::LeftButton);
    QVERIFY(!opened.window->messageBar().isVisible());
}

void TestWindow::aBrokenModelIsOnePlainSentence() {
    Opened opened;
    QVERIFY(opened.ready());
    opened.model->broken = true;
    SigmaSlider& slider = opened.window->traversePanel().sliders()[0]->slider();
    QTest::mouseClick(&slider, Qt::LeftButton, {}, QPoint(slider.width() / 5, slider.height() / 2));
    QTRY_VERIFY(opened.window->messageBar().text().contains("the model stopped answering"));
    opened.model->broken = false;
    QTest::mouseClick(&slider, Qt::LeftButton, {}, QPoint(slider.width() * 4 / 5, slider.height() / 2));
    QTRY_VERIFY(!opened.window->traversePanel().picture().image().isNull());
}

void TestWindow::themesSwitch() {
    Opened opened;
    QVERIFY(opened.ready());
    opened.trigger("themeLight");
    QVERIFY(!isDarkTheme());
    QTest::qWait(100);
    const QColor light = opened.window->grab().toImage().pixelColor(5, 5);
    QCOMPARE(opened.window->mapPanel().view().theme(), MapTheme::Light);
    keep(*opened.window, "traverse-light");
    opened.trigger("themeDark");
    QTest::qWait(100);
    const QColor dark = opened.window->grab().toImage().pixelColor(5, 5);
    QVERIFY(light.lightness() > 200 && dark.lightness() < 80);
    QCOMPARE(opened.window->mapPanel().view().theme(), MapTheme::Dark);
}

void TestWindow::paletteRunsCommands() {
    Opened opened;
    QVERIFY(opened.ready());
    QTest::keyClick(opened.window.get(), Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(opened.window->findChild<CommandPalette*>());
    auto* palette = opened.window->findChild<CommandPalette*>();
    QVERIFY(palette->shownCount() > 20);
    auto* line = palette->findChild<QLineEdit*>("paletteLine");
    QTest::keyClicks(line, "select all");
    QCOMPARE(palette->findChild<QListWidget*>("paletteList")->item(0)->text(), "Select all");
    keep(*opened.window, "palette-dark");
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(opened.document().selection().size(), size_t(300));
    QTRY_VERIFY(!opened.window->findChild<CommandPalette*>());
}

void TestWindow::fittedImagesSaySo() {
    Opened opened(false);
    DataContent large;
    DatasetInfo info;
    info.name = "large";
    info.channels = 3;
    info.height = info.width = 48;
    large.source = large.data = makeMemoryDataset(info, Array({20, 3, 48, 48}), {});
    opened.window->opener().adopt(large, {opened.model, {}});
    QVERIFY(opened.ready());
    QCOMPARE(opened.document().data().transform.size, 32);
    QVERIFY(opened.find<QLabel>("dataDetails")->text().contains(QString::fromUtf8("32 × 32")));
    QVERIFY(opened.document().latents().latents);
}

void TestWindow::galleryShowsWhatTheModelMakes() {
    Opened opened;
    QVERIFY(opened.ready());
    auto* mode = opened.find<QComboBox>("galleryMode");
    auto* items = qobject_cast<QStandardItemModel*>(mode->model());
    QVERIFY(items->item(1)->isEnabled() && items->item(2)->isEnabled());
    QTRY_VERIFY(items->item(3)->toolTip().contains("without a variance"));
    QVERIFY(!items->item(3)->isEnabled());

    auto unsure = std::make_shared<made::LinearModel>();
    unsure->withVariance = true;
    opened.window->opener().adopt(made::galaxies(60), {unsure, {}});
    QVERIFY(opened.ready());
    QTRY_VERIFY(items->item(3)->isEnabled());
    GalleryView& gallery = opened.window->galleryPanel().view();
    const auto picture = [&] {
        return gallery.model()->index(2, 0).data(Qt::DecorationRole).value<QImage>();
    };
    std::vector<QImage> seen;
    for (const char* name : {"Original", "Reconstruction", "Residual", "Variance"}) {
        mode->setCurrentText(name);
        QTRY_VERIFY2(!picture().isNull(), name);
        for (const QImage& other : seen)
            QVERIFY2(picture() != other, name);
        seen.push_back(picture());
        keep(*opened.window, QString("gallery-") + name);
    }
    auto* beside = opened.find<QToolButton>("galleryBeside");
    QTest::mouseClick(beside, Qt::LeftButton);
    QTRY_COMPARE(picture().width(), 2 * made::side);
    QCOMPARE(picture().copy(0, 0, made::side, made::side), seen[0]);
    QCOMPARE(picture().copy(made::side, 0, made::side, made::side), seen[3]);
    keep(*opened.window, "gallery-beside");
    mode->setCurrentText("Original");
    QVERIFY(!beside->isEnabled());
    QTRY_COMPARE(picture().width(), int(made::side));

    unsure->setMethods({"encode"}); // opened anew: nothing but originals is left
    opened.window->opener().adopt(made::galaxies(60), {unsure, {}});
    QVERIFY(opened.ready());
    for (int i = 1; i < 4; ++i) {
        QVERIFY(!items->item(i)->isEnabled());
        QVERIFY(items->item(i)->toolTip().contains("cannot draw"));
    }
}

QTEST_MAIN(TestWindow)
#include "test_window.moc"
