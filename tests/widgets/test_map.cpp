// The map in a real window: what is drawn, and what mouse and keys do.
#include "widgets/map/map_view.h"
#include "widgets/map/palette.h"
#include "widgets/map/textures.h"

#include <QApplication>
#include <QCursor>
#include <QMouseEvent>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPolygonF>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace galatea;

namespace {

constexpr int classes = 5;

/// Clusters in file order: row r belongs to class r·classes/count.
Array clusters(int64_t count, int dimensions) {
    std::mt19937 engine(12);
    std::normal_distribution<float> normal;
    Array points({count, dimensions});
    for (int64_t row = 0; row < count; ++row) {
        const auto k = static_cast<double>(row * classes / count);
        const double centre[3]{5 * std::cos(1.256 * k), 4 * std::sin(1.256 * k), 2 * std::cos(2.5 * k)};
        for (int axis = 0; axis < dimensions; ++axis)
            points.at(row, axis) = static_cast<float>(centre[axis]) + 0.8F * normal(engine);
    }
    return points;
}

std::vector<int> classOfRows(int64_t count) {
    std::vector<int> out;
    for (int64_t row = 0; row < count; ++row)
        out.push_back(static_cast<int>(row * classes / count));
    return out;
}

std::vector<MapClass> classNames() {
    return {{"Elliptical", {}}, {"Spiral", {}}, {"Lenticular", {}}, {"Irregular", {}}, {"Merger", {}}};
}

void show(MapView& view, const QSize& size = {900, 650}) {
    view.resize(size);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    view.grabImage();
    QCoreApplication::processEvents();
}

void fill(MapView& view, int64_t count, int dimensions) {
    view.setPoints(clusters(count, dimensions));
    view.setClasses(classOfRows(count), classNames());
}

/// By looking at every row through the public projection.
qint64 nearestPlainly(const MapView& view, const QPointF& at, double radius) {
    qint64 found = -1;
    double best = radius * radius;
    for (qint64 row = 0; row < view.pointCount(); ++row) {
        if (!view.isRowVisible(row))
            continue;
        const QPointF d = view.rowToScreen(row) - at;
        if (const double square = QPointF::dotProduct(d, d); square < best) {
            best = square;
            found = row;
        }
    }
    return found;
}

std::vector<qint64> insidePlainly(const MapView& view, const QPolygonF& polygon) {
    std::vector<qint64> rows;
    for (qint64 row = 0; row < view.pointCount(); ++row)
        if (view.isRowVisible(row) && polygon.containsPoint(view.rowToScreen(row), Qt::OddEvenFill))
            rows.push_back(row);
    return rows;
}

/// QTest::mouseMove moves the display's pointer, and the event comes when the X server pleases.
void moveMouse(MapView& view, const QPoint& at, Qt::MouseButtons buttons = {}) {
    QMouseEvent event(QEvent::MouseMove, at, view.mapToGlobal(QPointF(at)), Qt::NoButton, buttons, {});
    QApplication::sendEvent(&view, &event);
}

void drag(MapView& view, const QList<QPoint>& way, Qt::KeyboardModifiers modifiers = {},
          Qt::MouseButton button = Qt::LeftButton) {
    QTest::mousePress(&view, button, modifiers, way.first());
    for (const QPoint& at : way)
        moveMouse(view, at);
    QTest::mouseRelease(&view, button, modifiers, way.last());
}

void turnWheel(MapView& view, const QPointF& at, int notches) {
    QWheelEvent event(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &event);
}

int difference(const QColor& a, const QColor& b) {
    return std::max(
        {std::abs(a.red() - b.red()), std::abs(a.green() - b.green()), std::abs(a.blue() - b.blue())});
}

QPolygonF toPolygon(const QList<QPoint>& way) {
    QPolygonF polygon;
    for (const QPoint& at : way)
        polygon << at;
    return polygon;
}

/// A closed way that crosses itself, inside the part of the view free of panels.
QList<QPoint> figureOfEight() {
    QList<QPoint> way;
    for (int i = 0; i < 80; ++i) {
        const double t = 2 * M_PI * i / 80;
        way << QPoint(qRound(400 + 260 * std::sin(t)), qRound(340 + 200 * std::sin(2 * t)));
    }
    return way;
}

} // namespace

class TestMap : public QObject {
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

