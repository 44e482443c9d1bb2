#include "app/desktop/map_benchmark.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <numbers>
#include <numeric>
#include <thread>

#include <malloc.h>
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QMouseEvent>
#include <QTimer>
#include <QWheelEvent>
#include <QWindow>

#include "app/desktop/bench_parts.h"
#include "app/desktop/heartbeat.h"
#include "app/desktop/naive_drawing.h"
#include "core/parallel.h"
#include "widgets/map/map_view.h"

namespace galatea {

namespace {

constexpr int width = 1100, height = 750, classes = 12;
constexpr int64_t mostForNaive = 20'000'000; // beyond, a frame takes many seconds
constexpr int64_t leastForStalls = 500'000;

int64_t residentBytes() {
    malloc_trim(0); // what was handed back is not held
    int64_t all = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

/// A number that looks random, from its place.
uint64_t scrambled(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// About normal: the sum of four even ones.
float normal(uint64_t bits) {
    float sum = -2;
    for (int k = 0; k < 4; ++k)
        sum += static_cast<float>((bits >> (16 * k)) & 0xFFFFU) / 65536.0F;
    return sum * 1.7320508F;
}

/// Clusters of several sizes with wide skirts; row r belongs to cluster r mod 12.
Array madePoints(int64_t count, int dimensions) {
    Array points({count, dimensions});
    constexpr int64_t piece = 1 << 16;
    parallelFor((count + piece - 1) / piece, 0, [&](int64_t k) {
        for (int64_t row = k * piece; row < std::min(count, (k + 1) * piece); ++row) {
            const auto cluster = static_cast<double>(row % classes);
            const double angle = 2 * std::numbers::pi * cluster / classes;
            const double centre[3]{5 * std::cos(angle), 4 * std::sin(angle), 3 * std::cos(2.4 * cluster)};
            const float size = (row % 7 == 0 ? 2.0F : 0.5F) * (1 + 0.1F * static_cast<float>(cluster));
            for (int axis = 0; axis < dimensions; ++axis)
                points.at(row, axis) =
                    static_cast<float>(centre[axis]) +
                    size *
                        normal(scrambled(static_cast<uint64_t>(row) * 3 + static_cast<uint64_t>(axis) + 1));
        }
    });
    return points;
}

void send(MapView& view, QEvent::Type type, const QPointF& at, Qt::MouseButton button) {
    const bool move = type == QEvent::MouseMove;
    QMouseEvent event(type, at, view.mapToGlobal(at), move ? Qt::NoButton : button,
                      type == QEvent::MouseButtonRelease ? Qt::NoButton : button, Qt::NoModifier);
    QApplication::sendEvent(&view, &event);
}

void wheel(MapView& view, const QPointF& at, int notches) {
    QWheelEvent event(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &event);
}

/// From a movement of the hand until the window is painted.
class Frames {
  public:
    explicit Frames(MapView& view) : view_(view) {}
    template <class Move>
    void measure(const Move& move) {
        QElapsedTimer clock;
        clock.start();
        move();
        view_.repaint();
        QCoreApplication::sendPostedEvents(); // what the frame left to be done belongs to it
        times_.push_back(milliseconds(clock));
        shown_.push_back(view_.detail());
    }
    Json report() const {
        return {{"milliseconds", spread(times_)}, {"share_drawn", spread(shown_)["median"]}};
    }

  private:
    MapView& view_;
    std::vector<double> times_, shown_;
};

Json dragging(MapView& view, Qt::MouseButton button, int frames) {
    Frames measured(view);
    QPointF at(450, 350);
    send(view, QEvent::MouseButtonPress, at, button);
    send(view, QEvent::MouseMove, at + QPointF(8, 0), button);
    for (int i = 0; i < frames; ++i) {
        at += (i / 15) % 2 == 0 ? QPointF(6, 3) : QPointF(-6, -3);
        measured.measure([&] { send(view, QEvent::MouseMove, at, button); });
    }
    send(view, QEvent::MouseButtonRelease, at, button);
    return measured.report();
}

Json zooming(MapView& view, int frames) {
    Frames measured(view);
    for (int i = 0; i < frames; ++i)
        measured.measure([&] { wheel(view, {520, 380}, (i / 10) % 2 == 0 ? 1 : -1); });
    return measured.report();
}

Json movements(MapView& view, int frames) {
    Json report;
    if (view.dimensions() == 3)
        report["orbit"] = dragging(view, Qt::LeftButton, frames);
    report["pan"] = dragging(view, view.dimensions() == 3 ? Qt::MiddleButton : Qt::LeftButton, frames);
    report["zoom"] = zooming(view, frames);
    view.fitToData();
    return report;
}

/// From the last movement to every point shown, and how long the window was deaf meanwhile.
Json filling(MapView& view) {
    waitFor([&] { return view.detail() >= 1; }, 120'000);
    send(view, QEvent::MouseButtonPress, {400, 300}, Qt::MiddleButton);
    send(view, QEvent::MouseMove, {410, 300}, Qt::MiddleButton);
    send(view, QEvent::MouseButtonRelease, {420, 310}, Qt::MiddleButton);
    Heartbeat heartbeat;
    heartbeat.start();
    QElapsedTimer clock;
    clock.start();
    const bool whole = waitFor([&] { return view.detail() >= 1; }, 120'000);
    return {{"milliseconds", whole ? milliseconds(clock) : -1},
            {"longest_stall_milliseconds", heartbeat.longestStall()}};
}

Json picking(MapView& view) {
    std::vector<double> picks, lassos, selections;
    for (int i = 0; i < 60; ++i) {
        const QPointF at(120.0 + 13 * i, 375 + 200 * std::sin(i));
        QElapsedTimer clock;
        clock.start();
        view.pick(at, 10);
        picks.push_back(milliseconds(clock));
    }
    size_t rows = 0;
    for (int k = 0; k < 5; ++k) {
        QPolygonF outline;
        for (int i = 0; i < 120; ++i) {
            const double t = 2 * std::numbers::pi * i / 120;
            outline << QPointF(500 + (300 + 10 * k) * std::sin(t),
                               375 + 250 * std::cos(t + 0.2 * std::sin(5 * t)));
        }
        QElapsedTimer clock;
        clock.start();
        const std::vector<qint64> inside = view.rowsInside(outline);
        lassos.push_back(milliseconds(clock));
        rows = inside.size();
        clock.start();
        view.setSelection(inside);
        selections.push_back(milliseconds(clock));
    }
    view.setSelection({});
    return {{"pick_milliseconds", spread(picks)},
            {"lasso_milliseconds", spread(lassos)},
            {"lasso_rows", rows},
            {"select_milliseconds", spread(selections)}};
}

Json naive(const Array& points, int frames) {
    if (points.dim(0) > mostForNaive)
        return nullptr;
    NaiveDrawing drawing(points, width, height);
    if (!drawing.works())
        return nullptr;
    std::vector<double> times;
    const int count = std::clamp<int>(static_cast<int>(20'000'000 / points.dim(0)), 4, frames);
    drawing.frame(0);
    for (int i = 0; i < count; ++i)
        times.push_back(drawing.frame(2.0 * i));
    return spread(times);
}

std::vector<MapClass> classNames() {
    std::vector<MapClass> names(classes);
    for (size_t k = 0; k < names.size(); ++k)
        names[k].name = QString("class %1").arg(k + 1);
    return names;
}

std::vector<int> classOfRows(int64_t count) {
    std::vector<int> classOf(static_cast<size_t>(count));
    for (size_t row = 0; row < classOf.size(); ++row)
        classOf[row] = static_cast<int>(row % classes);
    return classOf;
}

/// How long the window was deaf at most, until what `act` asked for is shown whole.
template <class Act>
double stallOf(MapView& view, const Act& act) {
    Heartbeat heartbeat;
    heartbeat.start();
    act();
    waitFor([&] { return !view.preparing() && view.detail() >= 1; }, 120'000);
    return heartbeat.longestStall();
}

/// What concerns every point, done at once or away from the window's thread.
Json stalls(const Array& points, bool deferring) {
    const int64_t count = points.dim(0);
    MapView view;
    view.resize(width, height);
    view.setPoints(points.slice(0, 1000));
    view.show();
    waitFor([&] { return view.windowHandle() && view.windowHandle()->isExposed(); }, 5000);
    view.grabImage();
    view.setDeferring(deferring);
    std::vector<int> classOf = classOfRows(count);
    std::vector<double> values(static_cast<size_t>(count));
    for (size_t row = 0; row < values.size(); ++row)
        values[row] = static_cast<double>(scrambled(row) >> 40);
    std::vector<qint64> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    Json report;
    report["open"] = stallOf(view, [&] {
        view.setPoints(points);
        view.setClasses(std::move(classOf), classNames());
    });
    report["hide_a_class"] = stallOf(view, [&] { view.setClassVisible(3, false); });
    report["recolour"] = stallOf(view, [&] { view.setValues(std::move(values), "value"); });
    report["select_all"] = stallOf(view, [&] { view.setSelection(std::move(all)); });
    return report;
}

Json measureCase(int64_t count, int dimensions, int frames) {
    std::fprintf(stderr, "galatea: map of %lld points in %d dimensions\n", static_cast<long long>(count),
                 dimensions);
    const Array points = madePoints(count, dimensions);
    MapView view;
    view.resize(width, height);
    view.setPoints(points.slice(0, std::min<int64_t>(count, 1000)));
    view.show();
    waitFor([&] { return view.isVisible() && view.windowHandle() && view.windowHandle()->isExposed(); },
            5000);
    view.grabImage();
    const int64_t before = residentBytes();
    Json report{{"points", count}, {"dimensions", dimensions}};
    QElapsedTimer clock;
    clock.start();
    view.setPoints(points);
    view.setClasses(classOfRows(count), classNames());
    report["open_milliseconds"] = milliseconds(clock);
    clock.start();
    view.repaint();
    report["first_frame_milliseconds"] = milliseconds(clock);
    waitFor([&] { return view.detail() >= 1; }, 120'000);
    report["bytes_per_point"] = static_cast<double>(residentBytes() - before) / static_cast<double>(count);
    report["bytes_per_point_held"] = static_cast<double>(view.pointBytes()) / static_cast<double>(count);
    report["moving"] = movements(view, frames);
    report["full_detail"] = filling(view);
    report.update(picking(view));
    view.setShading(MapShading::Density);
    view.repaint();
    report["density"] = {{"moving", movements(view, frames)}, {"full_detail", filling(view)}};
    report["resident_bytes"] = residentBytes();
    view.close();
    if (count >= leastForStalls && count <= mostForNaive)
        report["longest_stall_milliseconds"] = {{"deferred", stalls(points, true)},
                                                {"at_once", stalls(points, false)}};
    report["naive_frame_milliseconds"] = naive(points, frames);
    return report;
}

} // namespace

Json runMapBenchmark(const MapBenchOptions& options) {
    Json report{{"suite", "map"},
                {"window", {width, height}},
                {"threads", std::thread::hardware_concurrency()},
                {"results", Json::array()}};
    for (const int64_t count : options.points)
        for (const int dimensions : {2, 3})
            report["results"].push_back(measureCase(count, dimensions, options.frames));
    return report;
}

} // namespace galatea
