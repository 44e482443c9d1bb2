// evaluate classification: figures of known scores, several runs of two methods, and refusals.

#include <cmath>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"

class TestCliClassification : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    QString at(const QString& name) const { return folder_.filePath(name); }
    void write(const QString& name, const QByteArray& text) const {
        QFile file(at(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    CliRun run(const QStringList& arguments) const { return runCli(arguments, folder_.path()); }
    CliRun ok(const QStringList& arguments) const {
        const CliRun done = run(arguments);
        [&] { QVERIFY2(done.exitCode == 0, done.report()); }();
        return done;
    }

  private Q_SLOTS:
    void initTestCase() {
        ok({"simulate", "-n", "40", "--size", "16", "--bands", "gr", "-o", "plain.h5"});
        QByteArray labels = "objid,truth\n";
        for (int i = 0; i < 40; ++i)
            labels += QByteArray::number(i) + "," + (i < 3 ? "" : i % 2 ? "galaxy" : "star") + "\n";
        write("labels.csv", labels);
        ok({"import", "plain.h5", "--join", "labels.csv", "--on", "id", "-o", "data.h5"});
        QVERIFY(QDir(folder_.path()).mkdir("good"));
        QVERIFY(QDir(folder_.path()).mkdir("bad"));
        QByteArray right = "id,score\n", turned = right, constant = right;
        for (int i = 0; i < 40; ++i) {
            const QByteArray id = QByteArray::number(i);
            right += id + "," + (i % 2 ? "1." : "-1.") + id + "\n";
            turned += id + "," + (i % 2 ? "-1." : "1.") + id + "\n";
            constant += id + ",0.5\n";
        }
        write("good/1.csv", right);
        write("good/2.csv", constant);
        write("bad/1.csv", turned);
    }

    void figuresOfKnownScores() {
        const CliRun done = ok({"evaluate", "classification", "data.h5", "good", "bad", "--label", "truth",
                                "--positive", "galaxy", "--plots", "plots", "-o", "report.json", "--json"});
        const QJsonObject json = done.json();
        QCOMPARE(json["positives"].toInt(), 19); // the three without a label do not count
        QCOMPARE(json["negatives"].toInt(), 18);
        const QJsonArray methods = json["methods"].toArray();
        QCOMPARE(methods.size(), 2);
        QCOMPARE(methods[0]["method"].toString(), QString("good"));
        const QJsonObject good = methods[0]["auc"].toObject();
        QCOMPARE(good["runs"].toInt(), 2);
        QCOMPARE(good["highest"].toDouble(), 1.0);
        QCOMPARE(good["lowest"].toDouble(), 0.5);
        QCOMPARE(good["mean"].toDouble(), 0.75);
        QVERIFY(std::abs(good["deviation"].toDouble() - std::sqrt(0.125)) < 1e-12);
        QCOMPARE(methods[1]["auc"]["mean"].toDouble(), 0.0);
        QCOMPARE(methods[1]["auc_either_sign"]["mean"].toDouble(), 1.0);
        const QJsonObject counts = methods[0]["runs"][0]["at_threshold"].toObject();
        QCOMPARE(counts["true_positives"].toInt(), 19);
        QCOMPARE(counts["false_positives"].toInt(), 0);
        for (const char* name : {"plots/roc.png", "plots/roc.svg", "report.json"})
            QVERIFY2(QFile(at(name)).size() > 500, name);
    }

    void aTrainedModelIsJudged() {
        ok({"train", "casvae", "data.h5", "--set", "features=4", "--set", "autoencoder_epochs=1", "--set",
            "classifier_epochs=1", "-o", "m.safetensors"});
        const CliRun done = ok({"evaluate", "classification", "data.h5", "m.safetensors", "--positive",
                                "star", "--label", "truth", "--json"});
        const double area = done.json()["methods"][0]["auc"]["mean"].toDouble();
        QVERIFY(area >= 0 && area <= 1);
        ok({"score", "m.safetensors", "data.h5", "-o", "scores.csv"});
        const CliRun table = ok({"evaluate", "classification", "data.h5", "scores.csv", "--positive", "star",
                                 "--label", "truth", "--json"});
        QVERIFY(std::abs(table.json()["methods"][0]["auc"]["mean"].toDouble() - area) < 1e-12);
    }

    void nonsenseIsRefused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("no such column") << QStringList{"good", "--positive", "galaxy", "--label", "class"};
        QTest::newRow("no such class") << QStringList{"good", "--positive", "quasar", "--label", "truth"};
        QTest::newRow("no other class")
            << QStringList{"good", "--positive", "star", "--negative", "quasar", "--label", "truth"};
        QTest::newRow("no scores") << QStringList{"labels.csv", "--positive", "star", "--label", "truth"};
        QTest::newRow("empty folder") << QStringList{"plots-none", "--positive", "star", "--label", "truth"};
    }
    void nonsenseIsRefused() {
        QFETCH(QStringList, arguments);
        QDir(folder_.path()).mkdir("plots-none");
        const CliRun done = run(QStringList{"evaluate", "classification", "data.h5"} + arguments);
        QVERIFY2(done.exitCode == 2 || done.exitCode == 3, done.report());
        QVERIFY2(done.oneErrorLine(), done.report());
    }
};

QTEST_GUILESS_MAIN(TestCliClassification)
#include "test_cli_classification.moc"
