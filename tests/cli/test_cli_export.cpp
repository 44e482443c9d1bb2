// import --join and export, and what independent readers say of the result.

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"
#include "latent/latents.h"
#include "tests/support/python.h"

using namespace galatea;

class TestCliExport : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    QString at(const QString& name) const { return folder_.filePath(name); }
    void write(const QString& name, const QByteArray& text) const {
        QFile file(at(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    CliRun ok(const QStringList& arguments) const {
        const CliRun run = runCli(arguments, folder_.path());
        [&] { QVERIFY2(run.exitCode == 0, run.report()); }();
        return run;
    }

  private Q_SLOTS:
    void initTestCase() {
        ok({"simulate", "-n", "6", "--size", "16", "--bands", "gri", "-o", "data.h5"});
        Latents latents;
        latents.mean = Array({6, 3});
        for (int64_t i = 0; i < 18; ++i)
            latents.mean.data()[i] = 0.1f * static_cast<float>(i);
        latents.component = {0, 1, 0, 1, 1, 0};
        latents.responsibility = Array({6, 2});
        for (int64_t n = 0; n < 6; ++n)
            latents.responsibility.at(n, latents.component[static_cast<size_t>(n)]) = 1;
        latents.score = {1, 2, 3, 4, 5, 6.5};
        latents.id = {"0", "1", "2", "3", "4", "5"};
        latents.data = at("data.h5").toStdString();
        writeLatents(latents, at("latents.h5").toStdString());
        write("cat.csv", "objid,redshift,name\n5,0.5,five\n1,0.1,one\n99,9,none\n1,0.2,again\n");
    }

    void tableOfLatentsInEveryFormat_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"t.csv", "t.fits", "t.vot"})
            QTest::newRow(name) << QString(name);
    }

    void tableOfLatentsInEveryFormat() {
        QFETCH(QString, name);
        const CliRun run = ok({"export", "latents.h5", "-o", name, "--json"});
        QCOMPARE(run.json()["rows"].toInt(), 6);
        QVERIFY(run.json()["columns"].toInt() > 8);
        QCOMPARE(run.json()["warnings"].toArray().size(), 0);
        const QString python = pythonThatCan("import astropy.table");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        QProcess process;
        process.start(
            python,
            {"-c",
             "import sys\nfrom astropy.table import Table\nt = Table.read(sys.argv[1], format=sys.argv[2])\n"
             "print(list(t['component']), list(t['score']), round(float(t['z_2'][5]), 6), "
             "t['responsibility_1'][1], 'id' in t.colnames)",
             at(name), name.endsWith("vot") ? "votable" : name.section('.', -1)});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(QString::fromUtf8(process.readAllStandardOutput()).trimmed(),
                 QString("[0, 1, 0, 1, 1, 0] [1.0, 2.0, 3.0, 4.0, 5.0, 6.5] 1.7 1.0 True"));
    }

    void sessionsGiveTheirSelection() {
        write("s.galatea", "{\"galatea-session\": 1, \"files\": {\"data\": \"data.h5\", \"latents\": "
                           "\"latents.h5\"}, \"view\": {\"selection\": [4, 1]}}");
        QCOMPARE(ok({"export", "s.galatea", "--selection", "-o", "s.csv", "--json"}).json()["rows"].toInt(),
                 2);
        QFile file(at("s.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().split('\n').at(1).startsWith("4,"));
        // Format 2: files with their marks, and bits where many rows are selected (here 1 and 4: 0x12).
        write("s2.galatea", "{\"galatea-session\": 2, \"files\": {\"data\": {\"path\": \"data.h5\", "
                            "\"bytes\": 1}, \"latents\": {\"path\": \"latents.h5\"}}, \"view\": "
                            "{\"selection\": {\"bits\": \"Eg==\"}}}");
        ok({"export", "s2.galatea", "--selection", "-o", "s2.csv"});
        QFile bits(at("s2.csv"));
        QVERIFY(bits.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = bits.readAll().split('\n');
        QVERIFY2(lines.at(1).startsWith("1,") && lines.at(2).startsWith("4,"), lines.at(1));
        write("bad.galatea", "{\"galatea-session\": 1}");
        const CliRun run = runCli({"export", "bad.galatea", "-o", "b.csv"}, folder_.path());
        QCOMPARE(run.exitCode, 3);
        QVERIFY2(run.oneErrorLine(), run.report());
    }

    void joinsACatalogue() {
        const CliRun run =
            ok({"import", "data.h5", "--join", "cat.csv", "--on", "id", "-o", "joined.h5", "--json"});
        const QJsonObject join = run.json()["join"].toObject();
        QCOMPARE(join["matched"].toInt(), 2);
        QCOMPARE(join["unmatched"].toInt(), 4);
        QCOMPARE(join["catalogue_unused"].toInt(), 2);
        QCOMPARE(join["several_candidates"].toInt(), 1);
        ok({"export", "joined.h5", "-o", "joined.csv", "--rows", "5,1"});
        QFile file(at("joined.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = file.readAll().split('\n');
        QVERIFY2(lines.at(1).contains("five") && lines.at(2).contains("one"), lines.at(1));
        QCOMPARE(runCli({"import", "data.h5", "--join", "cat.csv", "-o", "x.h5"}, folder_.path()).exitCode,
                 2);
        QCOMPARE(
            runCli({"import", "data.h5", "--join", "none.csv", "--on", "id", "-o", "x.h5"}, folder_.path())
                .exitCode,
            3);
        QVERIFY(!QFile::exists(at("x.h5")));
    }

    void imagesInEveryLayout() {
        QCOMPARE(
            ok({"export", "data.h5", "-o", "cube.fits", "--rows", "0-2", "--json"}).json()["images"].toInt(),
            3);
        ok({"export", "data.h5", "-o", "mef.fits", "--layout", "extensions"});
        ok({"export", "data.h5", "-o", "files", "--rows", "2,4"});
        ok({"export", "data.h5", "-o", "pictures/", "--format", "png"});
        ok({"export", "data.h5", "-o", "some.h5", "--rows", "3-"});
        QCOMPARE(QDir(at("files")).entryList(QDir::Files).size(), 3);
        QCOMPARE(QDir(at("pictures")).entryList({"*.png"}).size(), 6);
        QCOMPARE(ok({"info", "some.h5", "--json"}).json()["images"].toInt(), 3);
        QCOMPARE(ok({"import", "mef.fits", "-o", "again.h5", "--json"}).json()["images"].toInt(), 6);
        QCOMPARE(ok({"import", "pictures/catalog.csv", "-o", "p.h5", "--json"}).json()["images"].toInt(), 6);
        QCOMPARE(ok({"export", "data.h5", "--table", "-o", "t.fits", "--json"}).json()["rows"].toInt(), 6);
        for (const QStringList& wrong : {QStringList{"-o", "a.doc"},
                                         {"-o", "a.csv", "--images"},
                                         {"-o", "a.h5", "--table"},
                                         {"-o", "a.fits", "--rows", "6"},
                                         {"-o", "a.fits", "--rows", "x"},
                                         {"-o", "files"},
                                         {"-o", "a.fits", "--selection"}}) {
            const CliRun run = runCli(QStringList{"export", "data.h5"} + wrong, folder_.path());
            QVERIFY2(run.exitCode == 2 && run.oneErrorLine(), run.report());
            QVERIFY(!QFile::exists(at("a.fits")) && !QFile::exists(at("a.csv")));
        }
    }
};

QTEST_GUILESS_MAIN(TestCliExport)
#include "test_cli_export.moc"
