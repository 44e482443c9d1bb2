#pragma once
// The arguments of `galatea`.

#include <cstdint>
#include <optional>
#include <vector>

#include <QSize>
#include <QStringList>

namespace galatea {

struct CommandLine {
    QStringList files;
    bool demonstration = false, resetLayout = false, safeMode = false, noConfig = false;
    QString session, screenshot, config;
    QSize size;
    QString bench;                    ///< what to measure: "map" or "views"; empty: nothing
    std::vector<int64_t> benchPoints; ///< numbers of points or rows to measure with
    bool afterLoaded = true;
    double afterSeconds = 0;
    QString error;                 ///< wrong usage; empty if all is well
    std::optional<QString> answer; ///< text to print before leaving: help or version
};

CommandLine parseCommandLine(const QStringList& arguments);

} // namespace galatea
