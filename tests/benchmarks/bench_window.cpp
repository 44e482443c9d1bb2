// How alive the window is: slider to picture beside the bare decode, and the longest stall of the event loop
// while pictures are decoded and while a model is trained. Prints one JSON document.
//   bench_window [MODEL]        a model file; without one the built-in demonstration
// Needs a display; Xvfb will do. Not a test: machines are noisy, so it judges nothing.

#include <algorithm>
#include <cstdio>

#include <QApplication>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QLabel>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QTimer>

#include "app/desktop/heartbeat.h"
#include "app/desktop/main_window.h"
#include "app/desktop/panels/latent_slider.h"
#include "app/desktop/panels/train_panel.h"
#include "app/desktop/panels/traverse_panel.h"
#include "nn/device.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

namespace {

constexpr int moves = 150, steps = 60;

Json spread(std::vector<double> values) {
    if (values.empty())
        return {};
    std::sort(values.begin(), values.end());
    const auto at = [&](double q) {
        return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
    };
    return {{"median_ms", at(0.5)}, {"p05_ms", at(0.05)}, {"p95_ms", at(0.95)}, {"count", values.size()}};
}

/// Sleeps between events, as the application's own loop does: a loop that polls would take a core from what
/// is measured. (processEvents with a time limit never waits, whatever flags it is given.)
bool waitFor(const std::function<bool()>& done, int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    QTimer wake; // so that the wait ends on time when nothing happens
    wake.start(5);
    while (!done() && clock.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    return done();
}

/// The model's decode alone, on the thread that serves live pictures.
Json bareDecode(Workspace& workspace) {
    std::vector<double> times;
    LatestWins channel(workspace.inference, priority::traverse);
    bool done = false;
    channel.request<std::vector<double>>(
        [model = workspace.document.model().model,
         z = workspace.document.traverse().point](const StopToken&) {
            std::vector<double> result;
            const Array row({1, static_cast<int64_t>(z.size())}, z);
            for (int i = 0; i < moves; ++i) {
                QElapsedTimer clock;
                clock.start();
                model->decode(row);
                result.push_back(static_cast<double>(clock.nsecsElapsed()) * 1e-6);
            }
            return result;
        },
        [&](const std::vector<double>& result) {
            times = result;
            done = true;
        });
    waitFor([&] { return done; }, 120000);
    return spread(times);
}

/// Tells when a window has painted all that asked for it.
class PaintWatch : public QObject {
  public:
    explicit PaintWatch(QWidget& window, std::function<void()> painted) : painted_(std::move(painted)) {
        window.installEventFilter(this);
    }
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::UpdateRequest) // answered before what is posted now
            QMetaObject::invokeMethod(this, painted_, Qt::QueuedConnection);
        return false;
    }

  private:
    std::function<void()> painted_;
};

/// From rest: moves the first slider, waits for the picture and all that follows it, moves on. `handed` ends
/// when the picture is given to its widget, `painted` when the window has painted it.
Json stepByStep(MainWindow& window) {
    TraversePanel& panel = window.traversePanel();
    std::vector<double> handed, painted;
    SigmaSlider& slider = panel.sliders().front()->slider();
    QElapsedTimer clock;
    bool shown = false, done = false;
    const auto connection =
        QObject::connect(&panel, &TraversePanel::pictureShown, &panel, [&](double milliseconds) {
            handed.push_back(milliseconds);
            shown = true;
        });
    const PaintWatch watch(window, [&] {
        if (shown && !done)
            painted.push_back(static_cast<double>(clock.nsecsElapsed()) * 1e-6);
        done = shown;
    });
    for (int i = 0; i < steps; ++i) {
        shown = done = false;
        clock.start();
        slider.setValue(-150 + 5 * i);
        if (!waitFor([&] { return done; }, 10000))
            break;
        waitFor([&] { return window.settled(); },
                10000);                    // the filmstrip, the neighbours and the map have followed
        waitFor([] { return false; }, 30); // and are painted
    }
    QObject::disconnect(connection);
    return {{"handed", spread(handed)}, {"painted", spread(painted)}};
}

