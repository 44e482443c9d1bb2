#include <QtTest>

#include <cmath>

#include "core/error.h"
#include "io/hdf5.h"
#include "mixture/mixture_file.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

StoredMixture example() {
    return {{2, 3, {0.125, 0.875}, {1.0 / 3, -2, 3, 4, 5, 6e10}, {0.1, 0.2, 0.3, 1e-6, 5, 6}}, -12.375};
}

StoredMixture fullExample() {
    StoredMixture stored{{2, 2, {0.25, 0.75}, {1, 2, 3, 4}, {2, 1, 1.0 / 3, 5}}, -3.5};
    stored.mixture.covariances = {2, -0.5, -0.5, 1, 1.0 / 3, 0.1, 0.1, 5};
    return stored;
}

/// A mixture file written piece by piece, so that one piece can be wrong.
struct Pieces {
    std::vector<double> weights{0.5, 0.5}, means{0, 1, 2, 3}, variances{1, 1, 1, 1};
    std::vector<int64_t> meansShape{2, 2}, variancesShape{2, 2};
    std::string covariance = "diag";
    std::vector<double> covariances; ///< none: not written
    std::vector<int64_t> covariancesShape{2, 2, 2};

    void write(const std::string& path) const {
        Hdf5Writer file(path);
        file.writeDoubles("/weights", weights);
        file.writeDoubles("/means", means, meansShape);
        file.writeDoubles("/variances", variances, variancesShape);
        if (!covariances.empty())
            file.writeDoubles("/covariances", covariances, covariancesShape);
        file.setAttribute("/", "covariance", covariance);
        file.commit();
    }
};

} // namespace

class TestMixtureFile : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void comesBackExactly();
    void pythonReadsIt();
    void wrongPiecesAreRefused();
    void whatIsNoMixtureIsNotWritten();

  private:
    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
    QTemporaryDir folder_;
};

void TestMixtureFile::comesBackExactly() {
    writeMixture(example(), path("m.h5"));
    const StoredMixture back = readMixture(path("m.h5"));
    QCOMPARE(back.mixture.components, 2);
    QCOMPARE(back.mixture.dimensions, 3);
    QVERIFY(back.mixture.weights == example().mixture.weights);
    QVERIFY(back.mixture.means == example().mixture.means);
    QVERIFY(back.mixture.variances == example().mixture.variances);
    QCOMPARE(back.meanLogLikelihood, -12.375);
    QVERIFY(back.mixture.covariance() == Covariance::Diagonal);
    writeMixture(fullExample(), path("f.h5"));
    const StoredMixture full = readMixture(path("f.h5"));
    QVERIFY(full.mixture.covariance() == Covariance::Full);
    QVERIFY(full.mixture.covariances == fullExample().mixture.covariances);
    QVERIFY(full.mixture.variances == fullExample().mixture.variances);
    QVERIFY(full.mixture.means == fullExample().mixture.means);
}

void TestMixtureFile::pythonReadsIt() {
    const QString python = pythonThatCan("import h5py");
    if (python.isEmpty())
        QSKIP("no python3 with h5py here");
    writeMixture(example(), path("m.h5"));
    writeMixture(fullExample(), path("f.h5"));
    QProcess process;
    process.start(python, {"-c", R"(
import sys, h5py
f, full = h5py.File(sys.argv[1]), h5py.File(sys.argv[2])
print(full["covariances"].shape, full["covariances"][0, 1, 0], "variances" in full, full.attrs["covariance"])
print(f["weights"][1], f["means"].shape, f["means"][1, 2], f["variances"][1, 0], f.attrs["covariance"],
      f.attrs["log_likelihood"])
)",
                           QString::fromStdString(path("m.h5")), QString::fromStdString(path("f.h5"))});
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.readAllStandardOutput().trimmed(),
             QByteArray("(2, 2, 2) -0.5 False full\n0.875 (2, 3) 60000000000.0 1e-06 diag -12.375"));
}

void TestMixtureFile::wrongPiecesAreRefused() {
    Pieces().write(path("p.h5"));
    readMixture(path("p.h5"));
    const auto refused = [&](auto change) {
        Pieces pieces;
        change(pieces);
        pieces.write(path("p.h5"));
        try {
            readMixture(path("p.h5"));
        } catch (const InputError& error) {
            return QString(error.what()).contains("p.h5");
        }
        return false;
    };
    QVERIFY(refused([](Pieces& p) { p.weights = {0.5, 0.6}; }));
    QVERIFY(refused([](Pieces& p) { p.weights = {0.2, 0.3, 0.5}; }));
    QVERIFY(refused([](Pieces& p) { p.variances[2] = 0; }));
    QVERIFY(refused([](Pieces& p) { p.means[2] = NAN; }));
    QVERIFY(refused([](Pieces& p) { p.variancesShape = {4, 1}; }));
    QVERIFY(refused([](Pieces& p) { p.meansShape = {4}; }));
    QVERIFY(refused([](Pieces& p) { p.covariance = "full"; }));
    QVERIFY(refused([](Pieces& p) { p.covariance = "tied"; }));
    const std::vector<double> units{1, 0, 0, 1, 1, 0, 0, 1};
    QVERIFY(!refused([&](Pieces& p) { p.covariance = "full", p.covariances = units; }));
    QVERIFY(refused([&](Pieces& p) {
        p.covariance = "full", p.covariances = units, p.covariancesShape = {2, 4};
    }));
    QVERIFY(refused([&](Pieces& p) {
        p.covariance = "full", p.covariances = units, p.covariances[1] = p.covariances[2] = 2;
    }));
    QVERIFY_THROWS_EXCEPTION(InputError, readMixture(path("absent.h5")));
}

void TestMixtureFile::whatIsNoMixtureIsNotWritten() {
    StoredMixture broken = example();
    broken.mixture.weights[0] = 2;
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeMixture(broken, path("none.h5")));
    QVERIFY(!QFile::exists(folder_.filePath("none.h5")));
}

QTEST_GUILESS_MAIN(TestMixtureFile)
#include "test_mixture_file.moc"
