// galatea-cli mixture: covariances, a range of K with its criteria, the Dirichlet process, and wishes that
// make no sense.

#include <cmath>

#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "cli_process.h"
#include "core/random.h"
#include "latent/latents.h"
#include "mixture/mixture_file.h"
#include "tests/support/python.h"

using namespace galatea;

class TestCliMixture : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void aRangeIsATable();
    void akaikeMayChooseAnother();
    void theProcessFindsTheNumber();
    void fullOnesServeEverywhere();
    void sameSeedSameFile();
    void constantLatentsAndTooFewObjects();
    void wrongWishesAreExplained_data();
    void wrongWishesAreExplained();

  private:
    QString at(const QString& name) const { return folder_.filePath(name); }
    std::string path(const QString& name) const { return at(name).toStdString(); }
    CliRun run(const QStringList& arguments) const {
        return runCli(QStringList{"--quiet", "--json", "--threads", "2"} + arguments, folder_.path());
    }
    QJsonObject ok(const QStringList& arguments) const {
        const CliRun done = run(arguments);
        if (done.exitCode != 0)
            qWarning() << done.report();
        return done.json();
    }

    QTemporaryDir folder_;
};

/// Two needles that cross and a round cluster: three components with full covariances.
void TestCliMixture::initTestCase() {
    RandomStream random(14, "needles");
    Latents latents;
    latents.mean = Array({900, 2});
    for (int64_t n = 0; n < 900; ++n) {
        const double a = random.normal(), b = random.normal();
        const int64_t k = n % 3;
        latents.mean.at(n, 0) = static_cast<float>(k == 2 ? 9 + a : 2 * a + 0.2 * b);
        latents.mean.at(n, 1) = static_cast<float>(k == 2 ? b : (k == 0 ? 1 : -1) * (2 * a - 0.2 * b));
        latents.id.push_back("g" + std::to_string(n));
    }
    writeLatents(latents, path("l.h5"));
    latents.mean = latents.mean.slice(0, 5).copy();
    latents.id.resize(5);
    writeLatents(latents, path("few.h5"));
    for (int64_t n = 0; n < 5; ++n)
        latents.mean.at(n, 1) = 4;
    writeLatents(latents, path("constant.h5"));
}

void TestCliMixture::aRangeIsATable() {
    const QJsonObject json = ok({"mixture", "l.h5", "-k", "1:6", "--covariance", "full", "--starts", "4",
                                 "--tolerance", "1e-6", "--iterations", "500", "-o", "range.h5"});
    QCOMPARE(json["criterion"].toString(), "bic");
    QCOMPARE(json["components"].toInt(), 3);
    const QJsonArray table = json["selection"].toArray();
    QCOMPARE(table.size(), 6);
    for (int i = 0; i < 6; ++i) {
        const QJsonObject row = table[i].toObject();
        QCOMPARE(row["components"].toInt(), i + 1);
        const int parameters = i + 5 * (i + 1); // K − 1 weights, two means and three covariances each
        QCOMPARE(row["free_parameters"].toInt(), parameters);
        const double twice = -2 * 900 * row["mean_log_likelihood"].toDouble();
        QVERIFY(std::abs(row["bic"].toDouble() - (twice + parameters * std::log(900.0))) < 1e-6);
        QVERIFY(std::abs(row["aic"].toDouble() - (twice + 2 * parameters)) < 1e-6);
        QVERIFY(row["bic"].toDouble() >= table[2].toObject()["bic"].toDouble());
    }
    QCOMPARE(json["bic"], table[2].toObject()["bic"]);
    const StoredMixture stored = readMixture(path("range.h5"));
    QCOMPARE(stored.mixture.components, 3);
    QVERIFY(stored.mixture.covariance() == Covariance::Full);
    QCOMPARE(stored.parameters["criterion"].get<std::string>(), "bic");
    QCOMPARE(stored.parameters["components"].get<int>(), 3);
    QCOMPARE(ok({"info", "range.h5"})["covariance"].toString(), "full");
    const CliRun text = runCli({"--quiet", "mixture", "l.h5", "-k", "2:3", "-o", "t.h5"}, folder_.path());
    QVERIFY2(text.out.contains("lowest BIC"), text.report());
}

void TestCliMixture::akaikeMayChooseAnother() {
    const QJsonObject json = ok({"mixture", "l.h5", "-k", "2:4", "--criterion", "aic", "-o", "aic.h5"});
    QCOMPARE(json["criterion"].toString(), "aic");
    double lowest = INFINITY;
    int best = 0;
    for (const auto& row : json["selection"].toArray())
        if (row.toObject()["aic"].toDouble() < lowest) {
            lowest = row.toObject()["aic"].toDouble();
            best = row.toObject()["components"].toInt();
        }
    QCOMPARE(json["components"].toInt(), best);
    QCOMPARE(json["covariance"].toString(), "diag");
}

