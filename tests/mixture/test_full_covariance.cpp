// Mixtures with full covariances: densities beside explicit inverses, EM, samples and what cannot be.

#include <QtTest>

#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "made_data.h"
#include "mixture/cholesky.h"
#include "mixture/mixture.h"
#include "mixture/row_blocks.h"
#include "mixture/special_functions.h"

using namespace galatea;

namespace {

/// K components with covariances A Aᵀ + ½·1 of random A.
GaussianMixture randomMixture(int64_t components, int64_t dims, uint64_t seed) {
    RandomStream random(seed, "full");
    GaussianMixture mixture{components, dims, {}, {}, {}};
    mixture.covariances.resize(static_cast<size_t>(components * dims * dims));
    for (int64_t k = 0; k < components; ++k) {
        mixture.weights.push_back(1 + static_cast<double>(k));
        std::vector<double> a(static_cast<size_t>(dims * dims));
        for (double& value : a)
            value = random.normal();
        double* block = mixture.covariances.data() + k * dims * dims;
        for (int64_t i = 0; i < dims; ++i) {
            mixture.means.push_back(3 * random.normal());
            for (int64_t j = 0; j <= i; ++j)
                block[i * dims + j] = block[j * dims + i] =
                    std::inner_product(a.begin() + i * dims, a.begin() + (i + 1) * dims, a.begin() + j * dims,
                                       i == j ? 0.5 : 0.0);
            mixture.variances.push_back(block[i * dims + i]);
        }
    }
    const double sum = std::accumulate(mixture.weights.begin(), mixture.weights.end(), 0.0);
    for (double& weight : mixture.weights)
        weight /= sum;
    return mixture;
}

/// Gauss–Jordan with pivots in extended precision. Returns ln |a|; a becomes its inverse.
long double invert(std::vector<long double>& a, size_t n) {
    std::vector<long double> inverse(n * n, 0);
    for (size_t i = 0; i < n; ++i)
        inverse[i * n + i] = 1;
    long double logDeterminant = 0;
    for (size_t column = 0; column < n; ++column) {
        size_t pivot = column;
        for (size_t i = column; i < n; ++i)
            if (std::abs(a[i * n + column]) > std::abs(a[pivot * n + column]))
                pivot = i;
        for (size_t j = 0; j < n; ++j) {
            std::swap(a[pivot * n + j], a[column * n + j]);
            std::swap(inverse[pivot * n + j], inverse[column * n + j]);
        }
        const long double diagonal = a[column * n + column];
        logDeterminant += std::log(std::abs(diagonal));
        for (size_t j = 0; j < n; ++j) {
            a[column * n + j] /= diagonal;
            inverse[column * n + j] /= diagonal;
        }
        for (size_t i = 0; i < n; ++i) {
            const long double factor = a[i * n + column];
            for (size_t j = 0; i != column && j < n; ++j) {
                a[i * n + j] -= factor * a[column * n + j];
                inverse[i * n + j] -= factor * inverse[column * n + j];
            }
        }
    }
    a = inverse;
    return logDeterminant;
}

long double directJoint(const GaussianMixture& m, int64_t k, const float* z) {
    const auto n = static_cast<size_t>(m.dimensions);
    const auto first = m.covariances.begin() + k * m.dimensions * m.dimensions;
    std::vector<long double> inverse(first, first + m.dimensions * m.dimensions);
    long double value = -0.5L * (invert(inverse, n) +
                                 static_cast<long double>(n) * std::log(2 * std::numbers::pi_v<long double>));
    const double* mean = m.means.data() + k * m.dimensions;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j)
            value -= 0.5L * inverse[i * n + j] * (static_cast<long double>(z[i]) - mean[i]) *
                     (static_cast<long double>(z[j]) - mean[j]);
    return value + std::log(static_cast<long double>(m.weights[static_cast<size_t>(k)]));
}

