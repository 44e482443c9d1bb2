// The same data and the same start must lead where scikit-learn's GaussianMixture goes.

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "bench_latents.h"
#include "made_data.h"
#include "mixture/dirichlet_process.h"
#include "mixture/k_means.h"
#include "mixture/mixture.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

template <class Values>
void writeRaw(const QString& path, const Values& values) {
    std::ofstream(path.toStdString(), std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(values[0])));
}

std::vector<double> readRaw(const QString& path) {
    std::ifstream in(path.toStdString(), std::ios::binary | std::ios::ate);
    std::vector<double> values(static_cast<size_t>(std::max<std::streamoff>(in.tellg(), 0)) / sizeof(double));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(double)));
    return values;
}

/// Reads z and a start, writes the fitted numbers: score, iterations, weights, means, variances or
/// covariances.
const char* const reference = R"(
import sys, warnings
import numpy as np
from sklearn.mixture import GaussianMixture
warnings.simplefilter("ignore")
folder, K, D, tolerance, iterations = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
z = np.fromfile(folder + "/z", np.float32).reshape(-1, D).astype(float)
w = np.fromfile(folder + "/weights"); m = np.fromfile(folder + "/means").reshape(K, D)
v = np.fromfile(folder + "/variances").reshape(K, D)
kind = sys.argv[6]
start = 1 / v if kind == "diag" else np.array([np.diag(1 / row) for row in v])
g = GaussianMixture(K, covariance_type=kind, tol=tolerance, max_iter=iterations, weights_init=w, means_init=m,
                    precisions_init=start, random_state=0).fit(z)
out = [[g.score(z), g.n_iter_], g.weights_, g.means_.ravel(), g.covariances_.ravel()]
np.concatenate(out).tofile(folder + "/fit")
np.asarray(g.predict_proba(z)).tofile(folder + "/responsibilities")
)";

GaussianMixture startFrom(const Array& z, int64_t components, bool full) {
    RandomStream random(17, "start");
    const Array centres = kMeans(z, components, random, 3);
    GaussianMixture start{components, z.dim(1), {}, {}, {}};
    start.weights.assign(static_cast<size_t>(components), 1.0 / static_cast<double>(components));
    start.means.assign(centres.values().begin(), centres.values().end());
    start.variances.assign(start.means.size(), 0.8);
    const int64_t dims = z.dim(1);
    for (int64_t i = 0; full && i < components * dims * dims; ++i)
        start.covariances.push_back(i % (dims * dims) % (dims + 1) == 0 ? 0.8 : 0);
    return start;
}

double largestDifference(const std::vector<double>& ours, const double* theirs, double scale) {
    double largest = 0;
    for (size_t i = 0; i < ours.size(); ++i)
        largest = std::max(largest, std::abs(ours[i] - theirs[i]) / std::max(scale, std::abs(theirs[i])));
    return largest;
}

} // namespace

class TestMixtureAgainstScikitLearn : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void sameStartSameFit_data();
    void sameStartSameFit();
    void ownStartIsAsGood();
    void samePosteriorOfTheProcess_data();
    void samePosteriorOfTheProcess();

  private:
    QString python_;
    Array published_;
};

void TestMixtureAgainstScikitLearn::initTestCase() {
    python_ = pythonThatCan("import sklearn.mixture, numpy");
    if (python_.isEmpty())
        QSKIP("no python3 with scikit-learn here");
    published_ = benchLatents();
}

void TestMixtureAgainstScikitLearn::sameStartSameFit_data() {
    QTest::addColumn<Array>("z");
    QTest::addColumn<int>("components");
    QTest::addColumn<double>("tolerance");
    QTest::addColumn<int>("iterations");
    QTest::addColumn<bool>("full");
    Array far = overlappingBlobs(200, 33);
    for (float& value : far.values())
        value += 1000;
    for (const bool full : {false, true}) {
        const char* kind = full ? "full" : "diag";
        QTest::addRow("default stop, %s", kind) << overlappingBlobs(700, 31) << 4 << 1e-3 << 100 << full;
        QTest::addRow("long run, %s", kind) << overlappingBlobs(300, 32) << 3 << 1e-8 << 400 << full;
        QTest::addRow("far from the origin, %s", kind) << far << 4 << 1e-5 << 100 << full;
        QTest::addRow("latents of 41000 galaxies, %s", kind) << published_ << 12 << 1e-3 << 100 << full;
    }
}

