// The Dirichlet process: its bound beside an exact likelihood, its numbers of components on data that have
// one.

#include <QtTest>

#include <cmath>
#include <numbers>
#include <numeric>

#include "bench_latents.h"
#include "core/error.h"
#include "made_data.h"
#include "mixture/dirichlet_process.h"
#include "mixture/row_blocks.h"

using namespace galatea;

namespace {

DirichletProcessOptions process(int64_t most, Covariance covariance) {
    DirichletProcessOptions options;
    options.maxComponents = most;
    options.covariance = covariance;
    return options;
}

/// ln of a Student t density in one dimension.
double logStudent(double x, double freedom, double location, double scale) {
    const double t = (x - location) * (x - location) / scale;
    return std::lgamma(0.5 * (freedom + 1)) - std::lgamma(0.5 * freedom) -
           0.5 * std::log(freedom * std::numbers::pi * scale) - 0.5 * (freedom + 1) * std::log1p(t / freedom);
}

/// The same in the plane, scale [2,2].
double logStudent2(const double* x, double freedom, const double* location, const double* scale) {
    const double determinant = scale[0] * scale[3] - scale[1] * scale[2];
    const double a = x[0] - location[0], b = x[1] - location[1];
    const double t = (scale[3] * a * a - 2 * scale[1] * a * b + scale[0] * b * b) / determinant;
    return std::lgamma(0.5 * (freedom + 2)) - std::lgamma(0.5 * freedom) -
           std::log(freedom * std::numbers::pi) - 0.5 * std::log(determinant) -
           0.5 * (freedom + 2) * std::log1p(t / freedom);
}

/// Row after row, each predicted from those before it: ln p(z) of one normal–Wishart component in the plane.
double chainedFull(const Array& z, const double* mean, const double* scatter, double beta, double nu) {
    double m[2] = {mean[0], mean[1]}, s[4], sum = 0;
    std::copy_n(scatter, 4, s);
    for (int64_t n = 0; n < z.dim(0); ++n) {
        const double x[2] = {z.at(n, 0), z.at(n, 1)};
        double scale[4];
        for (int i = 0; i < 4; ++i)
            scale[i] = s[i] * (beta + 1) / (beta * (nu - 1));
        sum += logStudent2(x, nu - 1, m, scale);
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
                s[2 * i + j] += beta / (beta + 1) * (x[i] - m[i]) * (x[j] - m[j]);
        for (int i = 0; i < 2; ++i)
            m[i] = (beta * m[i] + x[i]) / (beta + 1);
        beta += 1;
        nu += 1;
    }
    return sum;
}

double chainedDiagonal(const Array& z, int64_t d, double m, double s, double beta, double nu) {
    double sum = 0;
    for (int64_t n = 0; n < z.dim(0); ++n) {
        const double x = z.at(n, d);
        sum += logStudent(x, nu, m, s * (beta + 1) / (beta * nu));
        s += beta / (beta + 1) * (x - m) * (x - m);
        m = (beta * m + x) / (beta + 1);
        beta += 1;
        nu += 1;
    }
    return sum;
}

bool same(const DirichletProcessReport& a, const DirichletProcessReport& b) {
    return a.mixture.weights == b.mixture.weights && a.mixture.means == b.mixture.means &&
           a.mixture.covariances == b.mixture.covariances && a.history == b.history;
}

} // namespace

class TestDirichletProcess : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void oneComponentsBoundIsExact();
    void theBoundNeverFalls_data();
    void theBoundNeverFalls();
    void findsTheNumber_data();
    void findsTheNumber();
    void knownShapesAreRecovered();
    void seedsThreadsAndStarts();
    void twelveAmongFortyOneThousand();
    void singularDataStayFinite();
    void badInputIsRefused();
};

