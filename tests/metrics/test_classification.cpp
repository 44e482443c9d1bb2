// Classification figures against counting pairs, hand-made cases and scikit-learn.

#include <cmath>
#include <limits>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "metrics/classification.h"
#include "metrics/roc.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

struct Case {
    std::vector<double> scores;
    std::vector<uint8_t> positive;
};

/// Overlapping classes of unequal size with many ties.
Case drawnCase(int count, uint64_t seed) {
    Case drawn;
    RandomStream random(seed, "case");
    for (int i = 0; i < count; ++i) {
        const bool positive = random.uniform() < 0.3;
        drawn.positive.push_back(positive ? 1 : 0);
        drawn.scores.push_back(std::round(4 * (random.normal() + (positive ? 1 : 0))) / 4);
    }
    return drawn;
}

QJsonObject asJson(const Case& drawn) {
    QJsonArray scores, positive;
    for (size_t i = 0; i < drawn.scores.size(); ++i) {
        scores.append(drawn.scores[i]);
        positive.append(drawn.positive[i] ? 1 : 0);
    }
    return {{"scores", scores}, {"positive", positive}};
}

const char* script = R"(
import json, sys
import sklearn.metrics as m
d = json.load(sys.stdin)
s, y = d["scores"], d["positive"]
f, t, h = m.roc_curve(y, s, drop_intermediate=False)
p = [int(x >= 0.5) for x in s]
tn, fp, fn, tp = m.confusion_matrix(y, p).ravel()
print(json.dumps({"fpr": list(f), "tpr": list(t), "threshold": list(h[1:]), "auc": m.roc_auc_score(y, s),
    "confusion": [int(tp), int(fp), int(tn), int(fn)], "accuracy": m.accuracy_score(y, p),
    "balanced": m.balanced_accuracy_score(y, p), "precision": m.precision_score(y, p),
    "recall": m.recall_score(y, p), "f1": m.f1_score(y, p), "matthews": m.matthews_corrcoef(y, p)}))
)";

} // namespace

class TestClassification : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void agreesWithScikitLearn() {
        const QString python = pythonThatCan(QStringLiteral("import sklearn.metrics"));
        if (python.isEmpty())
            QSKIP("needs a Python with scikit-learn");
        const Case drawn = drawnCase(300, 9);
        QProcess process;
        process.start(python, {"-c", script});
        process.write(QJsonDocument(asJson(drawn)).toJson());
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(120000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
        const QJsonObject expected = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
        const RocCurve curve = rocCurve(drawn.scores, drawn.positive);
        QVERIFY(std::abs(curve.area - expected["auc"].toDouble()) < 1e-12);
        QCOMPARE(int(curve.threshold.size()), int(expected["fpr"].toArray().size()));
        for (int i = 0; i < int(curve.threshold.size()); ++i) {
            QVERIFY(std::abs(curve.falsePositiveRate[size_t(i)] - expected["fpr"].toArray()[i].toDouble()) <
                    1e-12);
            QVERIFY(std::abs(curve.truePositiveRate[size_t(i)] - expected["tpr"].toArray()[i].toDouble()) <
                    1e-12);
            if (i > 0)
                QCOMPARE(curve.threshold[size_t(i)], expected["threshold"].toArray()[i - 1].toDouble());
        }
        const Confusion found = confusionAt(drawn.scores, drawn.positive, 0.5);
        const QJsonArray counts = expected["confusion"].toArray();
        QCOMPARE(found.truePositives, counts[0].toInt());
        QCOMPARE(found.falsePositives, counts[1].toInt());
        QCOMPARE(found.trueNegatives, counts[2].toInt());
        QCOMPARE(found.falseNegatives, counts[3].toInt());
        const std::vector<std::pair<const char*, double>> figures{{"accuracy", found.accuracy()},
                                                                  {"balanced", found.balancedAccuracy()},
                                                                  {"precision", found.precision()},
                                                                  {"recall", found.recall()},
                                                                  {"f1", found.f1()},
                                                                  {"matthews", found.matthews()}};
        for (const auto& [name, value] : figures)
            QVERIFY2(std::abs(value - expected[name].toDouble()) < 1e-12, name);
    }

    void nothingCalledPositive() {
        const std::vector<uint8_t> truth{1, 0};
        const Confusion nothing = confusionAt(std::vector<double>{1, 1}, truth, 2);
        QVERIFY(std::isnan(nothing.precision()));
        QCOMPARE(nothing.matthews(), 0.0);
        QCOMPARE(nothing.accuracy(), 0.5);
    }

    void summaries() {
        const RunSummary summary = summaryOf(std::vector<double>{0.9, 0.95, 0.85, 0.9});
        QVERIFY(std::abs(summary.mean - 0.9) < 1e-12);
        QVERIFY(std::abs(summary.deviation - std::sqrt(0.005 / 3)) < 1e-12);
        QCOMPARE(summary.highest, 0.95);
        QCOMPARE(summary.lowest, 0.85);
        QCOMPARE(summaryOf(std::vector<double>{0.7}).deviation, 0.0);
    }

    void nonsenseIsRefused() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const std::vector<uint8_t> one{1};
        QVERIFY_EXCEPTION_THROWN(confusionAt(std::vector<double>{nan}, one, 0), UsageError);
        QVERIFY_EXCEPTION_THROWN(confusionAt(std::vector<double>{1, 2}, one, 0), UsageError);
        QVERIFY_EXCEPTION_THROWN(summaryOf({}), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestClassification)
#include "test_classification.moc"
