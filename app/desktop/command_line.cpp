#include "app/desktop/command_line.h"

#include <cmath>

#include <QCommandLineParser>
#include <QRegularExpression>

namespace galatea {

namespace {

/// Numbers as people write them: 100000 or 1e5.
std::vector<int64_t> benchPoints(const QString& what, const QString& list, QString& error) {
    std::vector<int64_t> numbers;
    if (what != "map" && what != "views") {
        error = "--bench takes 'map' or 'views'";
        return numbers;
    }
    for (const QString& text : list.split(',')) {
        bool isNumber = false;
        const double number = text.toDouble(&isNumber);
        if (!isNumber || !(number >= 1) || number > 1e9 || number != std::floor(number)) {
            error = "--points takes whole numbers from 1 to 1e9, e.g. 1e5,1e6";
            return numbers;
        }
        numbers.push_back(static_cast<int64_t>(number));
    }
    return numbers;
}

} // namespace

CommandLine parseCommandLine(const QStringList& arguments) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        "Galatea: an observatory for what generative models learn from galaxy images.");
    parser.addPositionalArgument("FILES", "Data sets, models, latents, maps or a session, in any mix.",
                                 "[FILES...]");
    const QCommandLineOption help({"h", "help"}, "Show this help."),
        version({"v", "version"}, "Show the version."), demo("demo", "Open the built-in demonstration."),
        session("session", "Open a session.", "FILE"),
        screenshot("screenshot", "Draw the window, save it, leave.", "OUT.png"),
        size("size", "Size of the window, e.g. 1600x1000.", "WxH"),
        after("after", "When to take the screenshot: 'loaded' or a number of seconds.", "WHEN", "loaded"),
        config("config", "Settings file to use.", "FILE"),
        noConfig("no-config", "Neither read nor write settings."),
        reset("reset-layout", "Forget where the panels were."),
        bench("bench",
              "Measure instead of opening a window to work in; 'map': how fast the map is, 'views': how "
              "smoothly table and gallery work. Prints JSON.",
              "WHAT"),
        points("points",
               "Numbers of points to measure with. views: rows of the table; the gallery gets a tenth.",
               "N[,N]", "1e5,1e6,1e7"),
        safe("safe-mode", "Start with default settings and layout and open nothing by itself.");
    parser.addOptions({help, version, demo, session, screenshot, size, after, config, noConfig, reset, safe,
                       bench, points});
    CommandLine line;
    if (!parser.parse(arguments)) {
        line.error = parser.errorText();
        return line;
    }
    if (parser.isSet(help))
        line.answer = parser.helpText();
    if (parser.isSet(version))
        line.answer = "galatea " GALATEA_VERSION "\n";
    line.files = parser.positionalArguments();
    line.demonstration = parser.isSet(demo);
    line.session = parser.value(session);
    line.screenshot = parser.value(screenshot);
    line.config = parser.value(config);
    line.noConfig = parser.isSet(noConfig) || parser.isSet(safe);
    line.resetLayout = parser.isSet(reset);
    line.safeMode = parser.isSet(safe);
    line.bench = parser.value(bench);
    if (parser.isSet(bench))
        line.benchPoints = benchPoints(parser.value(bench), parser.value(points), line.error);
    if (parser.isSet(size)) {
        const auto match = QRegularExpression("^(\\d{2,5})x(\\d{2,5})$").match(parser.value(size));
        line.size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
        if (!match.hasMatch() || line.size.width() > 16384 || line.size.height() > 16384)
            line.error = "--size must look like 1600x1000";
    }
    if (parser.value(after) != "loaded") {
        bool isNumber = false;
        line.afterLoaded = false;
        line.afterSeconds = parser.value(after).toDouble(&isNumber);
        if (!isNumber || !(line.afterSeconds >= 0) || line.afterSeconds > 86400)
            line.error = "--after must be 'loaded' or a number of seconds";
    }
    return line;
}

} // namespace galatea