MixtureOptions full(int64_t components) {
    MixtureOptions options;
    options.components = components;
    options.covariance = Covariance::Full;
    return options;
}

bool same(const GaussianMixture& a, const GaussianMixture& b) {
    return a.weights == b.weights && a.means == b.means && a.variances == b.variances &&
           a.covariances == b.covariances;
}

} // namespace

class TestFullCovariance : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void functionsHaveTheirKnownValues();
    void factorsMultiplyBack();
    void densitiesFollowTheFormula_data();
    void densitiesFollowTheFormula();
    void theDensityIntegratesToOne();
    void diagonalOnesGiveTheDiagonalMixture();
    void checkNamesTheFault();
    void knownMixturesAreRecovered();
    void likelihoodNeverFalls();
    void startsThreadsAndSeeds();
    void singularDataStayFinite();
    void badInputIsRefused();
    void samplesHaveTheCovariance();
    void restrictedMixturesKeepTheirShapes();
};

void TestFullCovariance::functionsHaveTheirKnownValues() {
    constexpr double euler = 0.57721566490153286;
    QVERIFY(std::abs(digamma(1) + euler) < 1e-13);
    QVERIFY(std::abs(logGamma(5) - std::log(24.0)) < 1e-13);
    QVERIFY(std::abs(logGamma(0.5) - 0.5 * std::log(std::numbers::pi)) < 1e-13);
    QVERIFY(std::abs(digamma(0.5) + euler + 2 * std::numbers::ln2) < 1e-13);
    for (const double x : {1e-3, 0.3, 1.0, 2.0, 7.5, 40.0, 1e4}) {
        QVERIFY(std::abs(logGamma(x + 1) - logGamma(x) - std::log(x)) <
                1e-12 * std::max(1.0, std::abs(logGamma(x))));
        QVERIFY(std::abs(digamma(x + 1) - digamma(x) - 1 / x) < 1e-12 * std::max(1.0, 1 / x));
    }
    // Γ₂(x) = √π Γ(x) Γ(x − ½)
    QVERIFY(std::abs(logMultivariateGamma(3, 2) -
                     (0.5 * std::log(std::numbers::pi) + std::lgamma(3) + std::lgamma(2.5))) < 1e-13);
    QVERIFY(std::abs(multivariateDigamma(3, 2) - digamma(3) - digamma(2.5)) < 1e-13);
}

void TestFullCovariance::factorsMultiplyBack() {
    const int64_t n = 7;
    const std::vector<double> a = randomMixture(1, n, 3).covariances;
    std::vector<double> l = a;
    QVERIFY(factorise(l, n));
    std::vector<double> inverse = l;
    invertLower(inverse, n);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j) {
            double product = 0, unit = 0;
            for (int64_t k = 0; k < n; ++k) {
                product += l[static_cast<size_t>(i * n + k)] * l[static_cast<size_t>(j * n + k)];
                unit += inverse[static_cast<size_t>(i * n + k)] * l[static_cast<size_t>(k * n + j)];
            }
            QVERIFY(std::abs(product - a[static_cast<size_t>(i * n + j)]) < 1e-12);
            QVERIFY(std::abs(unit - (i == j)) < 1e-12);
        }
    std::vector<long double> wide(a.begin(), a.end());
    QVERIFY(std::abs(logDeterminant(l, n) - static_cast<double>(invert(wide, 7))) < 1e-12);
    std::vector<double> indefinite{1, 2, 2, 1};
    QVERIFY(!factorise(indefinite, 2));
    std::vector<double> flat{1, 1, 1, 1};
    factorOf(flat, 2, 1e-9);
    QVERIFY(flat[0] > 1 && flat[0] < 1 + 1e-7 && flat[1] == 1);
    std::vector<double> hopeless{1, NAN, NAN, 1};
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, factorOf(hopeless, 2, 1e-9));
}

void TestFullCovariance::densitiesFollowTheFormula_data() {
    QTest::addColumn<int>("dims");
    for (const int dims : {1, 2, 3, 4, 5, 8, 9, 20, 33})
        QTest::addRow("%d", dims) << dims;
}

