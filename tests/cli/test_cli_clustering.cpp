// evaluate clustering: populations, cohesion, overlap and agreement, from a model, from latents, beside
// scikit-learn.

#include <cmath>

#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"
#include "core/random.h"
#include "latent/latents.h"
#include "mixture/mixture.h"
#include "tests/support/python.h"

using namespace galatea;

class TestCliClustering : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void latentsWithAMixture();
    void agreesWithScikitLearn();
    void labelsAndSecondLabels();
    void aModelAndItsImages();
    void wrongWishesAreExplained();

  private:
    QString at(const QString& name) const { return folder_.filePath(name); }
    CliRun run(const QStringList& arguments) const {
        return runCli(QStringList{"--quiet", "--json", "--threads", "1"} + arguments, folder_.path());
    }
    QJsonObject ok(const QStringList& arguments) const {
        const CliRun done = run(arguments);
        if (done.exitCode != 0)
            qWarning() << done.report();
        return done.json();
    }

    QTemporaryDir folder_;
};

/// Three clusters of 40 on a line in the first of two latents, at −6, 0 and 6.
void TestCliClustering::initTestCase() {
    RandomStream random(4, "clusters");
    Latents latents;
    latents.mean = Array({120, 2});
    QByteArray labels = "id,kind,vote\n";
    for (int64_t n = 0; n < 120; ++n) {
        const int64_t k = n / 40;
        latents.mean.at(n, 0) = static_cast<float>(6 * (k - 1)) + static_cast<float>(random.normal());
        latents.mean.at(n, 1) = static_cast<float>(random.normal());
        latents.id.push_back("g" + std::to_string(n));
        labels += QString("g%1,%2,%3\n")
                      .arg(n)
                      .arg(n % 10 == 0 ? "odd" : QString("k%1").arg(k))
                      .arg(0.1 * double(k))
                      .toUtf8();
    }
    writeLatents(latents, at("l.h5").toStdString());
    ok({"mixture", "l.h5", "-k", "3", "--starts", "4", "-o", "m.h5"});
    // Images that bring the labels; what they show does not matter.
    ok({"simulate", "-n", "120", "--size", "16", "--bands", "r", "--rescale", "-o", "plain.h5"});
    QFile file(at("labels.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QByteArray named = labels;
    file.write(named.replace("\ng", "\n"));
    file.close();
    ok({"import", "plain.h5", "--join", "labels.csv", "--on", "id", "-o", "joined.h5"});
}

void TestCliClustering::latentsWithAMixture() {
    const QJsonObject json = ok({"evaluate", "clustering", "l.h5", "--mixture", "m.h5", "--cuts", "0.5,0.99",
                                 "-o", at("r.json"), "--plots", at("plots")});
    QCOMPARE(json["objects"].toInt(), 120);
    QCOMPARE(json["components"].toInt(), 3);
    int sum = 0;
    for (const auto& count : json["populations"].toArray()) {
        sum += count.toInt();
        QVERIFY(std::abs(count.toInt() - 40) <= 2);
    }
    QCOMPARE(sum, 120);
    const QJsonObject cut = json["cuts"].toArray()[1].toObject();
    QVERIFY(cut["objects"].toInt() >= 100 && cut["objects"].toInt() <= 120);
    const QJsonArray overlap = json["overlap"].toArray();
    for (int j = 0; j < 3; ++j) {
        double row = 0;
        for (const auto& value : overlap[j].toArray())
            row += value.toDouble();
        QVERIFY(std::abs(row - 1) < 1e-5);
        QVERIFY(overlap[j].toArray()[j].toDouble() > 0.95);
    }
    for (const QString name : {"populations", "silhouettes", "overlap", "map"})
        for (const QString ending : {".png", ".svg"})
            QVERIFY2(QFileInfo(at("plots/" + name + ending)).size() > 500, qPrintable(name));
    QVERIFY(QFileInfo(at("r.json")).size() > 500);
    const QJsonObject scaled =
        ok({"evaluate", "clustering", "l.h5", "--mixture", "m.h5", "--responsibilities", "scaled"});
    QVERIFY(scaled["mean_own_probability"].toDouble() < 1);
    QCOMPARE(scaled["populations"], json["populations"]);
}

void TestCliClustering::agreesWithScikitLearn() {
    const QString python = pythonThatCan("import sklearn.metrics, h5py");
    if (python.isEmpty())
        QSKIP("no python3 with scikit-learn and h5py here");
    const QJsonObject json = ok({"evaluate", "clustering", "l.h5", "--mixture", "m.h5"});
    QProcess process;
    process.start(python, {"-c", R"(
import sys, h5py, numpy as np
from sklearn import metrics
z = h5py.File(sys.argv[1])["mean"][:].astype(float)
m = h5py.File(sys.argv[2])
w, mu, v = m["weights"][:], m["means"][:], m["variances"][:]
joint = np.log(w) - 0.5 * (np.log(2 * np.pi * v) + (z[:, None] - mu) ** 2 / v).sum(2)
label = joint.argmax(1)
print(metrics.silhouette_score(z, label), metrics.calinski_harabasz_score(z, label),
      metrics.davies_bouldin_score(z, label), np.logaddexp.reduce(joint, 1).mean())
)",
                           at("l.h5"), at("m.h5")});
    QVERIFY(process.waitForFinished(60000));
    const QStringList words = QString(process.readAllStandardOutput()).split(' ');
    QCOMPARE(words.size(), 4);
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-6 * std::max(1.0, std::abs(b)); };
    QVERIFY(near(json["silhouette"].toObject()["full"].toObject()["mean"].toDouble(), words[0].toDouble()));
    QVERIFY(near(json["calinski_harabasz"].toDouble(), words[1].toDouble()));
    QVERIFY(near(json["davies_bouldin"].toDouble(), words[2].toDouble()));
    QVERIFY(near(json["mean_log_likelihood"].toDouble(), words[3].toDouble()));
}

