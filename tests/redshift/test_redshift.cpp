// Redshift metrics against numpy, and boosted trees on functions that are known.

#include <cmath>

#include <QProcess>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "redshift/redshift.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// z = 0.3 + 0.2 sin(2a) + 0.1 a b with features a, b and three that say nothing.
void makeObjects(int64_t count, double noise, Array& features, std::vector<double>& redshifts) {
    features = Array({count, 5});
    redshifts.clear();
    RandomStream random(5, "objects");
    for (int64_t n = 0; n < count; ++n) {
        for (int64_t f = 0; f < 5; ++f)
            features.at(n, f) = static_cast<float>(random.uniform(-1, 1));
        const double a = features.at(n, int64_t{0}), b = features.at(n, int64_t{1});
        redshifts.push_back(0.3 + 0.2 * std::sin(2 * a) + 0.1 * a * b + noise * random.normal());
    }
}

} // namespace

class TestRedshift : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void metricsByHand() {
        // Δz = 0.1, 0, −0.1, 1 → median 0.05, deviations 0.05, 0.05, 0.15, 0.95 → σ = 1.4826 · 0.1
        const RedshiftMetrics metrics = redshiftMetrics({0.1, 0.5, 0.35, 3}, {0, 0.5, 0.5, 1});
        QCOMPARE(metrics.objects, int64_t(4));
        QVERIFY(std::abs(metrics.bias - 0.25) < 1e-12);
        QVERIFY(std::abs(metrics.sigmaMad - 0.14826) < 1e-12);
        QCOMPARE(metrics.outliers, 0.25);
        QVERIFY(std::abs(metrics.r2 - (1 - (0.01 + 0.0225 + 4) / 0.5)) < 1e-9);
    }

    void metricsAreNumpys() {
        const QString python = pythonThatCan(QStringLiteral("import numpy"));
        if (python.isEmpty())
            QSKIP("needs a Python with numpy");
        std::vector<double> truth, predicted;
        QString text;
        RandomStream random(9, "metrics");
        for (int i = 0; i < 501; ++i) {
            truth.push_back(random.uniform(0, 3));
            predicted.push_back(truth.back() + 0.05 * random.normal() + (i % 10 == 0 ? 1.0 : 0.0));
            text += QString::number(predicted.back(), 'g', 17) + ' ' +
                    QString::number(truth.back(), 'g', 17) + '\n';
        }
        QProcess process;
        process.start(python, {"-c", "import sys, numpy as np\n"
                                     "p, t = np.loadtxt(sys.stdin).T\n"
                                     "d = (p - t) / (1 + t)\n"
                                     "s = 1.4826 * np.median(np.abs(d - np.median(d)))\n"
                                     "print(repr(1 - ((p - t) ** 2).sum() / ((t - t.mean()) ** 2).sum()))\n"
                                     "print(repr(d.mean()))\nprint(repr(s))\n"
                                     "print(repr((np.abs(d) > 5 * s).mean()))\n"});
        process.write(text.toUtf8());
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(60000));
        const QList<QByteArray> lines = process.readAllStandardOutput().split('\n');
        QVERIFY2(lines.size() >= 4, process.readAllStandardError().constData());
        const RedshiftMetrics metrics = redshiftMetrics(predicted, truth);
        const double found[] = {metrics.r2, metrics.bias, metrics.sigmaMad, metrics.outliers};
        for (int i = 0; i < 4; ++i)
            QVERIFY2(std::abs(found[i] - lines[i].toDouble()) < 1e-12, lines[i].constData());
        QVERIFY(metrics.outliers > 0.09);
    }

    void treesLearnAKnownFunction() {
        Array features;
        std::vector<double> redshifts;
        makeObjects(3000, 0, features, redshifts);
        RedshiftOptions options;
        const RedshiftReport report = crossValidateRedshift(features, redshifts, options);
        QVERIFY2(report.metrics.r2 > 0.97, qPrintable(QString::number(report.metrics.r2)));
        QCOMPARE(report.perFold.size(), size_t(5));
        int64_t objects = 0;
        for (const RedshiftMetrics& fold : report.perFold) {
            QCOMPARE(fold.objects, int64_t(600));
            objects += fold.objects;
        }
        QCOMPARE(objects, int64_t(3000));
    }

    void noObjectIsPredictedFromItself() {
        // Features that say nothing: whoever had seen an object's own value would do better than the mean.
        Array features;
        std::vector<double> redshifts;
        makeObjects(400, 0, features, redshifts);
        RandomStream random(1, "nothing");
        for (double& redshift : redshifts)
            redshift = random.uniform();
        const RedshiftReport report = crossValidateRedshift(features, redshifts, {});
        QVERIFY2(report.metrics.r2 < 0.1, qPrintable(QString::number(report.metrics.r2)));
    }

    void sameSeedSamePredictions() {
        Array features;
        std::vector<double> redshifts;
        makeObjects(300, 0.05, features, redshifts);
        RedshiftOptions options;
        options.trees.rounds = 30;
        const RedshiftReport a = crossValidateRedshift(features, redshifts, options),
                             b = crossValidateRedshift(features, redshifts, options);
        QCOMPARE(a.predicted, b.predicted);
        options.seed = 2;
        QVERIFY(crossValidateRedshift(features, redshifts, options).fold != a.fold);
    }

    void missingFeaturesAreBorne() {
        Array features;
        std::vector<double> redshifts;
        makeObjects(1000, 0, features, redshifts);
        for (int64_t n = 0; n < 1000; n += 7)
            features.at(n, n % 5) = NAN;
        QVERIFY(crossValidateRedshift(features, redshifts, {}).metrics.r2 > 0.85);
    }

    void nonsenseIsRefused() {
        QVERIFY_EXCEPTION_THROWN(redshiftMetrics({1}, {}), UsageError);
        QVERIFY_EXCEPTION_THROWN(redshiftMetrics({}, {}), UsageError);
        QVERIFY_EXCEPTION_THROWN(redshiftMetrics({NAN}, {1}), UsageError);
        RedshiftOptions options;
        options.folds = 1;
        QVERIFY_EXCEPTION_THROWN(crossValidateRedshift(Array({10, 2}), std::vector<double>(10), options),
                                 UsageError);
        QVERIFY_EXCEPTION_THROWN(crossValidateRedshift(Array({9, 2}), std::vector<double>(10), {}),
                                 UsageError);
        const BoostedTrees trees(Array({4, 2}), {0, 1, 0, 1}, {});
        QVERIFY_EXCEPTION_THROWN(trees.predict(Array({4, 3})), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestRedshift)
#include "test_redshift.moc"