/// With one component nothing is left to approximate: the bound is ln p(z) itself, sticks included.
void TestDirichletProcess::oneComponentsBoundIsExact() {
    const Array z = drawTilted({{40, {3, -2}, {1, 0.5, 0, 2}}}, 3);
    double mean[2] = {}, cov[4] = {};
    for (int64_t n = 0; n < 40; ++n)
        for (int64_t d = 0; d < 2; ++d)
            mean[d] += z.at(n, d) / 40.0;
    for (int64_t n = 0; n < 40; ++n)
        for (int64_t i = 0; i < 2; ++i)
            for (int64_t j = 0; j < 2; ++j)
                cov[2 * i + j] += (z.at(n, i) - mean[i]) * (z.at(n, j) - mean[j]) / 39;
    const double alpha = 0.7, beta = 1.5, nu = 3.5;
    const double stick = std::lgamma(41) + std::lgamma(alpha) - std::lgamma(41 + alpha) -
                         (std::lgamma(1) + std::lgamma(alpha) - std::lgamma(1 + alpha));
    DirichletProcessOptions options = process(1, Covariance::Full);
    options.concentration = alpha;
    options.meanPrecision = beta;
    options.degreesOfFreedom = nu;
    options.varianceFloor = 1e-12;
    const double full = fitDirichletProcess(z, options).lowerBound;
    QVERIFY(std::abs(full - (chainedFull(z, mean, cov, beta, nu) + stick)) < 1e-7 * std::abs(full));
    options.covariance = Covariance::Diagonal;
    const double diagonal = fitDirichletProcess(z, options).lowerBound;
    const double expected = chainedDiagonal(z, 0, mean[0], cov[0], beta, nu) +
                            chainedDiagonal(z, 1, mean[1], cov[3], beta, nu) + stick;
    QVERIFY(std::abs(diagonal - expected) < 1e-7 * std::abs(diagonal));
}

void TestDirichletProcess::theBoundNeverFalls_data() {
    QTest::addColumn<Array>("z");
    QTest::addColumn<bool>("full");
    QTest::addColumn<double>("concentration");
    for (const bool full : {false, true})
        for (const double concentration : {0.0, 1.0, 50.0}) {
            QTest::addRow("blobs, %s, %g", full ? "full" : "diag", concentration)
                << overlappingBlobs(400, 51) << full << concentration;
            QTest::addRow("needles, %s, %g", full ? "full" : "diag", concentration)
                << crossedNeedles(300, 52) << full << concentration;
        }
}

void TestDirichletProcess::theBoundNeverFalls() {
    QFETCH(Array, z);
    QFETCH(bool, full);
    QFETCH(double, concentration);
    DirichletProcessOptions options = process(15, full ? Covariance::Full : Covariance::Diagonal);
    options.concentration = concentration;
    options.tolerance = 0;
    options.maxIterations = 150;
    const DirichletProcessReport report = fitDirichletProcess(z, options);
    QVERIFY(report.history.size() > 5);
    for (size_t i = 1; i < report.history.size(); ++i)
        QVERIFY2(report.history[i] >= report.history[i - 1] - 1e-9 * std::abs(report.history[i]),
                 qPrintable(QString("iteration %1: %2 after %3")
                                .arg(i)
                                .arg(report.history[i], 0, 'g', 15)
                                .arg(report.history[i - 1], 0, 'g', 15)));
    QCOMPARE(report.history.back(), report.lowerBound);
    QVERIFY(std::abs(std::accumulate(report.weights.begin(), report.weights.end(), 0.0) - 1) < 0.2);
}

void TestDirichletProcess::findsTheNumber_data() {
    QTest::addColumn<Array>("z");
    QTest::addColumn<bool>("full");
    QTest::addColumn<int>("most");
    QTest::addColumn<int>("expected");
    for (const int most : {6, 20, 40}) {
        QTest::addRow("diagonal, at most %d", most) << overlappingBlobs(600, 53) << false << most << 4;
        QTest::addRow("needles, at most %d", most) << crossedNeedles(600, 54) << true << most << 3;
    }
    QTest::newRow("one") << drawBlobs({{500, {0, 1, 2}, {1, 2, 3}}}, 55) << true << 10 << 1;
}

void TestDirichletProcess::findsTheNumber() {
    QFETCH(Array, z);
    QFETCH(bool, full);
    QFETCH(int, most);
    QFETCH(int, expected);
    const DirichletProcessReport report =
        fitDirichletProcess(z, process(most, full ? Covariance::Full : Covariance::Diagonal));
    report.mixture.check();
    QVERIFY(report.converged);
    QCOMPARE(report.mixture.components, int64_t{expected});
    QVERIFY(std::is_sorted(report.mixture.weights.rbegin(), report.mixture.weights.rend()));
    QCOMPARE(report.meanLogLikelihood, meanLogLikelihood(report.mixture, z));
}