void TestFullCovariance::densitiesFollowTheFormula() {
    QFETCH(int, dims);
    const GaussianMixture mixture = randomMixture(3, dims, 5);
    mixture.check();
    RandomStream random(6, "rows");
    const Array z = sampleMixture(mixture, 75, -1, 1.5, random); // more rows than two tiles
    const Array joint = jointLogProbability(mixture, z), posterior = responsibilities(mixture, z);
    long double sum = 0;
    for (int64_t n = 0; n < z.dim(0); ++n) {
        long double direct[3], total = 0;
        for (int64_t k = 0; k < 3; ++k) {
            direct[k] = directJoint(mixture, k, z.row(n).data());
            total += std::exp(direct[k]);
            QVERIFY(std::abs(joint.at(n, k) - direct[k]) <= 1e-6L * std::max(1.0L, std::abs(direct[k])));
        }
        for (int64_t k = 0; k < 3; ++k)
            QVERIFY(std::abs(posterior.at(n, k) - std::exp(direct[k]) / total) < 1e-6L);
        sum += std::log(total);
    }
    const double mean = static_cast<double>(sum / 75);
    QVERIFY(std::abs(meanLogLikelihood(mixture, z) - mean) < 1e-11 * std::abs(mean));
}

/// A Riemann sum over the plane, with the first moments and a mixed second one.
void TestFullCovariance::theDensityIntegratesToOne() {
    const GaussianMixture mixture{
        2, 2, {0.3, 0.7}, {1, -1, -2, 2}, {1, 2, 1.5, 0.5}, {1, 1.2, 1.2, 2, 1.5, -0.6, -0.6, 0.5}};
    mixture.check();
    constexpr int steps = 400;
    constexpr double from = -12, width = 24.0 / steps;
    Array z({int64_t{steps} * steps, 2});
    for (int64_t i = 0; i < steps; ++i)
        for (int64_t j = 0; j < steps; ++j) {
            z.at(i * steps + j, 0) = static_cast<float>(from + (static_cast<double>(i) + 0.5) * width);
            z.at(i * steps + j, 1) = static_cast<float>(from + (static_cast<double>(j) + 0.5) * width);
        }
    const Array joint = jointLogProbability(mixture, z);
    double mass = 0, x = 0, y = 0, xy = 0;
    for (int64_t n = 0; n < z.dim(0); ++n)
        for (int64_t k = 0; k < 2; ++k) {
            const double p = std::exp(static_cast<double>(joint.at(n, k))) * width * width;
            const double a = static_cast<double>(z.at(n, 0)), b = static_cast<double>(z.at(n, 1));
            mass += p;
            x += p * a;
            y += p * b;
            xy += p * a * b;
        }
    QVERIFY(std::abs(mass - 1) < 1e-5);
    QVERIFY(std::abs(x - (0.3 * 1 + 0.7 * -2)) < 1e-4);
    QVERIFY(std::abs(y - (0.3 * -1 + 0.7 * 2)) < 1e-4);
    QVERIFY(std::abs(xy - (0.3 * (1.2 - 1) + 0.7 * (-0.6 - 4))) < 1e-4);
}

void TestFullCovariance::diagonalOnesGiveTheDiagonalMixture() {
    const GaussianMixture diagonal{2, 3, {0.4, 0.6}, {0, 1, 2, 3, 4, 5}, {1, 2, 3, 0.1, 0.2, 0.3}};
    GaussianMixture asFull = diagonal;
    asFull.covariances.resize(18);
    for (size_t k = 0; k < 2; ++k)
        for (size_t d = 0; d < 3; ++d)
            asFull.covariances[k * 9 + d * 4] = diagonal.variances[k * 3 + d];
    asFull.check();
    const Array z = drawBlobs({{100, {1, 2, 3}, {2, 2, 2}}}, 2);
    QVERIFY(std::abs(meanLogLikelihood(asFull, z) - meanLogLikelihood(diagonal, z)) < 1e-12);
}

