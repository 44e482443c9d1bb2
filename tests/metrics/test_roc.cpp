// ROC curves against counting pairs and against scikit-learn.

#include <cmath>

#include <QtTest>

#include "core/random.h"
#include "metrics/roc.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

struct Made {
    std::vector<double> scores;
    std::vector<uint8_t> positive;
};

/// Overlapping classes, scores rounded so that many are equal.
Made made(int64_t count) {
    RandomStream random(4, "roc");
    Made data;
    for (int64_t i = 0; i < count; ++i) {
        data.positive.push_back(random.uniform() < 0.3);
        data.scores.push_back(std::round(10 * (random.normal() + data.positive.back())) / 10);
    }
    return data;
}

} // namespace

class TestRoc : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theAreaIsTheShareOfPairs() {
        const Made data = made(300);
        double higher = 0, pairs = 0;
        for (size_t i = 0; i < data.scores.size(); ++i)
            for (size_t j = 0; j < data.scores.size(); ++j)
                if (data.positive[i] && !data.positive[j]) {
                    ++pairs;
                    higher += data.scores[i] > data.scores[j]    ? 1
                              : data.scores[i] == data.scores[j] ? 0.5
                                                                 : 0;
                }
        QVERIFY(std::abs(rocCurve(data.scores, data.positive).area - higher / pairs) < 1e-12);
    }

    void everyPointIsItsThresholdsRates() {
        const Made data = made(80);
        const RocCurve curve = rocCurve(data.scores, data.positive);
        QVERIFY(curve.threshold.size() > 10);
        for (size_t p = 0; p < curve.threshold.size(); ++p) {
            int64_t hits = 0, falseAlarms = 0;
            for (size_t i = 0; i < data.scores.size(); ++i)
                if (data.scores[i] >= curve.threshold[p])
                    ++(data.positive[i] ? hits : falseAlarms);
            QCOMPARE(curve.truePositiveRate[p], double(hits) / double(curve.positives));
            QCOMPARE(curve.falsePositiveRate[p], double(falseAlarms) / double(curve.negatives));
        }
        QCOMPARE(curve.truePositiveRate.front(), 0.0);
        QCOMPARE(curve.falsePositiveRate.back(), 1.0);
    }

    void scikitLearnGivesTheSameArea() {
        const QString python = pythonThatCan("from sklearn.metrics import roc_auc_score");
        if (python.isEmpty())
            QSKIP("no python3 with scikit-learn here");
        const Made data = made(500);
        QStringList scores, classes;
        for (size_t i = 0; i < data.scores.size(); ++i) {
            scores << QString::number(data.scores[i], 'g', 17);
            classes << QString::number(data.positive[i]);
        }
        QProcess process;
        process.start(python, {"-c",
                               "import sys\nfrom sklearn.metrics import roc_auc_score\n"
                               "s, c = ([float(v) for v in a.split()] for a in sys.argv[1:])\n"
                               "print('%.12f' % roc_auc_score(c, s))",
                               scores.join(' '), classes.join(' ')});
        QVERIFY(process.waitForFinished(60000));
        const double theirs = process.readAllStandardOutput().trimmed().toDouble();
        QVERIFY2(theirs > 0.5, process.readAllStandardError().constData());
        QVERIFY(std::abs(rocCurve(data.scores, data.positive).area - theirs) < 1e-10);
    }

    void theCornersNeighbour() {
        const std::vector<double> scores{0.9, 0.8, 0.7, 0.3, 0.2, 0.1};
        const std::vector<uint8_t> positive{1, 1, 0, 1, 0, 0};
        const RocCurve curve = rocCurve(scores, positive);
        QCOMPARE(curve.threshold[nearestToCorner(curve)], 0.8); // (0, 2/3); 0.3 is as near: the stricter one
    }

    void missingScoresAndMissingClasses() {
        const std::vector<double> scores{1, NAN, 0, INFINITY};
        const std::vector<uint8_t> positive{1, 1, 0, 0};
        const RocCurve curve = rocCurve(scores, positive);
        QCOMPARE(curve.positives, int64_t{1});
        QCOMPARE(curve.negatives, int64_t{1});
        QCOMPARE(curve.area, 1.0);
        const std::vector<uint8_t> none(4);
        QVERIFY(std::isnan(rocCurve(scores, none).area));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, rocCurve(scores, std::vector<uint8_t>{1}));
    }
};

QTEST_GUILESS_MAIN(TestRoc)
#include "test_roc.moc"
