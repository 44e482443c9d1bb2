// The map in the real window: selecting, pictures near, saving, guidance, and places that are decoded.

#include <QFile>
#include <QLabel>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include "app/desktop/analysis.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "core/error.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;

class TestMapPanel : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void lassoOnTheMapFillsTheGallery();
    void picturesShowOnTheMapWhenNear();
    void mapIsSavedAsAPicture();
    void anEmptyMapSaysWhatToDo();
    void anyPlaceOfAnyMapIsDecoded();
};

void TestMapPanel::lassoOnTheMapFillsTheGallery() {
    made::OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(300)));
    MapView& map = opened.window->mapPanel().view();
    QCOMPARE(map.pointCount(), 300);
    QCOMPARE(opened.window->galleryPanel().model().rowCount(), 300);
    QTest::keyClick(opened.window.get(), Qt::Key_L);
    QTRY_COMPARE(map.tool(), MapTool::Lasso);
    const QRect area(map.width() / 4, map.height() / 4, map.width() / 2, map.height() / 2);
    const QPolygon path{area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()};
    const std::vector<qint64> expected = map.rowsInside(QPolygonF(path));
    QVERIFY(!expected.empty() && expected.size() < 300);
    QTest::mousePress(&map, Qt::LeftButton, {}, path[0]);
    for (int i = 1; i <= 4; ++i) {
        QTest::mouseMove(&map, path[i % 4]);
        QTest::qWait(10);
    }
    QTest::mouseRelease(&map, Qt::LeftButton, {}, path[0]);
    QTRY_VERIFY(!opened.document().selection().empty());
    const auto& chosen = opened.document().selection();
    QCOMPARE(std::vector<qint64>(chosen.begin(), chosen.end()), expected);
    QCOMPARE(opened.window->galleryPanel().model().rows(), chosen);
    QTRY_VERIFY(opened.window->settled());
    opened.keep("selection-dark");
    QTest::keyClick(opened.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(opened.window->galleryPanel().model().rowCount(), 300);
    QVERIFY(map.selection().empty());
}

void TestMapPanel::picturesShowOnTheMapWhenNear() {
    made::OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(300)));
    MapView& map = opened.window->mapPanel().view();
    map.centreOn(7);
    const QPointF middle(map.rect().center());
    QWheelEvent wheel(middle, map.mapToGlobal(middle), {}, {0, 120 * 12}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&map, &wheel);
    QTRY_VERIFY(!map.thumbnailsShown().empty());
    for (const qint64 row : map.thumbnailsShown())
        QVERIFY(map.rect().contains(map.rowToScreen(row).toPoint()));
    QTRY_VERIFY(opened.window->settled());
    opened.keep("near-dark");
    map.fitToData();
    map.grabImage();
    const size_t few = map.thumbnailsShown().size();
    map.setThumbnailsVisible(false);
    map.grabImage();
    QVERIFY(few < 300 && map.thumbnailsShown().empty());
}

void TestMapPanel::mapIsSavedAsAPicture() {
    made::OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(300)));
    const QTemporaryDir folder;
    MapPanel& panel = opened.window->mapPanel();
    panel.savePicture(folder.filePath("map.png"));
    QCOMPARE(QImage(folder.filePath("map.png")).size(), 2 * panel.view().size());
    panel.savePicture(folder.filePath("map.svg"));
    QFile svg(folder.filePath("map.svg"));
    QVERIFY(svg.open(QFile::ReadOnly));
    QVERIFY(svg.readAll().count("<path") > 300); // a shape for every object
    QVERIFY_EXCEPTION_THROWN(panel.savePicture(folder.filePath("none/map.svg")), Error);
    QVERIFY(opened.find<QToolButton>("mapSavePictureButton")->isVisible());
}

void TestMapPanel::anEmptyMapSaysWhatToDo() {
    made::OpenedWindow opened;
    auto* guidance = opened.find<QLabel>("mapGuidance");
    opened.window->opener().adopt(made::galaxies(20), {});
    QTRY_VERIFY(opened.window->settled() && guidance->isVisible());
    QVERIFY2(guidance->text().contains("needs a model"), qPrintable(guidance->text()));
    opened.keep("map-without-model");
    opened.window->opener().adopt(made::galaxies(20), {opened.model, {}});
    QTRY_VERIFY(opened.document().latents().latents && opened.window->settled());
    QTRY_VERIFY(!guidance->isVisible());
    opened.document().clear();
    opened.document().setModel({opened.model, {}});
    QTRY_VERIFY(guidance->isVisible());
    QVERIFY2(guidance->text().contains("needs images"), qPrintable(guidance->text()));
}

void TestMapPanel::anyPlaceOfAnyMapIsDecoded() {
    made::OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(300)));
    // A map that is not linear: places know their latents, and latents their places, by the objects around.
    const Array z = opened.document().latents().latents->mean;
    MapContent bent;
    bent.map.method = "tsne";
    bent.map.coordinates = Array({z.dim(0), 2});
    for (int64_t i = 0; i < z.dim(0); ++i) {
        bent.map.coordinates.at(i, 0) = z.at(i, 0) + z.at(i, 1) * z.at(i, 1);
        bent.map.coordinates.at(i, 1) = z.at(i, 1);
    }
    opened.document().setMap(bent);
    QVERIFY(!opened.document().map().pca && canPlace(opened.document().map()));
    const Array at = placeOnMap(opened.document().map(), z.slice(7, 8));
    QVERIFY(std::abs(at.at(0, 0) - bent.map.coordinates.at(7, 0)) < 1e-5);
    const PlaceContent there = contentOfPlace(opened.document().map(), at.at(0, 0), at.at(0, 1));
    for (int64_t d = 0; d < z.dim(1); ++d)
        QVERIFY(std::abs(there.latent[size_t(d)] - z.at(7, d)) < 1e-4);
    QVERIFY(contentOfPlace(opened.document().map(), 500, 500).offData > 3);
    MapView& map = opened.window->mapPanel().view();
    QTRY_VERIFY(opened.window->settled());
    const int before = opened.model->decodes;
    const QPoint corner(map.width() / 3, map.height() - 12); // empty ground
    QCOMPARE(map.pick(corner), -1);
    QTest::mouseMove(&map, corner - QPoint(5, 0));
    QTest::mouseMove(&map, corner);
    QTRY_VERIFY(opened.model->decodes > before);
    QTRY_VERIFY(!map.hoverCardRect().isEmpty());
    opened.document().setMap({});
    QVERIFY(!canPlace(opened.document().map()));
}

QTEST_MAIN(TestMapPanel)
#include "test_map_panel.moc"