void TestCliClustering::labelsAndSecondLabels() {
    // The images' ids are 0 … 119, the latents' g0 …: rename through a latents file of the same objects.
    Latents latents = readLatents(at("l.h5").toStdString());
    for (std::string& id : latents.id)
        id.erase(0, 1);
    writeLatents(latents, at("numbered.h5").toStdString());
    const QJsonObject json =
        ok({"evaluate", "clustering", "numbered.h5", "joined.h5", "--mixture", "m.h5", "--column", "kind",
            "--votes", "vote", "--among", "0,1", "--plots", at("labelled")});
    const QJsonObject labels = json["labels"].toObject();
    QCOMPARE(labels["objects"].toInt(), 120);
    QCOMPARE(labels["classes"].toArray(), QJsonArray({"k0", "k1", "k2", "odd"}));
    QVERIFY(labels["accuracy"].toDouble() > 0.87 && labels["accuracy"].toDouble() <= 0.9);
    QVERIFY(labels["purity"].toDouble() >= labels["accuracy"].toDouble());
    QVERIFY(labels["homogeneity"].toDouble() > 0.6);
    for (int k = 0; k < 3; ++k) { // the vote of a component is a tenth of its class's number
        const double vote = json["votes"].toObject()["vote"].toObject()["mean"].toArray()[k].toDouble();
        const QString stands = labels["class_of_component"].toArray()[k].toString();
        QVERIFY(std::abs(vote - 0.1 * stands.mid(1).toInt()) < 0.02);
    }
    const QJsonObject second = json["second_labels"].toObject();
    QCOMPARE(second["relabelled"].toInt(), json["populations"].toArray()[2].toInt());
    QCOMPARE(second["counts_of_all"].toArray()[2].toInt(), 0);
    QVERIFY(QFileInfo(at("labelled/classes.png")).size() > 500);
    QVERIFY(QFileInfo(at("labelled/votes.svg")).size() > 500);
}

void TestCliClustering::aModelAndItsImages() {
    ok({"train",           "astrovader", "plain.h5",           "--set",
        "filters=4,4,4",   "--set",      "latent=3",           "--set",
        "components=2",    "--set",      "gamma_epochs=2",     "--set",
        "periods=1",       "--set",      "annealing_epochs=1", "--set",
        "static_epochs=1", "--set",      "mixture_batches=2",  "--set",
        "batch=30",        "-o",         "model.safetensors"});
    const QJsonObject json = ok({"evaluate", "clustering", "model.safetensors", "plain.h5", "--shown", "3",
                                 "--plots", at("pictures")});
    QCOMPARE(json["objects"].toInt(), 120);
    QCOMPARE(json["components"].toInt(), 2);
    QVERIFY(json["plots"].toArray().size() >= 6);
    for (const auto& plot : json["plots"].toArray())
        QVERIFY2(QFileInfo(plot.toString()).size() > 200, qPrintable(plot.toString()));
}

void TestCliClustering::wrongWishesAreExplained() {
    const std::vector<std::pair<QStringList, QString>> wishes{
        {{"l.h5"}, "--mixture"},
        {{"model.safetensors"}, "data set"},
        {{"l.h5", "--mixture", "m.h5", "--column", "label"}, "catalogue"},
        {{"l.h5", "--mixture", "m.h5", "--among", "7"}, "no such component"},
        {{"numbered.h5", "joined.h5", "--mixture", "m.h5", "--column", "nothing"}, "nothing"},
        {{"numbered.h5", "joined.h5", "--mixture", "m.h5", "--votes", "kind"}, "no numbers"},
    };
    for (const auto& [arguments, expected] : wishes) {
        const CliRun done = run(QStringList{"evaluate", "clustering"} + arguments);
        QVERIFY2(done.exitCode == 2, done.report());
        QVERIFY2(done.oneErrorLine(), done.report());
        QVERIFY2(done.err.contains(expected.toUtf8()), done.report());
    }
}

QTEST_GUILESS_MAIN(TestCliClustering)
#include "test_cli_clustering.moc"
