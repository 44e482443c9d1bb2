// Ctrl-C: exit 5, one line, nothing half-written; training leaves a checkpoint and goes on from it.

#include <csignal>
#include <random>

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"

class TestCliInterrupt : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void leavesNothing_data();
    void leavesNothing();
    void trainingGoesOn();
    void killedTrainingGoesOn();
};

namespace {

/// True once the program has its handler for SIGINT.
bool watchesSignals(qint64 pid) {
    QFile status(QString("/proc/%1/status").arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray& line : status.readAll().split('\n'))
        if (line.startsWith("SigCgt:"))
            return line.mid(7).trimmed().toULongLong(nullptr, 16) & (1ull << (SIGINT - 1));
    return false;
}

CliRun interrupted(QProcess& process, int signal) {
    CliRun run;
    kill(static_cast<pid_t>(process.processId()), signal);
    if (!process.waitForFinished(60'000)) {
        process.kill();
        process.waitForFinished();
        return run;
    }
    run.out = process.readAllStandardOutput();
    run.err = process.readAllStandardError();
    if (process.exitStatus() == QProcess::NormalExit)
        run.exitCode = process.exitCode();
    return run;
}

} // namespace

void TestCliInterrupt::leavesNothing_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("Ctrl-C") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
}

void TestCliInterrupt::leavesNothing() {
    QFETCH(int, signal);
    const QTemporaryDir folder;
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start(cliProgram(), {"simulate", "-n", "1000000", "--size", "64", "-o", "data.h5", "--quiet"});
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(watchesSignals(process.processId()), 30'000);
    QTest::qWait(500);
    const CliRun run = interrupted(process, signal);
    QVERIFY2(run.exitCode == 5, run.report());
    QVERIFY2(run.oneErrorLine(), run.report());
    QVERIFY(run.out.isEmpty());
    QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList());
}

void TestCliInterrupt::trainingGoesOn() {
    const QTemporaryDir folder;
    QCOMPARE(runCli({"simulate", "-n", "60", "--size", "16", "--bands", "r", "--rescale", "-o", "data.h5"},
                    folder.path())
                 .exitCode,
             0);
    const auto train = [](int epochs) {
        return QStringList{"train",
                           "astrovader",
                           "data.h5",
                           "-o",
                           "model.safetensors",
                           "--set",
                           "filters=4,4,4",
                           "--set",
                           "latent=4",
                           "--set",
                           "components=2",
                           "--set",
                           "batch=10",
                           "--set",
                           "mixture_batches=2",
                           "--set",
                           "periods=0",
                           "--set",
                           "gamma_epochs=" + QString::number(epochs),
                           "--checkpoint-every",
                           "1",
                           "--quiet"};
    };
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start(cliProgram(), train(1000000));
    QVERIFY(process.waitForStarted());
    const QString checkpoint = folder.filePath("model.checkpoint.safetensors");
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(checkpoint), 60'000);
    const CliRun run = interrupted(process, SIGINT);
    QVERIFY2(run.exitCode == 5, run.report());
    QVERIFY2(run.oneErrorLine(), run.report());
    QVERIFY(!QFile::exists(folder.filePath("model.safetensors")));
    QVERIFY(QFile::exists(checkpoint));
    // What has been learned so far can be looked at.
    const CliRun convert = runCli(
        {"convert", "model.checkpoint.safetensors", "-o", "sofar.safetensors", "--json"}, folder.path());
    QVERIFY2(convert.exitCode == 0, convert.report());
    QCOMPARE(convert.json()["source_kind"].toString(), "checkpoint");
    QCOMPARE(runCli({"embed", "sofar.safetensors", "data.h5", "-o", "z.h5"}, folder.path()).exitCode, 0);
    const CliRun opened =
        runCli({"embed", "model.checkpoint.safetensors", "data.h5", "-o", "z2.h5"}, folder.path());
    QCOMPARE(opened.exitCode, 3);
    QVERIFY2(opened.err.contains("convert"), opened.report());
    // Another schedule is another training: refused by name rather than mixed up.
    const CliRun other = runCli(train(3) + QStringList{"--resume"}, folder.path());
    QVERIFY2(other.exitCode == 2, other.report());
    QVERIFY2(other.oneErrorLine(), other.report());

    // A run that is stopped and resumed ends where the uninterrupted one does.
    const QStringList whole = train(12);
    QCOMPARE(runCli(whole + QStringList{"--threads", "1"}, folder.path()).exitCode, 0);
    QVERIFY(QFile::remove(checkpoint));
    const auto tensors = [&] {
        QFile file(folder.filePath("model.safetensors"));
        if (!file.open(QIODevice::ReadOnly))
            return QByteArray();
        const QByteArray bytes = file.readAll();
        quint64 header = 0;
        memcpy(&header, bytes.constData(), sizeof header);
        return bytes.mid(8 + static_cast<qsizetype>(header));
    };
    const QByteArray expected = tensors();
    QVERIFY(!expected.isEmpty());
    QVERIFY(QFile::remove(folder.filePath("model.safetensors")));
    QProcess again;
    again.setWorkingDirectory(folder.path());
    again.start(cliProgram(), whole + QStringList{"--threads", "1"});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(checkpoint), 60'000);
    interrupted(again, SIGINT); // it may just have finished, which is as well
    const CliRun resumed = runCli(whole + QStringList{"--threads", "1", "--resume"}, folder.path());
    QVERIFY2(resumed.exitCode == 0, resumed.report());
    QVERIFY(tensors() == expected);
}

