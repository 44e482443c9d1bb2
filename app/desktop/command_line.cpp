#include "app/desktop/command_line.h"

#include <QCommandLineParser>
#include <QRegularExpression>

namespace galatea {

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
        safe("safe-mode", "Start with default settings and layout and open nothing by itself.");
    parser.addOptions({help, version, demo, session, screenshot, size, after, config, noConfig, reset, safe});
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