void TestDirichletProcess::knownShapesAreRecovered() {
    const GaussianMixture fit =
        fitDirichletProcess(crossedNeedles(4000, 56), process(12, Covariance::Full)).mixture;
    QCOMPARE(fit.components, 3);
    std::vector<double> mixed;
    for (size_t k = 0; k < 3; ++k) {
        QVERIFY(std::abs(fit.weights[k] - 1.0 / 3) < 0.02);
        mixed.push_back(fit.covariances[4 * k + 1]);
    }
    std::sort(mixed.begin(), mixed.end());
    QVERIFY(std::abs(mixed[0] + 3.96) < 0.4 && std::abs(mixed[1]) < 0.1 && std::abs(mixed[2] - 3.96) < 0.4);
}

void TestDirichletProcess::seedsThreadsAndStarts() {
    const Array z = overlappingBlobs(1500, 57);
    DirichletProcessOptions options = process(10, Covariance::Full);
    options.maxIterations = 12;
    setRowThreads(1);
    const DirichletProcessReport one = fitDirichletProcess(z, options);
    setRowThreads(3);
    const DirichletProcessReport three = fitDirichletProcess(z, options);
    setRowThreads(0);
    QVERIFY(same(one, three));
    options.starts = 4;
    QVERIFY(fitDirichletProcess(z, options).lowerBound >= one.lowerBound);
    options.starts = 1;
    options.seed = 9;
    QVERIFY(!same(fitDirichletProcess(z, options), one));
}

void TestDirichletProcess::twelveAmongFortyOneThousand() {
    const Array z = benchLatents();
    if (z.empty())
        QSKIP("the latents of the benchmark data are absent");
    const DirichletProcessReport report = fitDirichletProcess(z, process(25, Covariance::Full));
    qInfo("%lld components after %lld iterations", static_cast<long long>(report.mixture.components),
          static_cast<long long>(report.iterations));
    QVERIFY(report.mixture.components >= 11 && report.mixture.components <= 13);
}

void TestDirichletProcess::singularDataStayFinite() {
    Array constant = overlappingBlobs(100, 58);
    for (int64_t n = 0; n < constant.dim(0); ++n)
        constant.at(n, 1) = -3;
    const Array equal({20, 3}, std::vector<float>(60, 2.5F));
    const Array few = drawBlobs({{6, std::vector<double>(9, 0.0), std::vector<double>(9, 1.0)}}, 59);
    for (const Array& z : {constant, equal, few})
        for (const Covariance covariance : {Covariance::Diagonal, Covariance::Full}) {
            const DirichletProcessReport report = fitDirichletProcess(z, process(5, covariance));
            report.mixture.check();
            QVERIFY(std::isfinite(report.lowerBound) && std::isfinite(report.meanLogLikelihood));
        }
}

void TestDirichletProcess::badInputIsRefused() {
    Array z = overlappingBlobs(20, 60);
    const auto refused = [&](auto change) {
        DirichletProcessOptions options = process(5, Covariance::Full);
        change(options);
        try {
            fitDirichletProcess(z, options);
        } catch (const UsageError&) {
            return true;
        }
        return false;
    };
    QVERIFY(!refused([](auto&) {}));
    QVERIFY(refused([&](auto& o) { o.maxComponents = z.dim(0) + 1; }));
    QVERIFY(refused([](auto& o) { o.maxComponents = 0; }));
    QVERIFY(refused([](auto& o) { o.starts = 0; }));
    QVERIFY(refused([](auto& o) { o.concentration = -1; }));
    QVERIFY(refused([](auto& o) { o.meanPrecision = 0; }));
    QVERIFY(refused([](auto& o) { o.degreesOfFreedom = 3; })); // D − 1
    QVERIFY(refused([](auto& o) { o.varianceFloor = 0; }));
    QVERIFY(refused([](auto& o) { o.tolerance = NAN; }));
    QVERIFY(refused([](auto& o) { o.activeWeight = 1; }));
    std::stop_source source;
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Interrupted,
                             fitDirichletProcess(z, process(3, Covariance::Full), source.get_token()));
    z.at(7, 0) = INFINITY;
    QVERIFY(refused([](auto&) {}));
}

QTEST_GUILESS_MAIN(TestDirichletProcess)
#include "test_dirichlet_process.moc"
