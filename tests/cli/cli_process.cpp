#include "cli_process.h"

#include <QJsonDocument>
#include <QProcessEnvironment>

namespace {
CliRun run(const QString& program, const QStringList& arguments, const QString& folder, int milliseconds) {
    QProcess process;
    if (!folder.isEmpty())
        process.setWorkingDirectory(folder);
    process.start(program, arguments);
    CliRun result;
    if (!process.waitForFinished(milliseconds)) {
        result.err = program.toUtf8() + ": " + process.errorString().toUtf8();
        process.kill();
        process.waitForFinished();
        return result;
    }
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    if (process.exitStatus() == QProcess::NormalExit)
        result.exitCode = process.exitCode();
    return result;
}
} // namespace

QJsonObject CliRun::json() const {
    QJsonParseError fault;
    const QJsonDocument document = QJsonDocument::fromJson(out, &fault);
    return fault.error == QJsonParseError::NoError ? document.object() : QJsonObject();
}

bool CliRun::oneErrorLine() const {
    return err.startsWith("galatea-cli: error: ") && err.count('\n') == 1 && err.endsWith('\n');
}

QByteArray CliRun::report() const {
    return "exit " + QByteArray::number(exitCode) + "\nstdout: " + out + "\nstderr: " + err;
}

QString cliProgram() {
    return QStringLiteral(GALATEA_BIN_DIR "/galatea-cli");
}

CliRun runCli(const QStringList& arguments, const QString& folder, int milliseconds) {
    return run(cliProgram(), arguments, folder, milliseconds);
}

CliRun runPython(const QStringList& arguments, int milliseconds) {
    QStringList all = arguments;
    all[0] = QStringLiteral(GALATEA_SOURCE_DIR "/tests/cli/") + all[0];
    return run(QStringLiteral("/usr/bin/python3"), all, {}, milliseconds);
}
