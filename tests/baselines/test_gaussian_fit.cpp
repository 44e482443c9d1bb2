// The scaled bivariate Gaussian: parameters come back, and SciPy's BFGS fits no better.

#include <cmath>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "baselines/gaussian_fit.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// A Sérsic-like disc with a bar, a neighbour and noise: nothing a Gaussian fits exactly.
Array galaxyLike(int64_t side, uint64_t seed) {
    RandomStream random(seed, "galaxy");
    const double cx = static_cast<double>(side) / 2 + random.normal(), cy = static_cast<double>(side) / 2,
                 angle = random.uniform(0, 3), ratio = random.uniform(0.3, 1), radius = random.uniform(3, 8),
                 nx = random.uniform(0, static_cast<double>(side));
    Array image({side, side});
    for (int64_t y = 0; y < side; ++y)
        for (int64_t x = 0; x < side; ++x) {
            const double dx = static_cast<double>(x) - cx, dy = static_cast<double>(y) - cy;
            const double u = dx * std::cos(angle) + dy * std::sin(angle),
                         v = (dy * std::cos(angle) - dx * std::sin(angle)) / ratio;
            const double neighbour = std::hypot(static_cast<double>(x) - nx, static_cast<double>(y) - 4);
            image.at(y, x) = static_cast<float>(0.03 + 0.8 * std::exp(-std::hypot(u, v) / radius) +
                                                0.4 * std::exp(-neighbour) + 0.02 * random.normal());
        }
    return image;
}

} // namespace

class TestGaussianFit : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void aGaussianIsRecovered() {
        GaussianFit truth;
        truth.scale = 90;
        truth.x = 17.3;
        truth.y = 12.8;
        truth.l11 = 4;
        truth.l21 = -1.5;
        truth.l22 = 2.5;
        const Array image = drawGaussian(truth, 30, 36);
        const GaussianFit fit = fitGaussian(image);
        QVERIFY(fit.converged);
        QVERIFY(std::abs(fit.scale - truth.scale) < 1e-3);
        QVERIFY(std::abs(fit.x - truth.x) < 1e-4 && std::abs(fit.y - truth.y) < 1e-4);
        QVERIFY(std::abs(fit.l11 - truth.l11) < 1e-4 && std::abs(fit.l21 - truth.l21) < 1e-4 &&
                std::abs(fit.l22 - truth.l22) < 1e-4);
        QVERIFY(fit.squaredError < 1e-9);
        // The scale is the integral: nearly all of the light lies inside.
        double sum = 0;
        for (const float value : image.values())
            sum += static_cast<double>(value);
        QVERIFY(std::abs(sum - truth.scale) < 0.01 * truth.scale);
    }

    void theErrorIsThatOfTheDrawnFit() {
        const Array image = galaxyLike(41, 3);
        const GaussianFit fit = fitGaussian(image);
        const Array drawn = drawGaussian(fit, 41, 41);
        double error = 0;
        for (int64_t i = 0; i < image.size(); ++i)
            error += std::pow(static_cast<double>(image.values()[static_cast<size_t>(i)]) -
                                  static_cast<double>(drawn.values()[static_cast<size_t>(i)]),
                              2);
        QVERIFY(std::abs(error - fit.squaredError) < 1e-4 * error);
    }

    void scipyFitsNoBetter() {
        const QString python = pythonThatCan("import scipy.optimize");
        if (python.isEmpty())
            QSKIP("no python3 with scipy here");
        QTemporaryDir folder;
        QFile file(folder.filePath("images.f32"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        constexpr int64_t count = 12, side = 31;
        Array images({count, side, side});
        for (int64_t n = 0; n < count; ++n) {
            const Array one = galaxyLike(side, static_cast<uint64_t>(n));
            std::copy_n(one.data(), one.size(), images.row(n).data());
        }
        file.write(reinterpret_cast<const char*>(images.data()), images.size() * 4);
        file.close();
        QProcess process;
        process.start(python, {"-c", R"(
import sys, numpy as np
from scipy.optimize import minimize
y, x = np.mgrid[:31, :31] / 31
for image in np.fromfile(sys.argv[1], np.float32).reshape(-1, 31, 31).astype(float):
    def error(p):
        l11, l22 = np.exp(np.clip(p[3], -9, 9)), np.exp(np.clip(p[5], -9, 9))
        u = (x - p[1]) / l11
        v = (y - p[2] - p[4] * u) / l22
        return ((p[0] * np.exp(-(u*u + v*v) / 2) - image)**2).mean()
    best = min(minimize(error, [image.max(), cx, cy, np.log(s), 0, np.log(s)], method='BFGS').fun
               for cx, cy in ((.5, .5), (.45, .55)) for s in (.08, .2, .4))
    print('%.12g' % (best * image.size))
)",
                               file.fileName()});
        QVERIFY(process.waitForFinished(200000));
        const QList<QByteArray> lines = process.readAllStandardOutput().trimmed().split('\n');
        QVERIFY2(lines.size() == count, process.readAllStandardError().constData());
        for (int64_t n = 0; n < count; ++n) {
            const double theirs = lines[n].toDouble(), ours = fitGaussian(images.row(n)).squaredError;
            QVERIFY2(ours < theirs * 1.0001,
                     qPrintable(QString("image %1: %2 > %3").arg(n).arg(ours).arg(theirs)));
            QVERIFY2(ours > theirs * 0.5,
                     qPrintable(QString("image %1: %2 << %3").arg(n).arg(ours).arg(theirs)));
        }
    }

    void flatAndOddImagesDoNoHarm() {
        const GaussianFit flat = fitGaussian(Array({8, 8}));
        QVERIFY(std::isfinite(flat.squaredError));
        QVERIFY(flat.squaredError < 1e-9);
        Array hole({4, 4});
        hole.at(1, 1) = NAN;
        QVERIFY_THROWS_EXCEPTION(UsageError, fitGaussian(hole));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, fitGaussian(Array({1, 4, 4})));
    }

    void theSharedVarianceIsTheBest() {
        const double squaredError = 3.7;
        const int64_t pixels = 50;
        const auto at = [&](double variance) {
            return -0.5 * (50 * std::log(2 * M_PI * variance) + squaredError / variance);
        };
        const double best = sharedVarianceLogLikelihood(squaredError, pixels);
        QVERIFY(std::abs(best - at(squaredError / 50)) < 1e-9);
        QVERIFY(best > at(squaredError / 50 * 1.01) && best > at(squaredError / 50 * 0.99));
        QVERIFY(std::isfinite(sharedVarianceLogLikelihood(0, 10)));
    }
};

QTEST_GUILESS_MAIN(TestGaussianFit)
#include "test_gaussian_fit.moc"