void TestCliMixture::theProcessFindsTheNumber() {
    const QJsonObject json = ok({"mixture", "l.h5", "--dirichlet-process", "20", "-o", "dp.h5"});
    QCOMPARE(json["active_components"].toInt(), 3);
    QCOMPARE(json["components"].toInt(), 3);
    QCOMPARE(json["covariance"].toString(), "full");
    QCOMPARE(json["active_weight"].toDouble(), 0.01);
    QVERIFY(json["lower_bound"].toDouble() < 900 * json["mean_log_likelihood"].toDouble());
    double sum = 0;
    for (const auto& weight : json["weights"].toArray()) {
        sum += weight.toDouble();
        QVERIFY(std::abs(weight.toDouble() - 1.0 / 3) < 0.05);
    }
    QVERIFY(std::abs(sum - 1) < 1e-9);
    QCOMPARE(readMixture(path("dp.h5")).parameters["method"].get<std::string>(), "dirichlet process");
    const QJsonObject diagonal = ok({"mixture", "l.h5", "--dirichlet-process", "20", "--covariance", "diag",
                                     "--concentration", "0.01", "--active-weight", "0.05", "-o", "d.h5"});
    QCOMPARE(diagonal["covariance"].toString(), "diag");
    QVERIFY(diagonal["components"].toInt() >= 3); // a needle takes several upright ellipses
    for (const auto& weight : diagonal["weights"].toArray())
        QVERIFY(weight.toDouble() > 0.05);
}

/// What evaluates a mixture takes a full one, and gives what scipy gives.
void TestCliMixture::fullOnesServeEverywhere() {
    ok({"mixture", "l.h5", "-k", "3", "--covariance", "full", "--starts", "5", "-o", "full.h5"});
    const QJsonObject json = ok({"evaluate", "clustering", "l.h5", "--mixture", "full.h5", "--among", "0,2"});
    QCOMPARE(json["components"].toInt(), 3);
    QVERIFY(json["second_labels"].toObject()["relabelled"].toInt() > 0);
    const QString python = pythonThatCan("import scipy.stats, h5py");
    if (python.isEmpty())
        QSKIP("no python3 with scipy and h5py here");
    QProcess process;
    process.start(python, {"-c", R"(
import sys, h5py, numpy as np
from scipy.stats import multivariate_normal
z = h5py.File(sys.argv[1])["mean"][:].astype(float)
m = h5py.File(sys.argv[2])
joint = np.array([np.log(w) + multivariate_normal(mu, c).logpdf(z)
                  for w, mu, c in zip(m["weights"][:], m["means"][:], m["covariances"][:])])
print(np.logaddexp.reduce(joint, 0).mean(), *np.bincount(joint.argmax(0), minlength=3))
)",
                           at("l.h5"), at("full.h5")});
    QVERIFY(process.waitForFinished(60000));
    const QStringList words = QString(process.readAllStandardOutput()).simplified().split(' ');
    QCOMPARE(words.size(), 4);
    QVERIFY(std::abs(json["mean_log_likelihood"].toDouble() - words[0].toDouble()) < 1e-6);
    for (int k = 0; k < 3; ++k)
        QCOMPARE(json["populations"].toArray()[k].toInt(), words[k + 1].toInt());
}

void TestCliMixture::sameSeedSameFile() {
    const QStringList command{"mixture", "l.h5", "--dirichlet-process", "8", "--seed", "5", "-o"};
    ok(command + QStringList{"a.h5"});
    ok(command + QStringList{"b.h5", "--threads", "1"});
    const GaussianMixture a = readMixture(path("a.h5")).mixture, b = readMixture(path("b.h5")).mixture;
    QVERIFY(a.weights == b.weights && a.means == b.means && a.covariances == b.covariances);
}

void TestCliMixture::constantLatentsAndTooFewObjects() {
    for (const QStringList& wish :
         {QStringList{"-k", "2", "--covariance", "full"}, QStringList{"--dirichlet-process", "4"}})
        QVERIFY(
            ok(QStringList{"mixture", "constant.h5", "-o", "c.h5"} + wish)["mean_log_likelihood"].isDouble());
    for (const QStringList& wish : {QStringList{"-k", "2:6"}, QStringList{"--dirichlet-process", "6"}}) {
        const CliRun done = run(QStringList{"mixture", "few.h5", "-o", "none.h5"} + wish);
        QCOMPARE(done.exitCode, 2);
        QVERIFY2(done.oneErrorLine() && done.err.contains("too few"), done.report());
    }
    QVERIFY(!QFileInfo::exists(at("none.h5")));
}

void TestCliMixture::wrongWishesAreExplained_data() {
    QTest::addColumn<QStringList>("wish");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* name, const QStringList& wish, const char* words) {
        QTest::newRow(name) << wish << QByteArray(words);
    };
    row("no number", {}, "either -k or --dirichlet-process");
    row("both", {"-k", "3", "--dirichlet-process", "5"}, "either -k or --dirichlet-process");
    row("no number at all", {"-k", "three"}, "neither a number nor a range");
    row("zero", {"-k", "0"}, "neither a number nor a range");
    row("backwards", {"-k", "5:2"}, "neither a number nor a range");
    row("open", {"-k", "5:"}, "neither a number nor a range");
    row("beyond all", {"-k", "2:99999"}, "neither a number nor a range");
    row("tied", {"-k", "3", "--covariance", "tied"}, "tied");
    row("criterion", {"-k", "3", "--criterion", "dic"}, "dic");
    row("concentration", {"-k", "3", "--concentration", "1"}, "belongs to the Dirichlet process");
    row("active", {"-k", "3", "--active-weight", "0.1"}, "belongs to the Dirichlet process");
}

void TestCliMixture::wrongWishesAreExplained() {
    QFETCH(QStringList, wish);
    QFETCH(QByteArray, words);
    const CliRun done = run(QStringList{"mixture", "l.h5", "-o", "none.h5"} + wish);
    QCOMPARE(done.exitCode, 2);
    QVERIFY2(done.oneErrorLine() && done.err.contains(words), done.report());
    QVERIFY(!QFileInfo::exists(at("none.h5")));
}

QTEST_GUILESS_MAIN(TestCliMixture)
#include "test_cli_mixture.moc"
