#pragma once
// Python as the independent second opinion.

#include <QProcess>
#include <QString>

namespace galatea {

/// A Python in which the statement runs, e.g. "import numpy"; empty if there is none.
inline QString pythonThatCan(const QString& statement) {
    for (const QString& program : {QStringLiteral("python3"), QStringLiteral("/usr/bin/python3")}) {
        QProcess process;
        process.start(program, {"-c", statement});
        if (process.waitForFinished(60000) && process.exitStatus() == QProcess::NormalExit &&
            process.exitCode() == 0)
            return program;
    }
    return {};
}

} // namespace galatea
