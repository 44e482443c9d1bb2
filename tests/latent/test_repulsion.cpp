// Sums over all pairs by the grid against the sums themselves.

#include <cmath>
#include <vector>

#include <QtTest>

#include "core/random.h"
#include "latent/repulsion.h"

using namespace galatea;

namespace {

struct Sums {
    std::vector<double> potential, field;
};

Sums directly(const std::vector<float>& y, int dims) {
    const size_t d = static_cast<size_t>(dims), n = y.size() / d;
    Sums sums{std::vector<double>(n, 0), std::vector<double>(y.size(), 0)};
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            if (i == j)
                continue;
            double kernel = 1;
            for (size_t a = 0; a < d; ++a)
                kernel += std::pow(double(y[i * d + a]) - double(y[j * d + a]), 2);
            sums.potential[i] += 1 / kernel;
            for (size_t a = 0; a < d; ++a)
                sums.field[i * d + a] += (double(y[i * d + a]) - double(y[j * d + a])) / (kernel * kernel);
        }
    return sums;
}

std::vector<float> cloud(size_t points, int dims, double deviation) {
    std::vector<float> y(points * static_cast<size_t>(dims));
    RandomStream random(5, "cloud");
    for (float& value : y)
        value = static_cast<float>(deviation * random.normal());
    return y;
}

double relativeError(const std::vector<float>& found, const std::vector<double>& truth) {
    double error = 0, size = 0;
    for (size_t i = 0; i < truth.size(); ++i) {
        error += std::pow(double(found[i]) - truth[i], 2);
        size += truth[i] * truth[i];
    }
    return std::sqrt(error / size);
}

} // namespace

class TestRepulsion : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void sumsOverAllPairs_data() {
        QTest::addColumn<int>("dims");
        QTest::addColumn<double>("deviation");
        QTest::addColumn<double>("spacing");
        QTest::addColumn<double>("fieldError");
        QTest::newRow("plane, dense") << 2 << 4.0 << 0.5 << 0.015;
        QTest::newRow("plane, finer grid") << 2 << 4.0 << 0.25 << 0.002;
        QTest::newRow("plane, small") << 2 << 0.05 << 0.5 << 0.01;
        QTest::newRow("plane, sparse") << 2 << 30.0 << 0.25 << 0.02;
        QTest::newRow("space") << 3 << 4.0 << 0.5 << 0.015;
        QTest::newRow("few in the plane") << 2 << 4.0 << 0.5 << 1e-5;
        QTest::newRow("few in space") << 3 << 4.0 << 0.5 << 1e-5;
    }

    void sumsOverAllPairs() {
        QFETCH(int, dims);
        QFETCH(double, deviation);
        QFETCH(double, spacing);
        QFETCH(double, fieldError);
        const bool few = QString(QTest::currentDataTag()).startsWith("few");
        const size_t points = few ? 300 : dims == 2 ? 1500 : 4500;
        const std::vector<float> y = cloud(points, dims, deviation);
        std::vector<float> potential(points), field(y.size());
        Repulsion repulsion(dims, spacing);
        repulsion.evaluate(y, potential, field);
        const Sums truth = directly(y, dims);
        QVERIFY(few ? repulsion.spacingUsed() == 0
                    : repulsion.spacingUsed() > 0 && repulsion.spacingUsed() <= spacing);
        QVERIFY2(relativeError(potential, truth.potential) < 0.01,
                 qPrintable(QString::number(relativeError(potential, truth.potential))));
        QVERIFY2(relativeError(field, truth.field) < fieldError,
                 qPrintable(QString::number(relativeError(field, truth.field))));
    }

    void largeMapsGetACoarserGrid() {
        const std::vector<float> y = cloud(1500, 2, 1000);
        std::vector<float> potential(1500), field(3000);
        Repulsion repulsion(2, 0.5, 256);
        repulsion.evaluate(y, potential, field);
        QVERIFY(repulsion.spacingUsed() > 5);
        for (const float value : potential)
            QVERIFY(std::isfinite(value));
    }

    void placesThatAreNotFiniteAreRefused() {
        std::vector<float> y = cloud(10, 2, 1), potential(10), field(20);
        Repulsion repulsion(2);
        y[7] = INFINITY;
        QVERIFY_EXCEPTION_THROWN(repulsion.evaluate(y, potential, field), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(Repulsion(4), std::invalid_argument);
    }
};

QTEST_GUILESS_MAIN(TestRepulsion)
#include "test_repulsion.moc"
