// galatea-cli evaluate: figures, reports and plots of small models, and what it says to wrong wishes.

#include <cmath>

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"

class TestCliEvaluate : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void reconstructionTellsErrorAndCalibration();
    void gaussianBaselineComparesEveryImage();
    void anomalyPartsTheClasses();
    void anomalyScoresAnUnlabelledSet();
    void thresholdsTravelInTheCard();
    void wrongWishesAreExplained();

  private:
    QString at(const QString& name) const { return folder_.filePath(name); }
    CliRun ok(const QStringList& arguments) const {
        const CliRun run = runCli(QStringList{"--quiet", "--json", "--threads", "1"} + arguments);
        if (run.exitCode != 0)
            qWarning() << run.report();
        return run;
    }
    QJsonObject report(const QString& name) const {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object()
                                              : QJsonObject();
    }

    QTemporaryDir folder_;
};

void TestCliEvaluate::initTestCase() {
    QCOMPARE(ok({"simulate", "-n", "90", "--size", "16", "--bands", "r", "--rescale", "--seed", "3", "-o",
                 at("d.h5")})
                 .exitCode,
             0);
    QCOMPARE(ok({"train", "regier-vae", at("d.h5"), "--set", "hidden=[16,16]", "--set", "latent=3",
                 "--epochs", "20", "--set", "learning_rate=0.003", "-o", at("vae.safetensors")})
                 .exitCode,
             0);
    QCOMPARE(ok({"train", "deep-svdd", at("d.h5"), "--set", "filters=4,4", "--set", "hidden=0", "--set",
                 "latent=16", "--epochs", "6", "-o", at("svdd.safetensors")})
                 .exitCode,
             0);
}

void TestCliEvaluate::reconstructionTellsErrorAndCalibration() {
    const CliRun run = ok({"evaluate", "reconstruction", at("vae.safetensors"), at("d.h5"), "-o",
                           at("r.json"), "--plots", at("rp")});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject json = run.json();
    QCOMPARE(json["task"].toString(), QString("reconstruction"));
    QCOMPARE(json["images"].toInt(), 90);
    const QJsonObject error = json["squared_error"].toObject(), calibration = json["calibration"].toObject();
    QVERIFY(error["smallest"].toDouble() > 0);
    QVERIFY(error["smallest"].toDouble() <= error["median"].toDouble());
    QVERIFY(error["median"].toDouble() <= error["largest"].toDouble());
    QVERIFY(std::abs(json["error_ratio"].toDouble() -
                     error["mean"].toDouble() / json["mean_image_error"].toDouble()) < 1e-9);
    QCOMPARE(calibration["pixels"].toInt(), 90 * 256);
    QVERIFY(calibration["within_1_sigma"].toDouble() < calibration["within_2_sigma"].toDouble());
    QCOMPARE(json["best"].toArray()[0].toObject()["squared_error"].toDouble(), error["smallest"].toDouble());
    QCOMPARE(json["worst"].toArray()[0].toObject()["squared_error"].toDouble(), error["largest"].toDouble());
    QVERIFY(json["plots"].toArray().size() >= 6);
    for (const auto& plot : json["plots"].toArray())
        QVERIFY2(QFileInfo(plot.toString()).size() > 500, qPrintable(plot.toString()));
    QCOMPARE(report("r.json")["squared_error"], json["squared_error"]);
}

void TestCliEvaluate::gaussianBaselineComparesEveryImage() {
    const CliRun run = ok({"evaluate", "gaussian-baseline", at("vae.safetensors"), at("d.h5")});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject json = run.json();
    const double share = json["better_in_squared_error"].toDouble();
    QCOMPARE(json["gaussian_better_in_squared_error"].toArray().size(), 90 - std::lround(share * 90));
    QVERIFY(json["model_gives_variances"].toBool());
    QVERIFY(json["gaussian_squared_error"].toObject()["smallest"].toDouble() > 0);
    QCOMPARE(json["plots"].toArray().size(), 0);
    QVERIFY(json["better_in_log_likelihood"].isDouble());
}