void TestFullCovariance::checkNamesTheFault() {
    const GaussianMixture good = randomMixture(2, 3, 8);
    good.check();
    QVERIFY(good.covariance() == Covariance::Full);
    const auto fails = [&](auto change, const char* words) {
        GaussianMixture mixture = good;
        change(mixture);
        try {
            mixture.check();
        } catch (const std::invalid_argument& error) {
            return QString(error.what()).contains(words);
        }
        return false;
    };
    QVERIFY(fails([](auto& m) { m.covariances.pop_back(); }, "covariances do not fit"));
    QVERIFY(fails([](auto& m) { m.covariances[3] = NAN; }, "entry 3 is not finite"));
    QVERIFY(fails([](auto& m) { m.covariances[1] += 0.1; }, "covariance 0 is not symmetric"));
    QVERIFY(fails([](auto& m) { m.variances[4] += 0.1; }, "covariance 1 has another diagonal"));
    QVERIFY(
        fails([](auto& m) { m.covariances[1] = m.covariances[3] = 100; }, "covariance 0 is not positive"));
}

void TestFullCovariance::knownMixturesAreRecovered() {
    const Array z = crossedNeedles(4000, 12);
    MixtureOptions options = full(3);
    options.starts = 4;
    options.tolerance = 1e-7;
    options.maxIterations = 500;
    const GaussianMixture fit = fitMixture(z, options).mixture;
    int64_t rising = 0, falling = 0, round = 0;
    for (int64_t k = 0; k < 3; ++k) {
        const double* c = fit.covariances.data() + k * 4;
        QVERIFY(std::abs(fit.weights[static_cast<size_t>(k)] - 1.0 / 3) < 0.02);
        if (fit.means[static_cast<size_t>(2 * k)] > 5) {
            ++round;
            QVERIFY(std::abs(c[0] - 1) < 0.1 && std::abs(c[3] - 1) < 0.1 && std::abs(c[1]) < 0.1);
        } else {
            (c[1] > 0 ? rising : falling)++;
            QVERIFY(std::abs(c[0] - 4.04) < 0.4 && std::abs(c[3] - 4.04) < 0.4);
            QVERIFY(std::abs(std::abs(c[1]) - 3.96) < 0.4);
        }
    }
    QVERIFY(rising == 1 && falling == 1 && round == 1);
    options.covariance = Covariance::Diagonal;
    QVERIFY(meanLogLikelihood(fit, z) > fitMixture(z, options).meanLogLikelihood + 0.3);
}

void TestFullCovariance::likelihoodNeverFalls() {
    MixtureOptions options = full(6);
    options.maxIterations = 60;
    options.tolerance = 0;
    const MixtureReport report = fitMixture(overlappingBlobs(500, 6), options);
    report.mixture.check();
    QVERIFY(report.history.size() > 10);
    for (size_t i = 1; i < report.history.size(); ++i)
        QVERIFY(report.history[i] >= report.history[i - 1] - 1e-5); // the floor may cost its own size
    QCOMPARE(report.history.back(), report.meanLogLikelihood);
}

void TestFullCovariance::startsThreadsAndSeeds() {
    const Array z = overlappingBlobs(2000, 8);
    setRowThreads(1);
    const MixtureReport one = fitMixture(z, full(5));
    setRowThreads(3);
    const MixtureReport three = fitMixture(z, full(5));
    setRowThreads(0);
    QVERIFY(same(one.mixture, three.mixture));
    QCOMPARE(one.history, three.history);
    MixtureOptions options = full(5);
    options.starts = 5;
    QVERIFY(fitMixture(z, options).meanLogLikelihood >= one.meanLogLikelihood);
    options.starts = 1;
    options.seed = 2;
    QVERIFY(!same(fitMixture(z, options).mixture, one.mixture));
}

