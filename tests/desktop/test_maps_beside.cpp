// Several maps of the same latents side by side in the real window, and a second data set above them.

#include <QCheckBox>
#include <QComboBox>
#include <QJsonArray>
#include <QLabel>
#include <QSlider>
#include <QTemporaryDir>
#include <QThread>
#include <QToolButton>
#include <QWheelEvent>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/clusters_panel.h"
#include "app/desktop/panels/layer_card.h"
#include "app/desktop/panels/library_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/projection_box.h"
#include "app/desktop/sessions/session_keeper.h"
#include "nn/device.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;

namespace {

struct Opened : made::OpenedWindow {
    MapPanel& panel() { return window->mapPanel(); }
    LayerCard& layers() { return window->libraryPanel().layerCard(); }
    const Array& latentMeans() { return document().latents().latents->mean; }
    /// A map that is not linear, and flat.
    MapContent bent() {
        const Array z = latentMeans();
        MapContent content;
        content.map.method = "tsne";
        content.map.coordinates = Array({z.dim(0), 2});
        for (int64_t i = 0; i < z.dim(0); ++i) {
            content.map.coordinates.at(i, 0) = 3 * z.at(i, 0) + z.at(i, 1) * z.at(i, 1);
            content.map.coordinates.at(i, 1) = 30 + z.at(i, 1);
        }
        return content;
    }
    /// The present map beside a bent one.
    bool twoMaps() {
        if (!load(made::galaxies(300)))
            return false;
        find<QToolButton>("mapKeepButton")->click();
        commands::setMap(document(), document().map(), bent(), "t-SNE map");
        return settles() && panel().paneCount() == 2;
    }
};

void turnWheel(MapView& view, int notches) {
    const QPointF at(view.width() / 3.0, view.height() / 2.0);
    QWheelEvent event(at, view.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&view, &event);
}

} // namespace

