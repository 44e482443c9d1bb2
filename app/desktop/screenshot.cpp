#include "app/desktop/screenshot.h"

#include <cstdio>

#include <QApplication>
#include <QTimer>

namespace galatea {

namespace {

constexpr int inputUnusable = 3;

void shoot(MainWindow& window, const QString& path) {
    int code = 0;
    try {
        window.saveScreenshot(path);
    } catch (...) {
        std::fprintf(stderr, "galatea: error: %s\n",
                     qPrintable(describeError(std::current_exception()).text()));
        code = inputUnusable;
    }
    QApplication::exit(code);
}

} // namespace

void takeScreenshotAndQuit(MainWindow& window, const CommandLine& line) {
    const QString path = line.screenshot;
    QObject::connect(&window.opener(), &Opener::failed, &window, [](const QString&, const QString& text) {
        std::fprintf(stderr, "galatea: error: %s\n", qPrintable(text));
    });
    if (!line.afterLoaded) {
        QTimer::singleShot(static_cast<int>(line.afterSeconds * 1000), &window,
                           [&window, path] { shoot(window, path); });
        return;
    }
    auto* timer = new QTimer(&window);
    timer->setInterval(100);
    QObject::connect(timer, &QTimer::timeout, &window, [&window, timer, path, quiet = 0]() mutable {
        quiet = window.settled() ? quiet + 1 : 0;
        if (quiet < 6)
            return;
        timer->stop();
        shoot(window, path);
    });
    timer->start();
}

} // namespace galatea