void TestFullCovariance::singularDataStayFinite() {
    Array constant = overlappingBlobs(100, 13);
    for (int64_t n = 0; n < constant.dim(0); ++n)
        constant.at(n, 2) = 7;
    Array copied = overlappingBlobs(100, 14);
    for (int64_t n = 0; n < copied.dim(0); ++n)
        copied.at(n, 3) = 1e6F * copied.at(n, 0); // one latent is another's multiple, far above the floor
    const Array few = drawBlobs({{5, std::vector<double>(9, 0.0), std::vector<double>(9, 1.0)}}, 15);
    const Array equal({20, 3}, std::vector<float>(60, 2.5F));
    for (const Array& z : {constant, copied, few, equal}) {
        const MixtureReport report = fitMixture(z, full(3));
        report.mixture.check();
        QVERIFY(std::isfinite(report.meanLogLikelihood));
        for (const float value : responsibilities(report.mixture, z).values())
            QVERIFY(std::isfinite(value));
    }
    const MixtureReport report = fitMixture(constant, full(3));
    for (int64_t k = 0; k < 3; ++k)
        QCOMPARE(report.mixture.variances[static_cast<size_t>(k * 4 + 2)], 1e-6);
}

void TestFullCovariance::badInputIsRefused() {
    Array z = overlappingBlobs(20, 16);
    QVERIFY_THROWS_EXCEPTION(UsageError, fitMixture(z, full(z.dim(0) + 1)));
    z.at(3, 1) = NAN;
    QVERIFY_THROWS_EXCEPTION(UsageError, fitMixture(z, full(2)));
    try {
        fitMixture(Array({40, 6000}), full(40)); // 11 GB of products
        QFAIL("covariances beyond any memory were begun");
    } catch (const UsageError& error) {
        QVERIFY(QString(error.what()).contains("use diagonal ones"));
    }
    std::stop_source source;
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Interrupted, fitMixture(overlappingBlobs(100, 12), full(3), source.get_token()));
}

void TestFullCovariance::samplesHaveTheCovariance() {
    const GaussianMixture mixture = randomMixture(2, 3, 21);
    RandomStream random(1, "sample");
    constexpr int64_t count = 60000;
    const Array z = sampleMixture(mixture, count, 1, 0.5, random);
    for (int64_t i = 0; i < 3; ++i)
        for (int64_t j = 0; j <= i; ++j) {
            const double mi = mixture.means[static_cast<size_t>(3 + i)],
                         mj = mixture.means[static_cast<size_t>(3 + j)];
            double product = 0;
            for (int64_t n = 0; n < count; ++n)
                product += (static_cast<double>(z.at(n, i)) - mi) * (static_cast<double>(z.at(n, j)) - mj) /
                           static_cast<double>(count);
            const auto c = [&](int64_t a, int64_t b) {
                return 0.25 * mixture.covariances[static_cast<size_t>(9 + a * 3 + b)];
            };
            const double error = std::sqrt((c(i, j) * c(i, j) + c(i, i) * c(j, j)) / double(count));
            QVERIFY(std::abs(product - c(i, j)) < 5 * error);
        }
}

void TestFullCovariance::restrictedMixturesKeepTheirShapes() {
    const GaussianMixture mixture = randomMixture(4, 3, 22);
    const GaussianMixture part = restrictedMixture(mixture, {3, 1});
    part.check();
    QCOMPARE(part.components, 2);
    QVERIFY(std::abs(part.weights[0] - 4.0 / 6) < 1e-12);
    QCOMPARE(part.means[3], mixture.means[3]);
    QVERIFY(
        std::equal(part.covariances.begin(), part.covariances.begin() + 9, mixture.covariances.begin() + 27));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, restrictedMixture(mixture, {4}));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, restrictedMixture(mixture, {}));
}

QTEST_GUILESS_MAIN(TestFullCovariance)
#include "test_full_covariance.moc"