    void wrongCallsAreRefused() {
        MapView view;
        QVERIFY_EXCEPTION_THROWN(view.setPoints(Array({3, 5})), std::invalid_argument);
        view.setPoints(clusters(10, 2));
        QVERIFY_EXCEPTION_THROWN(view.setClasses({1, 2}, classNames()), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setValues({1, 2}, "z"), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setColours({qRgb(1, 2, 3)}), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setColourIndices(std::vector<quint8>(10, 3), {Qt::red}),
                                 std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setValueRange(2, 1), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setPath(Array({3, 1})), std::invalid_argument);
        QCOMPARE(view.pointCount(), 10);
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
        const std::vector<QRgb> colours(8, qRgb(255, 0, 255));
        view.setColours(colours);
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

    void hoverFindsTheNearestRow_data() { dimensions_data(); }
    void hoverFindsTheNearestRow() {
        QFETCH(int, dimensions);
        MapView view;
        fill(view, 600, dimensions);
        show(view);
        QSignalSpy hovered(&view, &MapView::hovered);
        int found = 0;
        for (qint64 row = 3; row < 600; row += 37) {
            const QPoint at = view.rowToScreen(row).toPoint();
            if (!QRect(30, 70, 600, 500).contains(at))
                continue;
            moveMouse(view, at);
            QCOMPARE(view.hoveredRow(), nearestPlainly(view, at, 8));
            QVERIFY(view.hoveredRow() >= 0);
            QCOMPARE(hovered.last().at(0).toLongLong(), view.hoveredRow());
            ++found;
        }
        QVERIFY(found > 5);
        moveMouse(view, {40, 600}); // empty ground
        QCOMPARE(view.hoveredRow(), qint64{-1});
        QCOMPARE(hovered.last().at(0).toLongLong(), qint64{-1});
    }

    void placesUnderTheMouseAreTold() {
        MapView view;
        fill(view, 200, 2);
        show(view);
        QSignalSpy places(&view, &MapView::placeHovered);
        for (int x = 100; x < 400; x += 2)
            moveMouse(view, {x, 200});
        QTRY_VERIFY(!places.isEmpty() && QLineF(view.mapToScreen({places.last().at(0).toPointF().x(),
                                                                  places.last().at(0).toPointF().y(), 0}),
                                                QPointF(398, 200))
                                                 .length() < 1e-6);
        QVERIFY(places.size() < 100); // not every one of 150 moves
    }

    void clickTellsRowAndKeys() {
        MapView view;
        fill(view, 300, 2);
        show(view);
        QSignalSpy clicked(&view, &MapView::clicked), doubled(&view, &MapView::doubleClicked);
        const QPoint at = view.rowToScreen(150).toPoint();
        const qint64 row = nearestPlainly(view, at, 8);
        QTest::mouseClick(&view, Qt::LeftButton, Qt::ControlModifier, at);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked.last().at(0).toLongLong(), row);
        QCOMPARE(clicked.last().at(1).value<Qt::KeyboardModifiers>(),
                 Qt::KeyboardModifiers(Qt::ControlModifier));
        QTest::mouseClick(&view, Qt::LeftButton, {}, {40, 600});
        QCOMPARE(clicked.last().at(0).toLongLong(), qint64{-1});
        QTest::mouseClick(&view, Qt::LeftButton, {}, at);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, at);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, at);
        QCOMPARE(doubled.size(), 1);
        QCOMPARE(doubled.last().at(0).toLongLong(), row);
        QCOMPARE(clicked.size(), 3); // the first press of the two, and not the second
    }

    void rectangleSelectsWhatLiesInside_data() { dimensions_data(); }
    void rectangleSelectsWhatLiesInside() {
        QFETCH(int, dimensions);
        MapView view;
        fill(view, 3000, dimensions);
        show(view);
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_R);
        QCOMPARE(view.tool(), MapTool::Rectangle);
        QSignalSpy asked(&view, &MapView::selectionRequested);
        drag(view,
             {{520, 480}, {400, 300}, {210, 150}}); // from the lower right: the rectangle is turned around
        QCOMPARE(asked.size(), 1);
        const auto rows = asked.last().at(0).value<std::vector<qint64>>();
        QVERIFY(rows.size() > 100);
        QCOMPARE(rows, insidePlainly(view, QPolygonF(QRectF(QPointF(210, 150), QPointF(520, 480)))));
        QCOMPARE(asked.last().at(1).value<MapSelectionMode>(), MapSelectionMode::Replace);
        QVERIFY(view.selection().empty()); // asked for, not done: the document decides
    }

    void lassoSelectsWhatLiesInside_data() { dimensions_data(); }
    void lassoSelectsWhatLiesInside() {
        QFETCH(int, dimensions);
        MapView view;
        fill(view, 4000, dimensions);
        show(view);
        if (dimensions == 3)
            drag(view, {{300, 300}, {360, 280}, {420, 250}}); // from another side
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_L);
        QSignalSpy asked(&view, &MapView::selectionRequested);
        const QList<QPoint> way = figureOfEight();
        drag(view, way);
        QCOMPARE(asked.size(), 1);
        auto rows = asked.last().at(0).value<std::vector<qint64>>();
        QVERIFY(rows.size() > 300 && rows.size() < 3500);
        QCOMPARE(rows, insidePlainly(view, toPolygon(way)));

        view.setClassVisible(1, false);
        drag(view, way, Qt::ShiftModifier);
        QCOMPARE(asked.last().at(1).value<MapSelectionMode>(), MapSelectionMode::Add);
        const auto fewer = asked.last().at(0).value<std::vector<qint64>>();
        std::erase_if(rows, [](qint64 row) { return row * classes / 4000 == 1; });
        QCOMPARE(fewer, rows);
        drag(view, way, Qt::ControlModifier);
        QCOMPARE(asked.last().at(1).value<MapSelectionMode>(), MapSelectionMode::Subtract);
    }

    void escapeCancelsThenClearsThenPutsTheToolAway() {
        MapView view;
        fill(view, 400, 2);
        show(view);
        view.setTool(MapTool::Lasso);
        view.setSelection({5, 3, 3, 9999, -2});
        QCOMPARE(view.selection(), (std::vector<qint64>{3, 5}));
        QSignalSpy asked(&view, &MapView::selectionRequested);
        QTest::mousePress(&view, Qt::LeftButton, {}, {300, 300});
        moveMouse(view, {340, 300});
        moveMouse(view, {340, 350});
        QTest::keyClick(&view, Qt::Key_Escape);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, {340, 350});
        QCOMPARE(asked.size(), 0);
        QTest::keyClick(&view, Qt::Key_Escape);
        QCOMPARE(asked.size(), 1);
        QVERIFY(asked.last().at(0).value<std::vector<qint64>>().empty());
        view.setSelection({});
        QTest::keyClick(&view, Qt::Key_Escape);
        QCOMPARE(view.tool(), MapTool::Navigate);
    }

    void dragPansAndWheelZoomsToTheCursor() {
        MapView view;
        fill(view, 300, 2);
        show(view);
        QSignalSpy changed(&view, &MapView::viewChanged);
        const QPointF before = view.rowToScreen(42);
        drag(view, {{300, 300}, {330, 310}, {387, 341}});
        QVERIFY(QLineF(view.rowToScreen(42) - before, QPointF(87, 41)).length() < 1e-6);
        const QPointF cursor(333, 222);
        const auto place = view.screenToMap(cursor);
        const double apart = QLineF(view.rowToScreen(1), view.rowToScreen(250)).length();
        turnWheel(view, cursor, 4);
        QVERIFY(QLineF(view.mapToScreen(place), cursor).length() < 1e-6);
        QVERIFY(QLineF(view.rowToScreen(1), view.rowToScreen(250)).length() > 1.9 * apart);
        turnWheel(view, cursor, -9);
        QVERIFY(QLineF(view.mapToScreen(place), cursor).length() < 1e-6);
        QVERIFY(changed.size() >= 4);
        view.fitToData();
        QVERIFY(QLineF(view.rowToScreen(42), before).length() < 1e-6);
    }

    void inSpaceDragTurnsAndWheelKeepsTheHoveredPoint() {
        MapView view;
        fill(view, 300, 3);
        show(view);
        const QPointF a = view.rowToScreen(10), b = view.rowToScreen(200);
        drag(view, {{300, 300}, {340, 300}, {380, 300}});
        QVERIFY(QLineF(view.rowToScreen(10) - a, view.rowToScreen(200) - b).length() > 5); // no mere shift
        const QPoint at = view.rowToScreen(77).toPoint();
        const qint64 row = nearestPlainly(view, at, 8);
        const QPointF exactly = view.rowToScreen(row);
        turnWheel(view, at, 3);
        QVERIFY(QLineF(view.rowToScreen(row), exactly).length() < 1e-6);
        const QPointF shifted = view.rowToScreen(row);
        drag(view, {{300, 300}, {320, 300}, {340, 300}}, {}, Qt::MiddleButton);
        QVERIFY(view.rowToScreen(row).x() > shifted.x() + 10);
        QVERIFY(std::abs(view.rowToScreen(row).y() - shifted.y()) < 1e-6);
    }

    void legendShowsHidesAndIsolates() {
        MapView view;
        fill(view, 500, 2);
        show(view);
        QSignalSpy changed(&view, &MapView::classVisibilityChanged), clicked(&view, &MapView::clicked);
        QVERIFY(!view.legendRect().isEmpty());
        const QPoint row = view.legendRowRect(2).center().toPoint();
        const QPoint inClass = view.rowToScreen(250).toPoint();
        QVERIFY(view.pick(inClass) >= 0);
        QTest::mouseClick(&view, Qt::LeftButton, {}, row);
        QTRY_VERIFY(!view.isClassVisible(2));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(view.pick(inClass), nearestPlainly(view, inClass, 10));
        QVERIFY(!view.isRowVisible(250));
        QTest::mouseClick(&view, Qt::LeftButton, {}, row);
        QTRY_VERIFY(view.isClassVisible(2));
        QTest::mouseClick(&view, Qt::LeftButton, Qt::AltModifier, row);
        QTRY_VERIFY(!view.isClassVisible(0));
        QVERIFY(view.isClassVisible(2) && !view.isClassVisible(4));
        view.grabImage();
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("legend.all").center().toPoint());
        QTRY_VERIFY(view.isClassVisible(0) && view.isClassVisible(4));
        QTest::mouseClick(&view, Qt::LeftButton, {}, row);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, row);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, row);
        QTRY_VERIFY(!view.isClassVisible(1) && view.isClassVisible(2));
        QTest::mouseClick(&view, Qt::LeftButton, {}, row);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, row);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, row);
        QTRY_VERIFY(view.isClassVisible(1) && view.isClassVisible(2));
        QCOMPARE(clicked.size(), 0); // the legend kept all of it to itself
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

    void rowsThatAreNoPlaceAreLeftOut() {
        MapView view;
        Array points = clusters(50, 2);
        points.at(7, 0) = std::numeric_limits<float>::quiet_NaN();
        points.at(8, 1) = std::numeric_limits<float>::infinity();
        view.setPoints(points);
        show(view);
        QVERIFY(!view.isRowVisible(7) && !view.isRowVisible(8) && view.isRowVisible(9));
        const std::vector<qint64> rows = view.rowsInside(QPolygonF(QRectF(-1e4, -1e4, 2e4, 2e4)));
        QCOMPARE(rows.size(), size_t{48});
        QVERIFY(!view.grabImage().isNull());
    }

    void displayPanelSetsSizeAndTool() {
        MapView view;
        fill(view, 300, 2);
        show(view);
        QSignalSpy changed(&view, &MapView::displayChanged), tools(&view, &MapView::toolChanged);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("tool.lasso").center().toPoint());
        QTRY_COMPARE(view.tool(), MapTool::Lasso);
        QCOMPARE(tools.size(), 1);
        const double folded = view.displayPanelRect().height();
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("panel.settings").center().toPoint());
        QTRY_VERIFY(view.displayPanelRect().height() > folded + 50);
        const QRectF size = view.overlayRect("panel.size"), opacity = view.overlayRect("panel.opacity");
        drag(view, {QPointF(size.left() + 12, size.center().y()).toPoint(),
                    QPointF(size.right() - 5, size.center().y()).toPoint()});
        QTRY_VERIFY(view.pointSize() > 25);
        drag(view, {opacity.center().toPoint(), QPointF(opacity.left() + 1, opacity.center().y()).toPoint()});
        QTRY_VERIFY(view.opacity() < 0.05);
        QVERIFY(changed.size() >= 2);
    }

    void hoverCardShowsWhatItIsGiven() {
        MapView view;
        fill(view, 300, 2);
        show(view);
        const QPoint at = view.rowToScreen(30).toPoint();
        moveMouse(view, at);
        const qint64 row = view.hoveredRow();
        QVERIFY(row >= 0);
        QVERIFY(view.hoverCardRect().isEmpty());
        MapHoverCard card;
        card.title = "NGC 4565";
        card.lines = QStringList{"Redshift\t0.0041", "a plain line"};
        card.decodePending = true;
        card.thumbnail = QImage(32, 32, QImage::Format_RGB32);
        card.thumbnail.fill(QColor(10, 200, 30));
        view.setHoverCard(row == 1 ? 2 : 1, card); // an answer that came too late
        view.grabImage();
        QVERIFY(view.hoverCardRect().isEmpty());
        view.setHoverCard(row, card);
        QImage image = view.grabImage();
        QVERIFY(!view.hoverCardRect().isEmpty());
        QVERIFY(view.rect().contains(view.hoverCardRect().toAlignedRect()));
        QVERIFY(difference(image.pixelColor(view.overlayRect("card.thumbnail").center().toPoint()),
                           card.thumbnail.pixelColor(0, 0)) <= 2);
        QImage decoded(16, 48, QImage::Format_RGB32);
        decoded.fill(QColor(200, 20, 150));
        view.setHoverDecoded(row + 1, QImage());
        view.setHoverDecoded(row, decoded, "2.1 sigma off the data");
        image = view.grabImage();
        const QPoint middle = view.overlayRect("card.decoded").center().toPoint();
        QVERIFY(difference(image.pixelColor(middle), QColor(200, 20, 150)) <= 2);
        // A narrow picture keeps its shape: beside it, the card's own ground.
        QVERIFY(difference(image.pixelColor(middle + QPoint(40, 0)), QColor(200, 20, 150)) > 100);
        moveMouse(view, {40, 600});
        view.grabImage();
        QVERIFY(view.hoverCardRect().isEmpty());
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
        QSignalSpy frames(&view, &QOpenGLWidget::frameSwapped);
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

QTEST_MAIN(TestMap)
#include "test_map.moc"
