// The map in a real window: what mouse and keys do.
#include "tests/widgets/map_fixture.h"
#include "widgets/map/map_view.h"

#include <QCursor>
#include <QSignalSpy>

using namespace galatea;

class TestMap : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theLegendFolds() {
        MapView view;
        fill(view, 500, 2);
        show(view);
        QVERIFY(view.legendRowRect(2).isValid());
        const auto clickHead = [&] {
            QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("legend.head").center().toPoint());
            view.grabImage();
            QCoreApplication::processEvents();
            view.grabImage();
        };
        clickHead();
        QVERIFY(!view.legendRowRect(2).isValid() && view.legendRect().height() < 40);
        QVERIFY(view.isClassVisible(0) && view.isClassVisible(2)); // a fold hides no class
        clickHead();
        QVERIFY(view.legendRowRect(2).isValid());
        MapView small; // it would hide much of this one
        fill(small, 500, 2);
        show(small, {380, 300});
        QVERIFY(!small.legendRowRect(2).isValid() && small.legendRect().isValid());
        QVERIFY(!small.legendRect().intersects(small.displayPanelRect()));
        const QPoint head = small.overlayRect("legend.head").center().toPoint();
        QTest::mouseClick(&small, Qt::LeftButton, {}, head);
        small.grabImage();
        QCoreApplication::processEvents();
        small.grabImage();
        QVERIFY(small.legendRowRect(0).isValid());
    }

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
        QVERIFY_EXCEPTION_THROWN(view.setRowFilter({true}), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.setPath(Array({3, 1})), std::invalid_argument);
        QCOMPARE(view.pointCount(), 10);
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
};

QTEST_MAIN(TestMap)
#include "test_map.moc"
