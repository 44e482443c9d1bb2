// A newcomer's first minute, and a stranger's model in the window: real programs, real events.

#include <algorithm>
#include <cmath>

#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/main_window.h"
#include "app/desktop/message_bar.h"
#include "app/desktop/panels/clusters_panel.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/latent_slider.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/projection_box.h"
#include "app/desktop/panels/sample_panel.h"
#include "app/desktop/panels/traverse_panel.h"
#include "app/desktop/shipped_models.h"
#include "mixture/mixture_file.h"
#include "nn/device.h"
#include "tests/torchscript/made_models.h"
#include "widgets/image/image_view.h"

using namespace galatea;

namespace {

struct Opened {
    Workspace workspace;
    std::unique_ptr<MainWindow> window;
    Opened() {
        window = std::make_unique<MainWindow>(workspace, false);
        window->resize(1500, 950);
        window->show();
        QApplication::setActiveWindow(window.get()); // no window manager does it here
    }
    ~Opened() {
        workspace.jobs.cancelAll();
        window.reset();
    }
    bool settles(int milliseconds) {
        return QTest::qWaitFor([this] { return window->settled(); }, milliseconds);
    }
};

void clickFirstSlider(TraversePanel& panel, double fraction) {
    SigmaSlider& slider = panel.sliders().front()->slider();
    QTest::mouseClick(&slider, Qt::LeftButton, {},
                      QPoint(static_cast<int>(slider.width() * fraction), slider.height() / 2));
}

} // namespace

