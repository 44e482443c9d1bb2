#pragma once
// Runs galatea-cli and keeps what it said.

#include <QJsonObject>
#include <QProcess>
#include <QStringList>

struct CliRun {
    int exitCode = -1; ///< −1 if it crashed, could not start or took too long
    QByteArray out, err;

    /// stdout as one JSON document; empty if it is none.
    QJsonObject json() const;
    /// stderr is exactly one line that starts with "galatea-cli: error: ".
    bool oneErrorLine() const;
    /// Everything, for a failing test's message.
    QByteArray report() const;
};

QString cliProgram();
CliRun runCli(const QStringList& arguments, const QString& folder = {}, int milliseconds = 240'000);

/// The Python of the system, which has the independent readers, with a script of this folder.
CliRun runPython(const QStringList& arguments, int milliseconds = 240'000);
