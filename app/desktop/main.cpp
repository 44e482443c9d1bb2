// The desktop application: reads the command line, opens the window.

#include <clocale>
#include <cstdio>

#include <QApplication>
#include <QFileInfo>
#include <QSurfaceFormat>
#include <QTimer>

#include "app/desktop/command_line.h"
#include "app/desktop/main_window.h"
#include "app/desktop/map_benchmark.h"
#include "app/desktop/screenshot.h"
#include "app/desktop/sessions/session_keeper.h"
#include "app/desktop/views_benchmark.h"
#include "nn/device.h"

using namespace galatea;

namespace {

constexpr int wrongUsage = 2;

Settings settingsFor(const CommandLine& line) {
    if (line.noConfig)
        return Settings();
    return line.config.isEmpty() ? Settings::forUser() : Settings(line.config);
}

bool hasDisplay() {
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") ||
           !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

void openWhatWasAsked(MainWindow& window, const CommandLine& line) {
    if (line.demonstration)
        window.opener().openDemonstration();
    if (!line.session.isEmpty())
        window.opener().openSession(QFileInfo(line.session).absoluteFilePath());
    if (!line.files.isEmpty())
        window.opener().open(line.files);
}

} // namespace

int main(int argc, char** argv) {
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    const CommandLine line = parseCommandLine(arguments);
    if (!line.error.isEmpty()) {
        std::fprintf(stderr, "galatea: error: %s; see galatea --help\n", qPrintable(line.error));
        return wrongUsage;
    }
    if (line.answer) {
        std::fputs(qPrintable(*line.answer), stdout);
        return 0;
    }
    if (!line.benchPoints.empty() && !hasDisplay()) {
        std::fprintf(stderr,
                     "galatea: error: there is no display to draw on; run it under a virtual one: "
                     "xvfb-run galatea --bench %s\n",
                     qPrintable(line.bench));
        return wrongUsage;
    }
    QCoreApplication::setOrganizationName("Galatea");
    QCoreApplication::setApplicationName("galatea");
    QCoreApplication::setApplicationVersion(GALATEA_VERSION);
    const QApplication application(argc, argv);
    std::setlocale(LC_NUMERIC, "C"); // libraries below parse numbers
    setThreads(0);
    if (line.bench == "views") {
        ViewsBenchOptions options;
        options.tableRows = line.benchPoints;
        options.galleryRows.clear();
        for (const int64_t rows : line.benchPoints)
            options.galleryRows.push_back(std::max<int64_t>(1, rows / 10));
        std::printf("%s\n", runViewsBenchmark(options).dump(2).c_str());
        return 0;
    }
    if (!line.benchPoints.empty()) {
        MapBenchOptions options;
        options.points = line.benchPoints;
        std::printf("%s\n", runMapBenchmark(options).dump(2).c_str());
        return 0;
    }

    Workspace workspace;
    workspace.settings = settingsFor(line);
    applyTheme(workspace.settings.theme());
    MainWindow window(workspace, !line.resetLayout);
    if (line.size.isValid())
        window.resize(line.size);
    window.show();
    if (!line.screenshot.isEmpty())
        takeScreenshotAndQuit(window, line);
    else if (!line.noConfig)
        window.sessions().startRecovery(SessionKeeper::recoveryRoot());
    openWhatWasAsked(window, line);
    const int result = QApplication::exec();
    workspace.jobs.cancelAll();
    return result;
}