/// A hand that never rests: a new slider value every 8 ms for some seconds.
Json dragging(TraversePanel& panel, int seconds) {
    SigmaSlider& slider = panel.sliders().front()->slider();
    std::vector<double> times;
    const auto connection = QObject::connect(&panel, &TraversePanel::pictureShown, &panel,
                                             [&](double milliseconds) { times.push_back(milliseconds); });
    Heartbeat heartbeat;
    QTimer hand;
    int step = 0;
    QObject::connect(&hand, &QTimer::timeout, &panel, [&] { slider.setValue(-200 + (++step * 3) % 400); });
    hand.start(8);
    heartbeat.start();
    QElapsedTimer clock;
    clock.start();
    waitFor([] { return false; }, seconds * 1000);
    QObject::disconnect(connection);
    Json result = spread(times);
    result["pictures_per_second"] =
        static_cast<double>(times.size()) / (static_cast<double>(clock.elapsed()) * 1e-3);
    result["longest_stall_ms"] = heartbeat.longestStall();
    return result;
}

/// Starts a training as a person does: in the panel, on the images that are open, with the panel in view.
void startTraining(MainWindow& window, const QString& folder) {
    auto* dock = window.findChild<QDockWidget*>("trainDock");
    dock->show();
    dock->raise();
    TrainPanel& panel = window.trainPanel();
    panel.chooseFamily("astrovader");
    panel.setOutput(folder + "/trained.safetensors");
    const std::pair<const char*, const char*> options[] = {
        {"filters", "16, 16, 16"}, {"kernels", "3, 3, 3"}, {"decoder_kernels", "3, 3, 3"}};
    for (const auto& [name, text] : options) {
        auto* line = qobject_cast<QLineEdit*>(panel.modelForm().control(name));
        line->setText(text);
        Q_EMIT line->textEdited(text);
    }
    panel.trainingOptions().batch = 20;
    panel.showOptions();
    panel.start();
}

/// The window by itself while a training runs and tells of its steps and epochs.
Json restingWhileTraining(MainWindow& window, int seconds) {
    const auto epochs = [&] {
        const auto& series = window.trainPanel().chart().series();
        return series.empty() ? size_t{0} : series.front().points.size();
    };
    const size_t before = epochs();
    Heartbeat heartbeat;
    heartbeat.start();
    waitFor([] { return false; }, seconds * 1000);
    return {{"longest_stall_ms", heartbeat.longestStall()},
            {"epochs_shown", epochs() - before},
            {"running", window.trainPanel().running()},
            {"status", window.findChild<QLabel*>("trainStatus")->text().toStdString()}};
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    setThreads(0);
    Workspace workspace;
    MainWindow window(workspace, false);
    window.resize(1600, 1000);
    window.show();
    if (argc > 1)
        window.opener().open({QString::fromLocal8Bit(argv[1])});
    else
        window.opener().openDemonstration();
    if (!waitFor(
            [&] {
                return !window.opener().busy() && window.settled() &&
                       !window.traversePanel().sliders().empty();
            },
            600000)) {
        std::fprintf(stderr, "bench_window: the model did not open\n");
        return 1;
    }
    TraversePanel& panel = window.traversePanel();
    Json report;
    report["threads"] = threads();
    report["model"] = workspace.document.model().model->card().name;
    report["bare_decode"] = bareDecode(workspace);
    report["slider_to_picture"] = stepByStep(window);
    report["slider_to_picture_over_bare_decode"] =
        report["slider_to_picture"]["painted"]["median_ms"].get<double>() /
        report["bare_decode"]["median_ms"].get<double>();
    report["dragging"] = dragging(panel, 6);
    const QTemporaryDir folder;
    startTraining(window, folder.path());
    waitFor([] { return false; }, 3000); // until steps are made
    report["resting_while_training"] = restingWhileTraining(window, 10);
    report["dragging_while_training"] = dragging(panel, 8);
    window.trainPanel().stop();
    waitFor([&] { return workspace.jobs.idle(); }, 60000);
    std::printf("%s\n", report.dump(2).c_str());
    return 0;
}
