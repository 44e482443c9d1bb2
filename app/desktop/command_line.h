#pragma once
// The arguments of `galatea`.

#include <optional>

#include <QSize>
#include <QStringList>

namespace galatea {

struct CommandLine {
    QStringList files;
    bool demonstration = false, resetLayout = false, safeMode = false, noConfig = false;
    QString session, screenshot, config;
    QSize size;
    bool afterLoaded = true;
    double afterSeconds = 0;
    QString error;                 ///< wrong usage; empty if all is well
    std::optional<QString> answer; ///< text to print before leaving: help or version
};

CommandLine parseCommandLine(const QStringList& arguments);

} // namespace galatea
