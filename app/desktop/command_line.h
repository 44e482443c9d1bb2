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
    std::vector<int64_t> benchPoints; ///< numbers of points to measure the map with; empty: no benchmark
    bool afterLoaded = true;
    double afterSeconds = 0;
    QString error;                 ///< wrong usage; empty if all is well
    std::optional<QString> answer; ///< text to print before leaving: help or version
};

CommandLine parseCommandLine(const QStringList& arguments);

} // namespace galatea
