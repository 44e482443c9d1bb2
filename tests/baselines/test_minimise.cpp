// BFGS on functions whose minima are known, and beside SciPy's.

#include <cmath>

#include <QtTest>

#include "baselines/minimise.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

using Vector = std::vector<double>;

double rosenbrock(const Vector& x, Vector& gradient) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double value = 0;
    for (size_t i = 0; i + 1 < x.size(); ++i) {
        const double bend = x[i + 1] - x[i] * x[i], off = 1 - x[i];
        value += 100 * bend * bend + off * off;
        gradient[i] += -400 * bend * x[i] - 2 * off;
        gradient[i + 1] += 200 * bend;
    }
    return value;
}

/// exp(a + 3b − 0.1) + exp(a − 3b − 0.1) + exp(−a − 0.1) + 0.1 c² (Boyd & Vandenberghe 2004, eq. 9.20).
double exponentials(const Vector& x, Vector& gradient) {
    const double first = std::exp(x[0] + 3 * x[1] - 0.1), second = std::exp(x[0] - 3 * x[1] - 0.1),
                 third = std::exp(-x[0] - 0.1);
    gradient = {first + second - third, 3 * first - 3 * second, 0.2 * x[2]};
    return first + second + third + 0.1 * x[2] * x[2];
}

} // namespace

class TestMinimise : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void rosenbrocksValleyIsFollowed() {
        for (const size_t variables : {2u, 6u}) {
            Vector start(variables, -1.2);
            const MinimiseReport report = minimiseBfgs(rosenbrock, start);
            QVERIFY(report.converged);
            for (const double x : report.x)
                QVERIFY(std::abs(x - 1) < 1e-6);
            QVERIFY(report.iterations < 120);
        }
    }

    void aQuadraticTakesAboutAsManyStepsAsVariables() {
        const auto bowl = [](const Vector& x, Vector& gradient) {
            double value = 0;
            for (size_t i = 0; i < x.size(); ++i) {
                const double weight = std::pow(10.0, static_cast<double>(i)),
                             off = x[i] - static_cast<double>(i);
                value += 0.5 * weight * off * off;
                gradient[i] = weight * off;
            }
            return value;
        };
        const MinimiseReport report = minimiseBfgs(bowl, Vector(4, 5.0));
        QVERIFY(report.converged);
        for (size_t i = 0; i < 4; ++i)
            QVERIFY(std::abs(report.x[i] - static_cast<double>(i)) < 1e-6);
        QVERIFY(report.iterations < 40);
    }

    void scipyFindsTheSameMinimum() {
        const QString python = pythonThatCan("import scipy.optimize");
        if (python.isEmpty())
            QSKIP("no python3 with scipy here");
        const MinimiseReport report = minimiseBfgs(exponentials, {1.5, -0.7, 4});
        QVERIFY(report.converged);
        QProcess process;
        process.start(python, {"-c", R"(
import numpy as np
from scipy.optimize import minimize
f = lambda x: np.exp(x[0]+3*x[1]-.1) + np.exp(x[0]-3*x[1]-.1) + np.exp(-x[0]-.1) + .1*x[2]**2
print('%.9f' % minimize(f, [1.5, -0.7, 4], method='BFGS', tol=1e-9).fun)
)"});
        QVERIFY(process.waitForFinished(60000));
        const double theirs = process.readAllStandardOutput().trimmed().toDouble();
        QVERIFY2(theirs > 2, process.readAllStandardError().constData());
        QVERIFY(std::abs(report.value - theirs) < 1e-8);
        QVERIFY(std::abs(report.x[0] + 0.5 * std::log(2.0)) < 1e-6); // the minimum in closed form
        QVERIFY(std::abs(report.x[1]) < 1e-6);
    }

    void pointsThatAreNotFiniteAreAvoided() {
        const auto wall = [](const Vector& x, Vector& gradient) {
            gradient[0] = 1 - 1 / x[0];
            return x[0] > 0 ? x[0] - std::log(x[0]) : std::nan("");
        };
        const MinimiseReport report = minimiseBfgs(wall, {50});
        QVERIFY(report.converged);
        QVERIFY(std::abs(report.x[0] - 1) < 1e-6);
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, minimiseBfgs(wall, {-1}));
    }

    void theNumberOfStepsIsLimited() {
        const MinimiseReport report = minimiseBfgs(rosenbrock, {-1.2, 1}, {.iterations = 3});
        QCOMPARE(report.iterations, int64_t{3});
        QVERIFY(!report.converged);
        Vector gradient(2);
        QVERIFY(report.value < rosenbrock({-1.2, 1}, gradient));
    }
};

QTEST_GUILESS_MAIN(TestMinimise)
#include "test_minimise.moc"
