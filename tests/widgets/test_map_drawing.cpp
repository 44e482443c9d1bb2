// The map in a real window: what is drawn, and when.
#include "tests/widgets/map_fixture.h"
#include "widgets/map/map_view.h"
#include "widgets/map/palette.h"
#include "widgets/map/textures.h"

#include <QCursor>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QSignalSpy>
#include <QVBoxLayout>

#include <limits>

using namespace galatea;

class TestMapDrawing : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        qRegisterMetaType<std::vector<qint64>>();
        QCursor::setPos(1590, 990); // the display's own pointer stays out of the windows
    }

    void dimensions_data() {
        QTest::addColumn<int>("dimensions");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }

    /// Where mapToScreen says a point is, there it is drawn, in its colour.
    void pointsAreDrawnWhereTheyAreSaidToBe_data() { dimensions_data(); }
    void pointsAreDrawnWhereTheyAreSaidToBe() {
        QFETCH(int, dimensions);
        MapView view;
        Array points({8, dimensions});
        for (int64_t row = 0; row < 8; ++row) {
            points.at(row, 0) = static_cast<float>(row % 4) + 1000; // far from zero: float must not jitter
            points.at(row, 1) = static_cast<float>(row / 4);
            if (dimensions == 3)
                points.at(row, 2) = 0.3F * static_cast<float>(row % 3);
        }
        view.setPoints(points);
        view.setUniformColour(QColor(255, 0, 255));
        view.setPointSize(18);
        view.setOpacity(1);
        view.setDisplayPanelVisible(false);
        show(view);
        for (const int notches : {0, 3}) {
            turnWheel(view, {450, 325}, notches);
            const QImage image = view.grabImage();
            int seen = 0;
            for (qint64 row = 0; row < 8; ++row) {
                const QPointF at = view.rowToScreen(row);
                if (!QRectF(30, 30, 840, 590).contains(at))
                    continue;
                ++seen;
                const QColor centre = image.pixelColor(at.toPoint());
                QVERIFY2(centre.red() - centre.green() > 100, qPrintable(centre.name()));
                if (dimensions == 2)
                    QVERIFY(difference(centre, QColor(255, 0, 255)) <= 3);
                double weight = 0, x = 0, y = 0;
                for (int dy = -20; dy <= 20; ++dy)
                    for (int dx = -20; dx <= 20; ++dx) {
                        const QPoint p = at.toPoint() + QPoint(dx, dy);
                        const QColor c = image.pixelColor(p);
                        const double ink = std::max(0, c.red() - c.green() - 30);
                        weight += ink;
                        x += ink * (p.x() + 0.5);
                        y += ink * (p.y() + 0.5);
                    }
                QVERIFY2(std::abs(x / weight - at.x()) < 0.3 && std::abs(y / weight - at.y()) < 0.3,
                         qPrintable(QString("%1 %2").arg(x / weight - at.x()).arg(y / weight - at.y())));
            }
            QVERIFY(seen >= 2);
        }
    }

    void hiddenClassesAreNotDrawn() {
        MapView view;
        fill(view, 500, 2);
        view.setPointSize(8);
        view.setOpacity(1);
        view.setLegendVisible(false);
        show(view);
        const auto pixelsOf = [&](int index) {
            const QImage image = view.grabImage();
            int count = 0;
            for (int y = 60; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    count +=
                        difference(image.pixelColor(x, y), paletteColour(static_cast<size_t>(index))) <= 3;
            return count;
        };
        QVERIFY(pixelsOf(3) > 500);
        view.setClassVisible(3, false);
        QCOMPARE(pixelsOf(3), 0);
        view.setClassVisible(3, true);
        std::vector<bool> filter(500, true);
        for (size_t row = 300; row < 400; ++row)
            filter[row] = false;
        view.setRowFilter(filter);
        QCOMPARE(pixelsOf(3), 0);
        view.setRowFilter({});
        QVERIFY(pixelsOf(3) > 500);
        view.setSelection({0, 1, 2}); // all others become context
        QCOMPARE(pixelsOf(3), 0);
        QVERIFY(pixelsOf(0) > 20);
    }

    void layersAreDrawn() {
        MapView view;
        Array points({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
        view.setPoints(points);
        view.setUniformColour(QColor(60, 60, 60));
        view.setDisplayPanelVisible(false);
        show(view);
        const QColor samples(255, 255, 0), path(0, 255, 255), outline(255, 0, 0);
        const auto count = [&](const QColor& colour) {
            const QImage image = view.grabImage();
            int found = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    found += difference(image.pixelColor(x, y), colour) < 40;
            return found;
        };
        QCOMPARE(count(samples) + count(path) + count(outline), 0);
        view.setSampleLayer(Array({2, 2}, {0.5F, 0.2F, 0.5F, 0.8F}), samples);
        view.setPath(Array({3, 2}, {0.1F, 0.1F, 0.5F, 0.5F, 0.9F, 0.1F}), path);
        view.setEllipses({MapEllipse::planar({0.5, 0.5}, 0.01, 0, 0.02, outline)});
        const QPointF at = view.mapToScreen({0.5, 0.2, 0});
        QVERIFY(difference(view.grabImage().pixelColor(at.toPoint()), samples) < 40);
        QVERIFY(count(path) > 200);
        QVERIFY(count(outline) > 100);
        // The ellipse's right end lies two standard deviations from its centre.
        const QPointF end = view.mapToScreen({0.5 + 2 * 0.1, 0.5, 0});
        const QImage image = view.grabImage();
        int near = 255;
        for (int dx = -2; dx <= 2; ++dx)
            near = std::min(near, difference(image.pixelColor(end.toPoint() + QPoint(dx, 0)), outline));
        QVERIFY(near < 60);
        view.setMarker({0.5, 0.5, 0}, "here");
        view.setEllipsesVisible(false);
        QCOMPARE(count(outline), 0);
        view.setSampleLayer(Array());
        view.setPath(Array());
        view.clearMarker();
        QCOMPARE(count(samples) + count(path), 0);
    }

    void valuesBringAColourBar() {
        MapView view;
        fill(view, 100, 2);
        show(view);
        QVERIFY(view.colourBarRect().isEmpty());
        std::vector<double> values(100);
        for (size_t row = 0; row < values.size(); ++row)
            values[row] = static_cast<double>(row);
        view.setValues(values, "redshift");
        view.grabImage();
        QVERIFY(!view.colourBarRect().isEmpty());
        QCOMPARE(view.colouring(), MapColouring::Values);
        view.setColouring(MapColouring::Classes);
        view.grabImage();
        QVERIFY(view.colourBarRect().isEmpty());
    }

    void aStoredViewDrawsTheSamePicture_data() { dimensions_data(); }
    void aStoredViewDrawsTheSamePicture() {
        QFETCH(int, dimensions);
        MapView first;
        fill(first, 800, dimensions);
        show(first);
        drag(first, {{300, 300}, {340, 320}, {380, 350}});
        turnWheel(first, {250, 250}, 2);
        first.setClassVisible(1, false);
        first.setPointSize(9.5);
        first.setOpacity(0.5);
        first.setTool(MapTool::Lasso);
        moveMouse(first, {40, 600});
        const QImage wanted = first.grabImage();
        const QJsonObject state = first.viewState();

        MapView second;
        fill(second, 800, dimensions);
        show(second);
        QVERIFY(second.grabImage() != wanted);
        second.setViewState(state);
        QCOMPARE(second.viewState(), state);
        QCOMPARE(second.grabImage(), wanted);
        QVERIFY(!second.isClassVisible(1));
        second.setViewState(
            {{"axes", "nonsense"}, {"focus", 3}, {"pointSize", "big"}, {"dimensions", dimensions}});
        QCOMPARE(second.viewState(), state);
        QCOMPARE(first.grabImage(), wanted); // the other view in this process has not noticed
    }

    void fittedViewFollowsTheWidgetsSize() {
        MapView view;
        fill(view, 400, 2);
        show(view);
        QVERIFY(view.viewState()["fitted"].toBool());
        view.resize(700, 500);
        QTRY_COMPARE(view.size(), QSize(700, 500));
        const std::vector<qint64> inside = view.rowsInside(QPolygonF(QRectF(0, 0, 700, 500)));
        QVERIFY(inside.size() >= 390);
        turnWheel(view, {300, 300}, 5);
        QVERIFY(!view.viewState()["fitted"].toBool());
    }

    /// Another top level window means another OpenGL context: everything is sent there anew.
    void survivesAMoveToAnotherWindow() {
        QWidget home, other;
        auto* view = new MapView;
        auto* homeLayout = new QVBoxLayout(&home);
        auto* otherLayout = new QVBoxLayout(&other);
        homeLayout->addWidget(view);
        fill(*view, 400, 2);
        view->setPointSize(8);
        home.resize(800, 600);
        other.resize(800, 600);
        home.show();
        other.show();
        QVERIFY(QTest::qWaitForWindowExposed(&home));
        const QImage before = view->grabImage();
        homeLayout->removeWidget(view);
        otherLayout->addWidget(view);
        view->show();
        QTRY_COMPARE(view->window(), &other);
        QTRY_VERIFY(view->isVisible() && view->size() == before.size());
        QTRY_COMPARE(view->grabImage(), before);
    }

    void drawsOnlyWhenSomethingChanged() {
        MapView view;
        fill(view, 400, 2);
        show(view);
        QTest::qWait(300); // let start-up settle
        QSignalSpy frames(&view, &MapView::frameDrawn);
        QTest::qWait(300);
        QCOMPARE(frames.size(), 0);
        view.setPointSize(12);
        QTRY_VERIFY(!frames.isEmpty());
    }

    void texturesAreFreedWhenNoLongerShown() {
        QOpenGLContext context;
        QVERIFY(context.create());
        QOffscreenSurface surface;
        surface.create();
        QVERIFY(context.makeCurrent(&surface));
        QImage image(5, 3, QImage::Format_RGB32);
        image.fill(Qt::red);
        TextureCache cache;
        QCOMPARE(cache.textureOf(QImage()), 0U);
        const unsigned texture = cache.textureOf(image);
        QVERIFY(texture != 0 && context.functions()->glIsTexture(texture));
        QCOMPARE(cache.textureOf(image), texture);
        cache.sweep();
        QVERIFY(context.functions()->glIsTexture(texture));
        cache.sweep();
        QVERIFY(!context.functions()->glIsTexture(texture));
        const unsigned again = cache.textureOf(image);
        cache.release();
        QVERIFY(!context.functions()->glIsTexture(again));
    }

    void emptyMapsAreFine() {
        MapView view;
        show(view);
        QVERIFY(!view.grabImage().isNull());
        moveMouse(view, {300, 300});
        turnWheel(view, {300, 300}, 2);
        drag(view, {{300, 300}, {350, 350}});
        QCOMPARE(view.pick({300, 300}), qint64{-1});
        view.setPoints(Array({0, 2}));
        view.grabImage();
        view.setPoints(Array({1, 3}, {1, 2, 3}));
        QVERIFY(!view.grabImage().isNull());
        QCOMPARE(view.pick(view.rowToScreen(0)), qint64{0});
        QCOMPARE(view.dimensions(), 3);
        view.setPoints(Array());
        QCOMPARE(view.pointCount(), 0);
        view.grabImage();
    }
};

QTEST_MAIN(TestMapDrawing)
#include "test_map_drawing.moc"
