// The main job on real input: 1400 Galaxy Zoo pictures through the model its authors published.

#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"

class TestCliPublished : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void galaxyZoo();
};

void TestCliPublished::galaxyZoo() {
    const QString data = QStringLiteral(GALATEA_SOURCE_DIR "/../shared/data/");
    const QString list = data + "galaxy-zoo2/labels.csv",
                  weights = data + "astrovader-published/saved_weights.h5",
                  reference = data + "astrovader-published/galaxy-zoo2-reference.h5";
    for (const QString& file : {list, weights, reference})
        if (!QFile::exists(file))
            QSKIP(qPrintable(file + " is not here"));
    const QTemporaryDir folder;
    const CliRun import = runCli({"import", list, "--crop", "192", "--gray", "--size", "128", "--rescale",
                                  "-o", "galaxies.h5", "--json"},
                                 folder.path());
    QVERIFY2(import.exitCode == 0, import.report());
    QCOMPARE(import.json()["images"].toInt(), 1400);
    const CliRun info = runCli({"info", weights, "--json"});
    QCOMPARE(info.json()["kind"].toString(), QString("keras weights"));
    const CliRun convert =
        runCli({"convert", weights, "-o", "published.safetensors", "--json"}, folder.path());
    QVERIFY2(convert.exitCode == 0, convert.report());
    QCOMPARE(convert.json()["latent"].toInt(), 20);
    QCOMPARE(convert.json()["components"].toInt(), 12);
    const CliRun embed =
        runCli({"embed", "published.safetensors", "galaxies.h5", "-o", "latents.h5", "--reconstruct"},
               folder.path(), 900'000);
    QVERIFY2(embed.exitCode == 0, embed.report());
    const CliRun check = runPython({"read_back.py", "published", folder.filePath("latents.h5"), reference});
    QVERIFY2(check.exitCode == 0, check.report());
    qInfo("%s", check.out.trimmed().constData());
}

QTEST_GUILESS_MAIN(TestCliPublished)
#include "test_cli_published.moc"