void TestMixtureAgainstScikitLearn::sameStartSameFit() {
    QFETCH(Array, z);
    QFETCH(int, components);
    QFETCH(double, tolerance);
    QFETCH(int, iterations);
    QFETCH(bool, full);
    if (z.empty())
        QSKIP("the latents of the benchmark data are absent");
    const GaussianMixture start = startFrom(z, components, full);
    QTemporaryDir folder;
    writeRaw(folder.filePath("z"), z.values());
    writeRaw(folder.filePath("weights"), start.weights);
    writeRaw(folder.filePath("means"), start.means);
    writeRaw(folder.filePath("variances"), start.variances);
    QProcess process;
    process.start(python_,
                  {"-c", reference, folder.path(), QString::number(components), QString::number(z.dim(1)),
                   QString::number(tolerance), QString::number(iterations), full ? "full" : "diag"});
    QVERIFY(process.waitForFinished(200000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
    const std::vector<double> theirs = readRaw(folder.filePath("fit"));
    const size_t entries = start.means.size(), k = start.weights.size();
    QCOMPARE(theirs.size(), 2 + k + entries + (full ? start.covariances.size() : entries));

    const MixtureReport ours = refineMixture(z, start, {.maxIterations = iterations, .tolerance = tolerance});
    QCOMPARE(ours.iterations, static_cast<int64_t>(theirs[1]));
    QVERIFY(std::abs(ours.meanLogLikelihood - theirs[0]) < 1e-8 * std::abs(theirs[0]));
    QVERIFY(largestDifference(ours.mixture.weights, &theirs[2], 0) < 1e-6);
    QVERIFY(largestDifference(ours.mixture.means, &theirs[2 + k], 1) < 1e-6);
    QVERIFY(largestDifference(full ? ours.mixture.covariances : ours.mixture.variances,
                              &theirs[2 + k + entries], full ? 1 : 0) < 1e-6);
    const std::vector<double> posterior = readRaw(folder.filePath("responsibilities"));
    const Array mine = responsibilities(ours.mixture, z);
    double largest = 0;
    for (size_t i = 0; i < posterior.size(); ++i)
        largest = std::max(largest, std::abs(posterior[i] - static_cast<double>(mine.values()[i])));
    QVERIFY2(largest < 1e-6, qPrintable(QString::number(largest)));
}

/// From its own starts scikit-learn's likelihood spreads; ours must not be below its median.
void TestMixtureAgainstScikitLearn::ownStartIsAsGood() {
    if (published_.empty())
        QSKIP("the latents of the benchmark data are absent");
    QTemporaryDir folder;
    writeRaw(folder.filePath("z"), published_.values());
    QProcess process;
    process.start(python_, {"-c", R"(
import sys, numpy as np
from sklearn.mixture import GaussianMixture
z = np.fromfile(sys.argv[1], np.float32).reshape(-1, 20).astype(float)
fits = [GaussianMixture(12, covariance_type="diag", random_state=s).fit(z) for s in range(7)]
print(np.median([g.score(z) for g in fits]))
)",
                            folder.filePath("z")});
    QVERIFY(process.waitForFinished(200000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
    const double median = process.readAllStandardOutput().trimmed().toDouble();
    std::vector<double> ours;
    for (uint64_t seed = 1; seed <= 7; ++seed)
        ours.push_back(fitMixture(published_, {.components = 12, .seed = seed}).meanLogLikelihood);
    std::sort(ours.begin(), ours.end());
    qInfo("scikit-learn %.3f, ours %.3f (%.3f to %.3f)", median, ours[3], ours.front(), ours.back());
    QVERIFY(ours[3] > median - 0.5);
}

void TestMixtureAgainstScikitLearn::samePosteriorOfTheProcess_data() {
    QTest::addColumn<bool>("full");
    QTest::newRow("diag") << false;
    QTest::newRow("full") << true;
}

/// Where no row is in doubt both have one optimum, so the posteriors must agree: priors, sticks and all.
void TestMixtureAgainstScikitLearn::samePosteriorOfTheProcess() {
    QFETCH(bool, full);
    const Array z = drawTilted({{500, {0, 0, 0}, {1, 0, 0, 0.5, 1, 0, 0, 0.3, 1}},
                                {300, {40, 0, 0}, {1, 0, 0, 0, 2, 0, 0.7, 0, 1}},
                                {120, {0, 60, 0}, {2, 0, 0, 0, 1, 0, 0, 0, 0.5}}},
                               61);
    QTemporaryDir folder;
    writeRaw(folder.filePath("z"), z.values());
    QProcess process;
    process.start(python_, {"-c", R"(
import sys, warnings, numpy as np
from sklearn.mixture import BayesianGaussianMixture
warnings.simplefilter("ignore")
z = np.fromfile(sys.argv[1], np.float32).reshape(-1, 3).astype(float)
g = BayesianGaussianMixture(n_components=3, covariance_type=sys.argv[2], weight_concentration_prior=0.4, reg_covar=0,
                            mean_precision_prior=1.7, degrees_of_freedom_prior=4.5, random_state=0, n_init=5,
                            max_iter=500).fit(z)
order = np.argsort(-g.weights_)
np.concatenate([g.weights_[order], g.means_[order].ravel(), g.covariances_[order].ravel()]).tofile(sys.argv[1] + "fit")
)",
                            folder.filePath("z"), full ? "full" : "diag"});
    QVERIFY(process.waitForFinished(200000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
    const std::vector<double> theirs = readRaw(folder.filePath("zfit"));
    DirichletProcessOptions options;
    options.maxComponents = 3;
    options.covariance = full ? Covariance::Full : Covariance::Diagonal;
    options.concentration = 0.4;
    options.meanPrecision = 1.7;
    options.degreesOfFreedom = 4.5;
    options.varianceFloor = 1e-12;
    const GaussianMixture ours = fitDirichletProcess(z, options).mixture;
    QCOMPARE(ours.components, 3);
    QCOMPARE(theirs.size(), size_t{3 + 9} + (full ? 27 : 9));
    QVERIFY(largestDifference(ours.weights, &theirs[0], 0) < 1e-6);
    QVERIFY(largestDifference(ours.means, &theirs[3], 1) < 1e-6);
    QVERIFY(largestDifference(full ? ours.covariances : ours.variances, &theirs[12], 1) < 1e-6);
}

QTEST_GUILESS_MAIN(TestMixtureAgainstScikitLearn)
#include "test_mixture_against_scikit_learn.moc"
