// Very many points made ready away from the window's thread: what is shown in the end is what is shown at
// once, the picture before stays until then, and the last of what was asked wins. And: one framing for two
// maps.

#include "tests/widgets/map_fixture.h"

#include <QSignalSpy>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

using namespace galatea;

namespace {

std::atomic<bool> scarce{false}; ///< other threads than the first get no large pieces of memory
const std::thread::id first = std::this_thread::get_id();

} // namespace

void* operator new(std::size_t bytes) {
    constexpr std::size_t large = 1U << 20;
    if (bytes > large && scarce && std::this_thread::get_id() != first)
        throw std::bad_alloc();
    if (void* memory = std::malloc(bytes > 0 ? bytes : 1))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

constexpr int64_t many = 300'000; // more than are done at once

std::vector<double> heights(int64_t count) {
    std::vector<double> values;
    for (int64_t row = 0; row < count; ++row)
        values.push_back(row % 97 == 0 ? std::nan("") : std::sin(0.001 * double(row)));
    return values;
}

bool ready(const MapView& view) {
    return QTest::qWaitFor([&] { return !view.preparing(); }, 60000);
}

} // namespace

class TestMapDeferring : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theSameIsShownInTheEnd() {
        for (const int dimensions : {2, 3}) {
            MapView once, later;
            later.setDeferring(true);
            std::vector<qint64> chosen;
            for (qint64 row = 5; row < many; row += 3)
                chosen.push_back(row);
            std::vector<bool> filter(many, true);
            for (size_t row = 0; row < many; row += 7)
                filter[row] = false;
            for (MapView* view : {&once, &later}) {
                show(*view);
                view->setPoints(clusters(many, dimensions));
                view->setValues(heights(many), "height");
                view->setClasses(classOfRows(many), classNames());
                view->setClassVisible(2, false);
                view->setRowFilter(filter);
                view->setSelection({chosen.rbegin(), chosen.rend()});
                QCOMPARE(view->pointCount(), qint64(many));
                QCOMPARE(view->dimensions(), dimensions);
                QVERIFY(!view->isClassVisible(2));
            }
            QVERIFY(!once.preparing() && later.preparing());
            QVERIFY(ready(later));
            QCOMPARE(later.selection(), once.selection());
            QCOMPARE(later.colouring(), once.colouring());
            for (qint64 row = 0; row < many; row += 501)
                QCOMPARE(later.isRowVisible(row), once.isRowVisible(row));
            QCOMPARE(later.rowsInside(toPolygon(figureOfEight())),
                     once.rowsInside(toPolygon(figureOfEight())));
            once.setDisplayPanelVisible(false);
            later.setDisplayPanelVisible(false); // it tells the time of a frame
            QCOMPARE(later.grabImage(), once.grabImage());
            for (MapView* view : {&once, &later})
                view->setColouring(MapColouring::Values);
            QVERIFY(ready(later));
            QCOMPARE(later.grabImage(), once.grabImage());
        }
    }

    void thePictureBeforeStays() {
        MapView view;
        fill(view, 2000, 2);
        show(view);
        view.setDisplayPanelVisible(false);
        const QImage before = view.grabImage();
        view.setDeferring(true);
        QSignalSpy arrived(&view, &MapView::pointsShown), preparing(&view, &MapView::preparingChanged);
        view.setPoints(clusters(many, 3));
        QVERIFY(view.preparing() && view.isShowingPoints());
        QCOMPARE(view.grabImage(), before); // still the flat map, its own legend
        QVERIFY(view.pick(view.rowToScreen(7)) >= 0);
        QVERIFY(arrived.isEmpty());
        QVERIFY(ready(view));
        QCOMPARE(arrived.size(), 1);
        QCOMPARE(preparing.size(), 2);
        QVERIFY(view.grabImage() != before);
    }

    void theLastOneWins() {
        MapView view;
        show(view);
        view.setDeferring(true);
        QSignalSpy arrived(&view, &MapView::pointsShown);
        view.setPoints(clusters(2 * many, 2));
        QTest::qWait(5); // the first is being laid out
        view.setPoints(clusters(many, 2));
        view.setClasses(classOfRows(many), classNames());
        QTest::qWait(1);
        view.setPoints(clusters(3000, 3));
        view.setClasses(classOfRows(3000), classNames());
        QVERIFY(ready(view));
        QCOMPARE(view.pointCount(), qint64(3000));
        QCOMPARE(view.rowsInside(QPolygonF(QRectF(-1e5, -1e5, 2e5, 2e5))).size(), size_t(3000));
        QCOMPARE(arrived.size(), 1); // nobody saw the others
    }

    void aMapThatMovesKeepsWhatIsKnownByRow() {
        MapView view;
        view.setDeferring(true);
        fill(view, many, 2);
        show(view);
        view.setSelection({3, 4, many - 1});
        view.setClassVisible(1, false);
        QVERIFY(ready(view));
        Array moved = clusters(many, 2).copy();
        for (float& value : moved.values())
            value = -value;
        view.setPoints(moved);
        QVERIFY(ready(view));
        QVERIFY(!view.isRowVisible(many / classes + 5) && view.isRowVisible(3));
        QCOMPARE(view.selection(), (std::vector<qint64>{3, 4, many - 1}));
        const auto place = view.screenToMap(view.rowToScreen(3));
        QVERIFY(std::abs(place[0] - moved.at(3, 0)) < 1e-3);
    }

    void coloursGivenMeanwhileStay() {
        MapView once, later;
        for (MapView* view : {&once, &later}) {
            show(*view);
            view->setDisplayPanelVisible(false); // it tells the time of a frame
            view->setPoints(clusters(many, 2));
            view->setValues(heights(many), "height"); // in colours that depend on the ground
            view->setDataLayer(clusters(50, 2), "second", Qt::red);
            view->grabImage();
        }
        std::vector<bool> filter(many, true);
        for (size_t row = 0; row < many; row += 2)
            filter[row] = false;
        once.setRowFilter(filter);
        once.setTheme(MapTheme::Light);
        once.setDataLayerLook("second", Qt::blue, 1, true);
        later.setDeferring(true);
        later.setRowFilter(filter);
        QCoreApplication::sendPostedEvents(); // it has begun, from what is shown now
        QVERIFY(later.preparing());
        later.setTheme(MapTheme::Light);
        later.setDataLayerLook("second", Qt::blue, 1, true);
        later.grabImage();
        QVERIFY(ready(later));
        QCOMPARE(later.grabImage(), once.grabImage());
    }

    void whatIsDroppedIsNoLongerPrepared() {
        MapView view;
        view.setDeferring(true);
        QSignalSpy preparing(&view, &MapView::preparingChanged);
        view.setPoints(clusters(many, 2));
        QVERIFY(view.preparing());
        view.setPoints(clusters(300, 2)); // few, at once, in its place
        QVERIFY(!view.preparing());
        QCOMPARE(preparing.size(), 2);
        QCOMPARE(preparing.last().at(0).toBool(), false);
    }

    void aViewIsToldOfOneMapOnly() {
        MapView view;
        fill(view, 2000, 2);
        const QJsonObject flat = view.viewState();
        view.setDeferring(true);
        view.setPoints(clusters(many, 3));
        QCOMPARE(view.dimensions(), 3);
        QCOMPARE(view.viewState()["dimensions"].toInt(), 2); // its camera is that of the flat map
        MapView space;
        fill(space, 2000, 3);
        show(space);
        drag(space, {{400, 300}, {460, 330}, {520, 340}});
        const QJsonObject wanted = space.viewState();
        view.setViewState(wanted);
        QCOMPARE(view.viewState(), wanted); // what it will be is what is kept
        QVERIFY(ready(view));
        QCOMPARE(view.viewState()["axes"], wanted["axes"]);
        QVERIFY(flat["dimensions"] != wanted["dimensions"]);
    }

    void memoryRunsOut() {
        MapView view;
        view.setDeferring(true);
        view.setPoints(clusters(many, 2));
        QVERIFY(ready(view));
        QSignalSpy failed(&view, &MapView::preparingFailed);
        scarce = true;
        view.setPoints(clusters(many, 3)); // the same rows elsewhere
        QVERIFY(ready(view));
        QCOMPARE(failed.size(), 1);
        QCOMPARE(view.dimensions(), 2);
        QCOMPARE(view.pointCount(), qint64(many));
        QVERIFY(view.isRowVisible(many - 1));
        view.setPoints(clusters(2 * many, 2));
        view.setClasses(classOfRows(2 * many), classNames());
        QCoreApplication::sendPostedEvents();
        view.setSelection({2 * many - 1}); // waits for what does not come
        QVERIFY(ready(view));
        scarce = false;
        QCOMPARE(failed.size(), 2);
        QCOMPARE(view.pointCount(), qint64(0)); // the rows before are no longer those spoken of
        QVERIFY(view.selection().empty());
        QVERIFY_EXCEPTION_THROWN(view.setClasses(classOfRows(2 * many), classNames()), std::invalid_argument);
        fill(view, many, 2);
        QVERIFY(ready(view));
        QVERIFY(view.isRowVisible(many - 1));
    }

    void aViewDiesInTheMiddle() {
        auto view = std::make_unique<MapView>();
        view->setDeferring(true);
        view->setPoints(clusters(2 * many, 3));
        QTest::qWait(3);
        QVERIFY(view->preparing());
        view.reset(); // waits for nobody but its own thread
        QTest::qWait(20);
    }

    void aFramingIsThatOfAnotherMap() {
        MapView one, other;
        fill(one, 2000, 2);
        Array wide = clusters(2000, 2).copy();
        for (float& value : wide.values())
            value = 40 * value + 1000;
        other.setPoints(wide);
        for (MapView* view : {&one, &other}) {
            view->setLegendVisible(false);
            show(*view);
        }
        QVERIFY(one.framing().whole);
        QSignalSpy told(&other, &MapView::viewChanged);
        other.setPoints(wide); // nobody moved anything
        other.setViewState(other.viewState());
        turnWheel(one, {300, 250}, 6);
        drag(one, {{400, 300}, {460, 330}, {520, 340}});
        other.setFraming(one.framing());
        QVERIFY(told.isEmpty() && !other.framing().whole);
        QVERIFY(std::abs(other.framing().zoom - one.framing().zoom) < 1e-9);
        // A place of the first map and its image under the same stretching lie at the same pixel.
        const QPointF here = one.mapToScreen({1, 2, 0}), there = other.mapToScreen({1040, 1080, 0});
        QVERIFY2(QLineF(here, there).length() < 0.5,
                 qPrintable(QString::number(QLineF(here, there).length())));
        QVERIFY(QLineF(one.mapToScreen({0, 0, 0}), {450, 325}).length() > 100); // it had moved a good deal
        MapView space;
        fill(space, 500, 3);
        show(space);
        const MapFraming before = space.framing();
        space.setFraming(one.framing()); // a plane's is nothing for space
        QCOMPARE(space.framing().axes, before.axes);
        MapView second;
        second.setPoints(clusters(800, 3));
        show(second);
        drag(space, {{400, 300}, {460, 330}, {520, 340}}); // turns
        QVERIFY(space.framing().axes != before.axes);
        second.setFraming(space.framing());
        QCOMPARE(second.framing().axes, space.framing().axes);
    }
};

QTEST_MAIN(TestMapDeferring)
#include "test_map_deferring.moc"
