// Help, version, and the exit code and single line of every kind of wrong usage.

#include <QDir>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"

class TestCliUsage : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void helpNamesEveryCommand();
    void everyCommandHelps_data();
    void everyCommandHelps();
    void version();
    void wrongUsage_data();
    void wrongUsage();
    void outputIsCheckedBeforeWork();
    void trainListsItsOptions();
    void stdoutClosedEarlyIsNoCrash();
};

namespace {
const QStringList commandNames = {"info",    "import",  "simulate",  "train",    "convert",
                                  "embed",   "decode",  "sample",    "traverse", "interpolate",
                                  "mixture", "project", "neighbors", "bench"};
}

void TestCliUsage::helpNamesEveryCommand() {
    const CliRun run = runCli({"--help"});
    QCOMPARE(run.exitCode, 0);
    for (const QString& name : commandNames)
        QVERIFY2(run.out.contains("\n  " + name.toUtf8() + " "), qPrintable(name));
    QVERIFY(run.err.isEmpty());
}

void TestCliUsage::everyCommandHelps_data() {
    QTest::addColumn<QString>("name");
    for (const QString& name : commandNames)
        QTest::newRow(qPrintable(name)) << name;
}

void TestCliUsage::everyCommandHelps() {
    QFETCH(QString, name);
    const CliRun run = runCli({name, "--help"});
    QCOMPARE(run.exitCode, 0);
    for (const char* common : {"--json", "--threads", "--device", "--seed", "--quiet", "--version"})
        QVERIFY2(run.out.contains(common), common);
}

void TestCliUsage::version() {
    const CliRun plain = runCli({"--version"});
    QCOMPARE(plain.exitCode, 0);
    QVERIFY(QRegularExpression("^galatea-cli \\d+\\.\\d+\\.\\d+\n$").match(plain.out).hasMatch());
    const CliRun json = runCli({"--version", "--json"});
    QCOMPARE(json.exitCode, 0);
    QVERIFY(plain.out.contains(json.json()["version"].toString().toUtf8()));
}

void TestCliUsage::wrongUsage_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("nothing") << QStringList{} << QByteArray("subcommand");
    QTest::newRow("unknown command") << QStringList{"explode"} << QByteArray("explode");
    QTest::newRow("unknown option") << QStringList{"info", "x", "--frobnicate"} << QByteArray("--frobnicate");
    QTest::newRow("missing argument") << QStringList{"embed", "model.safetensors"} << QByteArray("required");
    QTest::newRow("no number") << QStringList{"simulate", "-n", "many", "-o", "x.h5"} << QByteArray("many");
    QTest::newRow("negative threads") << QStringList{"info", "x", "--threads", "-2"} << QByteArray("-2");
    QTest::newRow("negative seed") << QStringList{"info", "x", "--seed", "-1"} << QByteArray("-1");
    QTest::newRow("size outside its limits")
        << QStringList{"simulate", "-n", "2", "--size", "0", "-o", "x.h5"} << QByteArray("size");
    QTest::newRow("unknown device") << QStringList{"info", "x", "--device", "abacus"} << QByteArray("abacus");
    QTest::newRow("unknown output format")
        << QStringList{"simulate", "-n", "2", "-o", "x.docx"} << QByteArray("x.docx");
    QTest::newRow("output without extension")
        << QStringList{"simulate", "-n", "2", "-o", "data"} << QByteArray("data");
    QTest::newRow("output folder missing")
        << QStringList{"simulate", "-n", "2", "-o", "nowhere/x.h5"} << QByteArray("nowhere");
    QTest::newRow("unknown band") << QStringList{"simulate", "-n", "2", "--bands", "q", "-o", "x.h5"}
                                  << QByteArray("q");
    QTest::newRow("unknown family") << QStringList{"train", "perceptron", "d.h5", "-o", "m.safetensors"}
                                    << QByteArray("perceptron");
    QTest::newRow("unknown training option")
        << QStringList{"train", "astrovader", "d.h5", "-o", "m.safetensors", "--set", "magic=1"}
        << QByteArray("magic");
    QTest::newRow("no assignment") << QStringList{"train",         "astrovader", "d.h5",  "-o",
                                                  "m.safetensors", "--set",      "latent"}
                                   << QByteArray("latent");
    QTest::newRow("option outside its limits")
        << QStringList{"train", "astrovader", "d.h5", "-o", "m.safetensors", "--set", "latent=0"}
        << QByteArray("latent");
    QTest::newRow("projection of another version")
        << QStringList{"project", "l.h5", "--method", "tarot", "-o", "m.h5"} << QByteArray("tarot");
    QTest::newRow("unknown suite") << QStringList{"bench", "--suite", "knitting"} << QByteArray("knitting");
    QTest::newRow("control characters") << QStringList{"explode\x1b[31m"} << QByteArray("\\x1b");
}

void TestCliUsage::wrongUsage() {
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const QTemporaryDir folder;
    for (const bool json : {false, true}) {
        const CliRun run = runCli(json ? arguments + QStringList{"--json"} : arguments, folder.path());
        QVERIFY2(run.exitCode == 2, run.report());
        QVERIFY2(run.oneErrorLine(), run.report());
        QVERIFY2(run.err.contains(named), run.report());
        QVERIFY(run.out.isEmpty());
    }
    QVERIFY(QDir(folder.path()).isEmpty());
}

void TestCliUsage::outputIsCheckedBeforeWork() {
    // A missing input would be exit 3: that the output is refused first shows no work had begun.
    const CliRun run = runCli({"embed", "no-model.safetensors", "no-data.h5", "-o", "latents.txt"});
    QCOMPARE(run.exitCode, 2);
    QVERIFY(run.err.contains("latents.txt"));
}

void TestCliUsage::trainListsItsOptions() {
    const CliRun text = runCli({"train", "astrovader", "--list-options"});
    QVERIFY2(text.exitCode == 0, text.report());
    QVERIFY(text.out.contains("latent = 20"));
    QVERIFY(text.out.contains("batch = 100"));
    const QJsonObject json = runCli({"train", "astrovader", "--list-options", "--json"}).json();
    QVERIFY(!json["training"].toArray().isEmpty());
    QVERIFY(!json["model"].toArray().isEmpty());
}

void TestCliUsage::stdoutClosedEarlyIsNoCrash() {
    QProcess shell;
    shell.start("/bin/bash",
                {"-c", "set -o pipefail; \"$0\" train astrovader --list-options | true", cliProgram()});
    QVERIFY(shell.waitForFinished(60'000));
    QCOMPARE(shell.exitStatus(), QProcess::NormalExit);
    QCOMPARE(shell.exitCode(), 0);
    QCOMPARE(shell.readAllStandardError(), QByteArray());
}

QTEST_GUILESS_MAIN(TestCliUsage)
#include "test_cli_usage.moc"