class TestDemonstration : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        setThreads(0);
        QVERIFY(qputenv("XDG_CACHE_HOME", cache_.path().toUtf8())); // its first start, whatever was before
        qputenv("GALATEA_RESOURCES", GALATEA_SOURCE_DIR "/resources");
        modelsMade_ = models_.make(reason_);
    }

    void modelsThatComeWithItOpenFromTheMenu() {
        const std::vector<ShippedModel> models = shippedModels();
        QVERIFY(models.size() >= 3);
        Opened opened;
        int mixtures = 0;
        for (const ShippedModel& model : models) {
            auto* action = opened.window->findChild<QAction*>("fileShipped-" + model.name);
            QVERIFY2(action && !action->text().startsWith('#'), qPrintable(model.name));
            action->trigger();
            QVERIFY(QTest::qWaitFor(
                [&] {
                    return opened.window->settled() && opened.workspace.document.model().path == model.path;
                },
                30000));
            QString family = model.name;
            QCOMPARE(QString::fromStdString(opened.workspace.document.model().model->card().family),
                     family.replace('_', '-'));
            if (QFileInfo::exists(QFileInfo(model.path).path() + "/model.mixture.h5")) {
                ++mixtures;
                const auto* origin = opened.window->findChild<QLabel*>("sampleOrigin");
                QVERIFY(origin && origin->text().contains("beside the model"));
                if (model.name == "lsgan")
                    QCOMPARE(opened.workspace.document.display().composite, (Composite{3, 2, 1})); // i, r, g
            }
        }
        QVERIFY(mixtures >= 2); // the LSGAN's and the Regier VAE's
    }

    void aMixtureBesideAModelIsDrawnFromIfItFits() {
        const QString root = resourcesFolderWith("models/lsgan/model.mixture.h5");
        QVERIFY(!root.isEmpty());
        QTemporaryDir folder;
        const QString model = folder.filePath("stamps.safetensors"),
                      beside = folder.filePath("stamps.mixture.h5");
        QVERIFY(QFile::copy(root + "/models/lsgan/model.safetensors", model));
        const auto originOf = [&](const std::function<void()>& put) {
            QFile::remove(beside);
            put();
            Opened opened;
            opened.window->opener().open({model});
            if (!QTest::qWaitFor(
                    [&] { return opened.window->settled() && opened.workspace.document.model().model; },
                    30000))
                return QString("no model");
            auto& panel = opened.window->samplePanel();
            panel.draw();
            const bool drawn =
                QTest::qWaitFor([&] { return opened.workspace.document.samples() != nullptr; }, 30000);
            return drawn ? panel.findChild<QLabel*>("sampleOrigin")->text() : QString("no samples");
        };
        QVERIFY(originOf([&] {
                    QVERIFY(QFile::copy(root + "/models/lsgan/model.mixture.h5", beside));
                }).contains("beside the model"));
        {
            const QString session = folder.filePath("chosen.galatea");
            SampleSettings settings;
            settings.components = {3, 19};
            {
                Opened opened;
                opened.window->opener().open({model});
                QVERIFY(QTest::qWaitFor(
                    [&] { return opened.window->settled() && opened.workspace.document.model().model; },
                    30000));
                opened.workspace.document.setSampleSettings(settings);
                opened.window->saveSession(session);
                QVERIFY(QTest::qWaitFor([&] { return QFileInfo::exists(session); }, 30000));
            }
            Opened again;
            again.window->opener().open({session});
            QVERIFY(QTest::qWaitFor(
                [&] { return again.window->settled() && again.workspace.document.model().model; }, 30000));
            QTRY_COMPARE(again.workspace.document.sampleSettings().components, settings.components);
        }
        QVERIFY(originOf([&] {
                    writeMixture({{1, 2, {1.0}, {0.0, 0.0}, {1.0, 1.0}}}, beside.toStdString());
                }).contains("unit-Gaussian")); // of two latents, the model has 64
        QVERIFY(originOf([&] {
                    QFile file(beside);
                    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no HDF5") > 0);
                }).contains("unit-Gaussian"));
        QVERIFY(originOf([] {}).contains("unit-Gaussian"));
    }

    void aNewcomerOpensItAndMovesASlider() {
        Opened opened;
        QTest::mouseClick(opened.window->findChild<QPushButton*>("startDemonstration"), Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return opened.workspace.document.objectCount() == 4000; }, 240000));
        QVERIFY(QTest::qWaitFor([&] { return !opened.workspace.document.map().map.coordinates.empty(); },
                                240000));
        QVERIFY(opened.settles(240000));
        TraversePanel& panel = opened.window->traversePanel();
        QCOMPARE(panel.sliders().size(), size_t{16});
        const QImage before = panel.picture().image();
        QVERIFY(!before.isNull());
        clickFirstSlider(panel, 0.9);
        QTRY_VERIFY_WITH_TIMEOUT(panel.picture().image() != before, 30000);
        // Every component of its mixture has members, so every colour of the legend is on the map.
        std::vector<int64_t> members(12, 0);
        for (const int64_t k : opened.workspace.document.latents().latents->component)
            ++members.at(static_cast<size_t>(k));
        for (const int64_t count : members)
            QVERIFY(count > 0);
        QVERIFY(opened.window->messageBar().text().isEmpty());
    }

    void twoMapsOfItMoveTogether() {
        Opened opened;
        Document& document = opened.workspace.document;
        opened.window->opener().openDemonstration();
        QVERIFY(QTest::qWaitFor([&] { return !document.map().map.coordinates.empty(); }, 240000));
        QVERIFY(opened.settles(240000));
        opened.window->resize(1600, 900);
        MapPanel& maps = opened.window->mapPanel();
        maps.keepAction()->trigger();
        auto* clusters = opened.window->findChild<QDockWidget*>("clustersDock");
        clusters->show();
        clusters->raise();
        opened.window->clustersPanel().projection().run(); // t-SNE
        QTRY_VERIFY_WITH_TIMEOUT(document.map().map.method == "tsne", 240000);
        opened.window->clustersPanel().rename(2, "the island");
        maps.setLinked(true);
        const QPointF at(maps.view().rect().center());
        QWheelEvent wheel(at, maps.view().mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&maps.view(), &wheel);
        QVERIFY(opened.settles(60000));
        QCOMPARE(maps.paneCount(), 2);
        QCOMPARE(maps.pane(1).view().pointCount(), qint64(4000));
        QVERIFY(std::abs(maps.pane(1).view().framing().zoom - maps.view().framing().zoom) < 1e-6);
        if (const QString folder = qEnvironmentVariable("GALATEA_SCREENSHOTS"); !folder.isEmpty()) {
            opened.window->setTheme(ThemeChoice::Dark);
            for (QDockWidget* dock : opened.window->findChildren<QDockWidget*>())
                if (opened.window->dockWidgetArea(dock) == Qt::BottomDockWidgetArea)
                    dock->hide();
            maps.setLinked(false);
            maps.fitAction()->trigger();
            QTest::qWait(1500); // details fill in
            opened.window->saveScreenshot(folder + "/maps-beside.png");
        }
    }

    /// A few of each class by hand, the rest proposed: most of it is what the simulation knows.
    void itsGalaxiesAreLabelled() {
        Opened opened;
        Document& document = opened.workspace.document;
        opened.window->opener().openDemonstration();
        QVERIFY(QTest::qWaitFor([&] { return !document.map().map.coordinates.empty(); }, 240000));
        QVERIFY(opened.settles(240000));
        auto* dock = opened.window->findChild<QDockWidget*>("labelsDock");
        dock->show();
        dock->raise();
        std::vector<int> truth;
        QStringList names;
        QVERIFY(document.classesOf({ColourBy::Kind::Column, "label"}, truth, names));
        for (int k = 0; k < names.size() && k < 9; ++k) {
            commands::addClass(document, names[k]);
            std::vector<int64_t> some;
            for (size_t row = 0; row < truth.size() && some.size() < 60; ++row)
                if (truth[row] == k)
                    some.push_back(static_cast<int64_t>(row));
            commands::select(document, some);
            MapView& map = opened.window->mapPanel().view();
            map.setFocus();
            QTest::keyClick(&map, static_cast<Qt::Key>(Qt::Key_1 + k));
            QCOMPARE(document.labels().count(static_cast<int16_t>(k)), static_cast<int64_t>(some.size()));
        }
        const int64_t byHand = document.labels().labelled();
        opened.window->labelsPanel().propose();
        QTRY_VERIFY_WITH_TIMEOUT(document.labels().proposals() && !opened.window->labelsPanel().running(),
                                 120000);
        commands::acceptProposals(document, 0.5);
        QVERIFY(document.labels().labelled() > 2 * byHand);
        int64_t right = 0, proposed = 0;
        for (int64_t row = 0; row < document.objectCount(); ++row) {
            const auto [label, mark] = document.labels().at(row);
            if (label < 0 || document.labels().mark(mark).origin != LabelOrigin::Proposed)
                continue;
            ++proposed;
            right += label == truth[static_cast<size_t>(row)] ? 1 : 0;
        }
        QVERIFY(proposed > 0);
        std::vector<int64_t> sizes(static_cast<size_t>(names.size()));
        for (const int k : truth)
            ++sizes[static_cast<size_t>(k)];
        const auto largest = static_cast<double>(*std::max_element(sizes.begin(), sizes.end()));
        const double accuracy = static_cast<double>(right) / static_cast<double>(proposed);
        QVERIFY2(accuracy > largest / static_cast<double>(truth.size()),
                 qPrintable(QString("%1 of %2").arg(right).arg(proposed)));
        commands::colourBy(document, {ColourBy::Kind::Label, {}});
        commands::select(document, {});
        QVERIFY(opened.settles(60000));
        if (const QString folder = qEnvironmentVariable("GALATEA_SCREENSHOTS"); !folder.isEmpty())
            for (const auto& [theme, name] :
                 {std::pair{ThemeChoice::Dark, "labels-dark"}, {ThemeChoice::Light, "labels"}}) {
                opened.window->setTheme(theme);
                QTest::qWait(1500); // details fill in
                opened.window->saveScreenshot(folder + "/" + name + ".png");
            }
        document.undoStack().setIndex(0);
        QCOMPARE(document.labels().labelled(), 0);
    }

    void aModelFromPythonIsTraversed() {
        if (!modelsMade_)
            QSKIP(qPrintable(reason_));
        Opened opened;
        opened.window->opener().open(
            {QString::fromStdString(models_.path("good.pt"))}); // encode, decode, no card
        TraversePanel& panel = opened.window->traversePanel();
        QVERIFY(QTest::qWaitFor([&] { return panel.sliders().size() == 4; }, 120000));
        QTRY_VERIFY_WITH_TIMEOUT(!panel.picture().image().isNull(), 60000);
        const QImage before = panel.picture().image();
        clickFirstSlider(panel, 0.9);
        QTRY_VERIFY_WITH_TIMEOUT(panel.picture().image() != before, 60000);
    }

    void aModelThatMisbehavesIsOnePlainSentence_data() {
        QTest::addColumn<QString>("file");
        QTest::newRow("loops for ever") << "loops.pt";
        QTest::newRow("allocates 200 GB") << "huge.pt";
        QTest::newRow("grows") << "grows.pt";
        QTest::newRow("exits") << "exits.pt";
    }
    void aModelThatMisbehavesIsOnePlainSentence() {
        QFETCH(QString, file);
        if (!modelsMade_)
            QSKIP(qPrintable(reason_));
        Opened opened;
        opened.window->opener().open({QString::fromStdString(models_.path(file.toStdString()))});
        QVERIFY(QTest::qWaitFor([&] { return opened.window->messageBar().text().contains(file.chopped(3)); },
                                120000));
        const QString text = opened.window->messageBar().text();
        QVERIFY2(!text.contains('\n') && text.contains("; "),
                 qPrintable(text)); // one sentence, with its cure
        QVERIFY(opened.window->isVisible());
    }

  private:
    QTemporaryDir cache_;
    MadeModels models_;
    bool modelsMade_ = false;
    QString reason_;
};

QTEST_MAIN(TestDemonstration)
#include "test_demonstration.moc"