class TestMapsBeside : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() {
        setThreads(1);
        applyTheme(ThemeChoice::Dark);
    }

    void aMapIsKeptBesideTheNextOne() {
        Opened opened;
        QVERIFY(opened.load(made::galaxies(300)));
        Document& document = opened.document();
        QVERIFY(!opened.panel().linkAction()->isVisible());
        opened.find<QToolButton>("mapKeepButton")->click();
        QCOMPARE(document.keptMaps().size(), size_t(1));
        QCOMPARE(document.keptMaps()[0].name, QString("PCA"));
        QCOMPARE(opened.panel().paneCount(), 2);
        opened.find<QToolButton>("mapKeepButton")->click(); // once is enough
        QCOMPARE(opened.panel().paneCount(), 2);
        opened.raise("clustersDock");
        opened.find<QComboBox>("mapMethod")->setCurrentIndex(2);
        opened.find<QAbstractButton>("mapRun")->click();
        QTRY_VERIFY_WITH_TIMEOUT(!opened.window->clustersPanel().projection().running(), 60000);
        QVERIFY(opened.settles());
        // The first went on with the present map, the second kept its own.
        QCOMPARE(document.map().map.method, std::string("umap"));
        QCOMPARE(opened.panel().pane(0).map().map.method, std::string("umap"));
        QCOMPARE(opened.panel().pane(1).map().map.method, std::string("pca"));
        QVERIFY(opened.panel().linkAction()->isVisible());
        QVERIFY(opened.find<QComboBox>("mapPaneChoice1")->isVisible());
        QCOMPARE(opened.find<QComboBox>("mapPaneChoice2")->currentText(), QString("PCA"));
        QCOMPARE(made::unnamedControl(opened.panel()), QString());
        opened.keep("maps-beside-dark");
        opened.find<QToolButton>("mapPaneClose2")->click();
        QCOMPARE(opened.panel().paneCount(), 1);
        QCOMPARE(document.keptMaps().size(), size_t(1)); // it can be shown again
        QVERIFY(opened.panel().addPane(document.keptMaps()[0].content));
        document.undoStack().undo(); // the UMAP
        document.undoStack().undo(); // the keeping
        QVERIFY(document.keptMaps().empty());
        QCOMPARE(opened.panel().paneCount(), 1);
    }

    void selectionColoursAndHoverAreShared() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        Document& document = opened.document();
        MapView &one = opened.panel().pane(0).view(), &other = opened.panel().pane(1).view();
        opened.panel().toolActions()[1]->trigger();
        QCOMPARE(other.tool(), MapTool::Rectangle);
        const QRect area(other.width() / 4, other.height() / 4, other.width() / 2, other.height() / 2);
        const auto inside = other.rowsInside(QPolygonF(QRectF(area.topLeft(), area.bottomRight())));
        QTest::mousePress(&other, Qt::LeftButton, {}, area.topLeft());
        for (const QPoint at : {area.center(), area.bottomRight()})
            QTest::mouseMove(&other, at);
        QTest::mouseRelease(&other, Qt::LeftButton, {}, area.bottomRight());
        QTRY_VERIFY(!document.selection().empty());
        QCOMPARE(one.selection(), other.selection());
        QVERIFY(one.selection() == inside);
        commands::hideClasses(document, {1});
        QVERIFY(!one.isClassVisible(1) && !other.isClassVisible(1));
        commands::colourBy(document, {ColourBy::Kind::Column, "size"});
        QCOMPARE(one.colouring(), MapColouring::Values);
        QCOMPARE(other.colouring(), MapColouring::Values);
        commands::clearSelection(document);
        commands::colourBy(document, {});
        const QImage before = other.grabImage();
        QVERIFY(one.rect().contains(one.rowToScreen(11).toPoint()));
        document.setHovered(11); // as the mouse on the first map does
        const QImage ringed = other.grabImage();
        const QPointF at = other.rowToScreen(11);
        bool near = false;
        for (int y = 0; y < ringed.height(); ++y)
            for (int x = 0; x < ringed.width(); ++x)
                if (ringed.pixel(x, y) != before.pixel(x, y)) {
                    const double away = QLineF(at, QPointF(x, y)).length();
                    near = near || away < 14;
                    if (away > 40 && !other.overlayRect("panel").adjusted(-4, -4, 4, 4).contains(x, y))
                        QFAIL("something else changed");
                }
        QVERIFY(near);
    }

    void camerasMoveTogetherOnDemand() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        MapView &one = opened.panel().pane(0).view(), &other = opened.panel().pane(1).view();
        turnWheel(one, 4);
        QVERIFY(other.framing().whole); // not asked for
        opened.panel().setLinked(true);
        QVERIFY(std::abs(other.framing().zoom - one.framing().zoom) < 1e-9);
        turnWheel(other, -2); // either leads
        QVERIFY(std::abs(other.framing().zoom - one.framing().zoom) < 1e-9);
        QTest::mousePress(&one, Qt::LeftButton, {}, {100, 300});
        for (int k = 1; k < 5; ++k)
            QTest::mouseMove(&one, {100 + 20 * k, 300 + 5 * k});
        QTest::mouseRelease(&one, Qt::LeftButton, {}, {180, 320});
        for (size_t k = 0; k < 2; ++k)
            QVERIFY(std::abs(other.framing().offset[k] - one.framing().offset[k]) < 1e-9);
        opened.keep("maps-linked-dark");
        opened.panel().setLinked(false);
        turnWheel(one, 3);
        QVERIFY(std::abs(other.framing().zoom - one.framing().zoom) > 0.01);
        opened.panel().fitAction()->trigger();
        QVERIFY(one.framing().whole && other.framing().whole);
    }

    void linkedMapsKeepTheirViewsWhenPointsCome() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        MapView &one = opened.panel().pane(0).view(), &other = opened.panel().pane(1).view();
        opened.panel().setLinked(true);
        turnWheel(other, 4);
        const double zoom = other.framing().zoom;
        const auto near = [&](const MapView& view) {
            return !view.framing().whole && std::abs(view.framing().zoom - zoom) < 1e-9;
        };
        QVERIFY(zoom > 1.1 && near(one));
        MapContent moved = opened.bent();
        for (float& value : moved.map.coordinates.values())
            value *= 7;
        opened.document().previewMap(moved);
        QVERIFY(near(one) && near(other));
        opened.document().endPreview();
        QVERIFY(near(one) && near(other));
        MapPane* third = opened.panel().addPane(nullptr);
        QVERIFY(third && opened.settles());
        // Panes are narrower now, but nobody went back to the whole map.
        QVERIFY(!one.framing().whole && !other.framing().whole && !third->view().framing().whole);
    }

    void aSessionHoldsTheSettledMap() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        MapContent moved = opened.bent();
        moved.map.coordinates.at(0, 0) = 99;
        opened.document().previewMap(moved);
        const auto map = opened.window->sessions().snapshot().parts.map;
        QVERIFY(map);
        QVERIFY(map->coordinates.at(0, 0) != 99);
        opened.find<QToolButton>("mapKeepButton")->click(); // it is that one which is kept
        QCOMPARE(opened.document().keptMaps().size(), size_t(2));
        QVERIFY(opened.document().keptMaps()[1].content->map.coordinates.at(0, 0) != 99);
        QCOMPARE(opened.panel().paneCount(), 3);
    }

    void viewsOfLinkedMapsComeBackAsTheyWere() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        MapView &one = opened.panel().pane(0).view(), &other = opened.panel().pane(1).view();
        turnWheel(one, 2);
        turnWheel(other, 5);
        QJsonObject kept = opened.panel().arrangement();
        kept["linked"] = true;
        const QJsonObject front = one.viewState(), beside = other.viewState();
        opened.panel().fitAction()->trigger();
        opened.panel().setArrangement(kept);
        opened.panel().view().setViewState(front); // as a session does
        QVERIFY(opened.settles());
        QVERIFY(opened.panel().linked());
        QCOMPARE(opened.panel().view().viewState()["visibleHeight"], front["visibleHeight"]);
        QCOMPARE(opened.panel().pane(1).view().viewState()["visibleHeight"], beside["visibleHeight"]);
    }

    void theArrangementComesBack() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        opened.panel().addPane(nullptr);
        opened.panel().setLinked(true);
        turnWheel(opened.panel().pane(1).view(), 3);
        const QJsonObject kept = opened.panel().arrangement();
        QCOMPARE(kept["panes"].toArray().size(), 3);
        const QJsonValue height = opened.panel().pane(1).view().viewState()["visibleHeight"];
        QVERIFY(!opened.panel().pane(1).view().framing().whole);
        opened.panel().setLinked(false);
        while (opened.panel().paneCount() > 1)
            opened.panel().closePane(1);
        opened.panel().setArrangement(kept);
        QVERIFY(opened.settles());
        QCOMPARE(opened.panel().paneCount(), 3);
        QCOMPARE(opened.panel().pane(1).kept(), opened.document().keptMaps()[0].content);
        QVERIFY(!opened.panel().pane(2).kept());
        QVERIFY(opened.panel().linked());
        QCOMPARE(opened.panel().pane(1).view().viewState()["visibleHeight"], height);
        opened.keep("maps-three-dark");
        opened.panel().setArrangement({}); // of a session before there were several
        QCOMPARE(opened.panel().paneCount(), 1);
        opened.panel().setArrangement({{"panes", QJsonArray{QJsonObject{{"map", 99}}, 7, "x"}}});
        QCOMPARE(opened.panel().paneCount(), 3);
        // Other latents: their maps are gone, and so are the views of them.
        opened.window->opener().adopt(made::galaxies(40), {opened.model, {}});
        QVERIFY(opened.settles());
        QVERIFY(opened.document().keptMaps().empty());
        QVERIFY(!opened.panel().pane(1).kept());
        QCOMPARE(opened.panel().pane(1).view().pointCount(), qint64(40));
    }

    void aSecondDataSetLiesAboveTheMap() {
        Opened opened;
        QVERIFY(opened.twoMaps());
        Document& document = opened.document();
        const QTemporaryDir folder;
        Latents second;
        second.mean = Array({5, made::latents});
        for (int64_t row = 0; row < 5; ++row)
            for (int64_t d = 0; d < made::latents; ++d)
                second.mean.at(row, d) = opened.latentMeans().at(10 * row, d);
        for (int row = 0; row < 5; ++row)
            second.id.push_back("other-" + std::to_string(row));
        writeLatents(second, folder.filePath("other survey.h5").toStdString());
        opened.layers().add(folder.filePath("other survey.h5"));
        QTRY_VERIFY_WITH_TIMEOUT(document.dataLayer(), 20000);
        QVERIFY(opened.settles());
        QCOMPARE(document.dataLayer()->name, QString("other survey"));
        QCOMPARE(document.undoStack().undoText(), QString("add the layer other survey"));
        for (int k = 0; k < 2; ++k) { // on the linear map and on the other
            MapView& view = opened.panel().pane(k).view();
            QCOMPARE(view.dataLayerCount(), qint64(5));
            view.setPointSize(12);
            view.setOpacity(1);
        }
        opened.layers().setColour(QColor(255, 255, 0));
        opened.find<QSlider>("layerOpacity")->setValue(100);
        const auto coloured = [&](int k) {
            MapView& view = opened.panel().pane(k).view();
            const QImage picture = view.grabImage();
            int hits = 0;
            for (int row = 0; row < 5; ++row) {
                const QPoint at = view.rowToScreen(10 * row).toPoint();
                const QColor there = picture.rect().contains(at) ? picture.pixelColor(at) : QColor();
                hits += there.red() > 200 && there.green() > 200 && there.blue() < 90;
            }
            return hits;
        };
        QVERIFY(coloured(0) >= 3 &&
                coloured(1) >= 3); // each where the same object lies, if nothing covers it
        opened.keep("layer-dark");
        MapView& first = opened.panel().pane(0).view();
        QTest::mouseClick(&first, Qt::LeftButton, {}, first.overlayRect("layer").center().toPoint());
        QTRY_VERIFY(!document.dataLayer()->shown);
        QVERIFY(!opened.find<QCheckBox>("layerShown")->isChecked());
        QCOMPARE(coloured(1), 0);
        document.undoStack().undo();
        QVERIFY(document.dataLayer()->shown);
        opened.find<QToolButton>("layerRemove")->click();
        QVERIFY(!document.dataLayer());
        QCOMPARE(first.dataLayerCount(), qint64(0));
        document.undoStack().undo();
        QVERIFY(opened.settles());
        QCOMPARE(first.dataLayerCount(), qint64(5));
        // One that was not placed is placed when the map comes again.
        const DataLayerPtr layer = document.dataLayer();
        document.setDataLayer({});
        opened.workspace.jobs.start<bool>(
            "Something long", this,
            [](const StopToken& stop, ProgressSink&) {
                while (!stop.stop_requested())
                    QThread::msleep(1);
                return true;
            },
            [](bool) {});
        document.setDataLayer(std::make_shared<const DataLayer>(DataLayer{"again", layer->latents, {}}));
        const auto jobs = opened.workspace.jobs.jobs();
        for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) // those that wait never begin
            opened.workspace.jobs.cancel(job->id);
        QVERIFY(opened.settles());
        QCOMPARE(first.dataLayerCount(), qint64(0));
        document.setMap(document.map());
        QVERIFY(opened.settles());
        QCOMPARE(first.dataLayerCount(), qint64(5));
        document.setDataLayer(layer);
        QVERIFY(opened.settles());
        second.mean = Array({5, 2});
        writeLatents(second, folder.filePath("narrow.h5").toStdString());
        opened.layers().add(folder.filePath("narrow.h5"));
        QVERIFY(opened.settles());
        QCOMPARE(document.dataLayer()->name, QString("other survey")); // what does not fit changes nothing
        QVERIFY(opened.find<QLabel>("statusText")->text().contains("dimensions"));
    }
};

QTEST_MAIN(TestMapsBeside)
#include "test_maps_beside.moc"