void TestCliInterrupt::killedTrainingGoesOn() {
    const QTemporaryDir folder;
    QCOMPARE(runCli({"simulate", "-n", "60", "--size", "16", "--bands", "r", "--rescale", "-o", "data.h5"},
                    folder.path())
                 .exitCode,
             0);
    // Checkpoints after every step: the kill meets some of them half-written.
    const auto train = [](const QString& name) {
        return QStringList{"train",
                           "astrovader",
                           "data.h5",
                           "-o",
                           name,
                           "--set",
                           "filters=4,4",
                           "--set",
                           "kernels=3,3",
                           "--set",
                           "decoder_kernels=3,3",
                           "--set",
                           "components=2",
                           "--set",
                           "batch=10",
                           "--set",
                           "mixture_batches=2",
                           "--set",
                           "periods=1",
                           "--set",
                           "gamma_epochs=40",
                           "--set",
                           "annealing_epochs=40",
                           "--set",
                           "static_epochs=40",
                           "--set",
                           "noise=0.01",
                           "--checkpoint-minutes",
                           "0.00001",
                           "--threads",
                           "1",
                           "--quiet"};
    };
    const auto bytes = [&](const QString& name) {
        QFile file(folder.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const auto weights = [&](const QString& name) {
        const QByteArray all = bytes(name);
        quint64 header = 0;
        if (all.size() < 8)
            return QByteArray();
        memcpy(&header, all.constData(), sizeof header);
        return all.mid(8 + static_cast<qsizetype>(header));
    };
    QCOMPARE(runCli(train("whole.safetensors"), folder.path()).exitCode, 0);
    const QByteArray expected = weights("whole.safetensors");
    QVERIFY(!expected.isEmpty());

    // Each run gets at least one step further before it is killed, at a moment of its own.
    const QString checkpoint = folder.filePath("killed.checkpoint.safetensors");
    const auto steps = [&] { // a checkpoint names its place in its header
        const QByteArray header = bytes("killed.checkpoint.safetensors").left(1 << 20);
        const auto number = [&](const char* key) {
            const qsizetype at = header.indexOf(key);
            return at < 0 ? -1 : header.mid(at + qsizetype(strlen(key))).left(12).split(',').first().toInt();
        };
        return QPair(number("epochs_done\\\":"), number("steps_done\\\":"));
    };
    std::mt19937 random(17);
    int killed = 0;
    while (killed < 10) {
        QStringList arguments = train("killed.safetensors");
        if (QFile::exists(checkpoint))
            arguments << "--resume";
        const auto before = steps();
        QProcess process;
        process.setWorkingDirectory(folder.path());
        process.start(cliProgram(), arguments);
        QVERIFY(process.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(steps() != before || process.state() == QProcess::NotRunning, 60'000);
        if (process.waitForFinished(static_cast<int>(random() % 40)))
            break;
        process.kill();
        QVERIFY(process.waitForFinished(30'000));
        ++killed;
    }
    QVERIFY2(killed == 10, qPrintable(QString::number(killed)));
    QStringList last = train("killed.safetensors");
    if (!QFile::exists(folder.filePath("killed.safetensors"))) {
        const CliRun run = runCli(last << "--resume", folder.path());
        QVERIFY2(run.exitCode == 0, run.report());
    }
    QVERIFY(weights("killed.safetensors") == expected);
}

QTEST_GUILESS_MAIN(TestCliInterrupt)
#include "test_cli_interrupt.moc"