void TestCliEvaluate::anomalyPartsTheClasses() {
    const CliRun run = ok({"evaluate", "anomaly", at("svdd.safetensors"), at("d.h5"), "--normal", "spiral",
                           "--plots", at("ap")});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject json = run.json();
    const double area = json["auc"].toDouble(-1);
    QVERIFY(area >= 0 && area <= 1);
    const QJsonObject perClass = json["auc_per_class"].toObject();
    QVERIFY(perClass.contains("smooth") && !perClass.contains("spiral"));
    const QJsonArray thresholds = json["thresholds"].toArray();
    QCOMPARE(thresholds.size(), 4);
    for (int i = 1; i < 4; ++i)
        QVERIFY(thresholds[i - 1].toDouble() <= thresholds[i].toDouble());
    int counted = 0;
    for (const auto& regions : json["regions"].toObject())
        for (const auto& count : regions.toObject())
            counted += count.toInt();
    QCOMPARE(counted, 90);
    QVERIFY(json["embedding"].toObject()["variance"].toDouble() > 0);
    for (const char* name : {"scores.png", "scores.svg", "roc.png", "gallery.png"})
        QVERIFY2(QFileInfo(at("ap/") + name).size() > 500, name);
}

void TestCliEvaluate::anomalyScoresAnUnlabelledSet() {
    const CliRun run = ok({"evaluate", "anomaly", at("svdd.safetensors"), at("d.h5"), "--unlabelled",
                           at("d.h5"), "--thresholds", "-1,0,1000,1001"});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject unlabelled = run.json()["unlabelled"].toObject();
    QCOMPARE(unlabelled["regions"].toObject()["0.5"].toInt(),
             90); // a squared distance lies between 0 and 1000
    QVERIFY(!run.json().contains("auc"));
}

void TestCliEvaluate::thresholdsTravelInTheCard() {
    const CliRun written = ok({"evaluate", "anomaly", at("svdd.safetensors"), at("d.h5"), "--normal",
                               "spiral", "--write-model", at("with.safetensors")});
    QCOMPARE(written.exitCode, 0);
    const CliRun again =
        ok({"evaluate", "anomaly", at("with.safetensors"), at("d.h5"), "--normal", "smooth"});
    QCOMPARE(again.json()["thresholds"], written.json()["thresholds"]);
    QCOMPARE(again.json()["thresholds_from"].toString(), QString("the model's card"));
    QCOMPARE(again.json()["scores"], written.json()["scores"]); // the weights are the same
    const CliRun score = ok({"score", at("with.safetensors"), at("d.h5"), "-o", at("s.csv")});
    QCOMPARE(score.json()["thresholds"], written.json()["thresholds"]);
}

void TestCliEvaluate::wrongWishesAreExplained() {
    const auto code = [&](const QStringList& arguments) {
        const CliRun run = runCli(QStringList{"--quiet"} + arguments);
        return run.oneErrorLine() ? run.exitCode : -100;
    };
    const QString vae = at("vae.safetensors"), svdd = at("svdd.safetensors"), data = at("d.h5");
    QCOMPARE(code({"evaluate"}), 2);
    QCOMPARE(code({"evaluate", "nonsense"}), 2);
    QCOMPARE(code({"evaluate", "reconstruction", vae}), 2);
    QCOMPARE(code({"evaluate", "reconstruction", svdd, data}), 4); // cannot decode
    QCOMPARE(code({"evaluate", "anomaly", vae, data}), 4);         // cannot score
    QCOMPARE(code({"evaluate", "anomaly", svdd, data, "--normal", "quasar"}), 2);
    QCOMPARE(code({"evaluate", "anomaly", svdd, data, "--normal", "spiral", "--column", "nothing"}), 2);
    QCOMPARE(code({"evaluate", "anomaly", svdd, data, "--thresholds", "3,2,1,0"}), 2);
    QCOMPARE(code({"evaluate", "reconstruction", vae, data, "-o", at("report.txt")}), 2);
    QCOMPARE(code({"evaluate", "reconstruction", vae, data, "--plots", data}), 2); // a file is in the way
}

QTEST_GUILESS_MAIN(TestCliEvaluate)
#include "test_cli_evaluate.moc"
