// Judgements of clusters beside scikit-learn's, and small cases that can be worked out by hand.

#include <QtTest>

#include <cmath>
#include <fstream>
#include <numeric>
#include <set>

#include "core/random.h"
#include "metrics/agreement.h"
#include "metrics/clustering.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// Clusters of different sizes that overlap; cluster 3 has one member, cluster 5 none.
struct Made {
    Array z;
    std::vector<int64_t> label, truth;
    static constexpr int64_t clusters = 7, classes = 4;
};

Made made(int64_t count = 900, int64_t dims = 6) {
    RandomStream random(5, "clusters");
    Made data;
    data.z = Array({count, dims});
    for (int64_t n = 0; n < count; ++n) {
        int64_t k = random.below(5);
        k = n == 0 ? 3 : k >= 3 ? k + 1 + (k == 4) : k; // 0, 1, 2, 4, 6
        data.label.push_back(k);
        data.truth.push_back(random.below(3) == 0 ? random.below(4) : k % 4);
        for (int64_t d = 0; d < dims; ++d)
            data.z.at(n, d) = static_cast<float>(random.normal() * (1 + 0.3 * static_cast<double>(k)) +
                                                 2.5 * static_cast<double>((k + d) % 3));
    }
    return data;
}

template <class Values>
void writeRaw(const QString& path, const Values& values) {
    std::ofstream(path.toStdString(), std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(values[0])));
}

const char* const reference = R"(
import sys
import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
folder, D = sys.argv[1], int(sys.argv[2])
z = np.fromfile(folder + "/z", np.float32).reshape(-1, D).astype(float)
label, truth = np.fromfile(folder + "/label", np.int64), np.fromfile(folder + "/truth", np.int64)
table = metrics.cluster.contingency_matrix(truth, label)
rows, columns = linear_sum_assignment(-table)
s = metrics.silhouette_samples(z, label)
centres = {k: z[label == k].mean(0) for k in np.unique(label)}
def simplified(i):
    away = {k: np.linalg.norm(z[i] - c) for k, c in centres.items()}
    a = away.pop(label[i])
    b = min(away.values())
    return (b - a) / max(a, b) if (label == label[i]).sum() > 1 else 0.0
out = [s.mean(), metrics.calinski_harabasz_score(z, label), metrics.davies_bouldin_score(z, label),
       metrics.homogeneity_score(truth, label), metrics.completeness_score(truth, label),
       metrics.v_measure_score(truth, label), metrics.adjusted_rand_score(truth, label),
       table[rows, columns].sum() / len(z), table.max(0).sum() / len(z),
       np.mean([simplified(i) for i in range(len(z))])]
print(*["%.15g" % value for value in out])
print(*["%.15g" % s[label == k].mean() for k in range(7) if (label == k).any()])
)";

std::vector<double> numbers(const QString& line) {
    std::vector<double> values;
    for (const QString& word : line.split(' ', Qt::SkipEmptyParts))
        values.push_back(word.toDouble());
    return values;
}

bool near(double a, double b, double relative = 1e-9) {
    return std::abs(a - b) <= relative * std::max(1.0, std::abs(b));
}

} // namespace

class TestClustering : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void agreesWithScikitLearn() {
        const QString python = pythonThatCan("import sklearn.metrics, scipy.optimize");
        if (python.isEmpty())
            QSKIP("no python3 with scikit-learn here");
        const Made data = made();
        QTemporaryDir folder;
        writeRaw(folder.filePath("z"), data.z.values());
        writeRaw(folder.filePath("label"), data.label);
        writeRaw(folder.filePath("truth"), data.truth);
        QProcess process;
        process.start(python, {"-c", reference, folder.path(), "6"});
        QVERIFY(process.waitForFinished(120000));
        const QStringList lines = QString(process.readAllStandardOutput()).split('\n');
        const std::vector<double> all = numbers(lines.value(0)), perCluster = numbers(lines.value(1));
        QCOMPARE(all.size(), size_t{10});

        const Silhouettes full = silhouettes(data.z, data.label, Made::clusters);
        const Agreement agreement = agreementOf(data.truth, Made::classes, data.label, Made::clusters);
        QVERIFY(near(full.mean, all[0]));
        QVERIFY(near(calinskiHarabasz(data.z, data.label, Made::clusters), all[1]));
        QVERIFY(near(daviesBouldin(data.z, data.label, Made::clusters), all[2]));
        QVERIFY(near(agreement.homogeneity, all[3]));
        QVERIFY(near(agreement.completeness, all[4]));
        QVERIFY(near(agreement.vMeasure, all[5]));
        QVERIFY(near(agreement.adjustedRand, all[6]));
        QVERIFY(near(agreement.accuracy, all[7]));
        QVERIFY(near(agreement.purity, all[8]));
        QVERIFY(near(simplifiedSilhouettes(data.z, data.label, Made::clusters).mean, all[9]));
        size_t place = 0;
        for (const double value : full.perCluster)
            if (std::isfinite(value))
                QVERIFY(near(value, perCluster.at(place++)));
        QCOMPARE(place, perCluster.size());
        QVERIFY(std::isnan(full.perCluster[5]));
        QCOMPARE(full.perCluster[3], 0.0);
    }

    /// Two pairs on a line: 0, 1 and 10, 12.
    void pairsOnALine() {
        Array z({4, 1});
        std::ranges::copy(std::vector<float>{0, 1, 10, 12}, z.data());
        const std::vector<int64_t> labels{0, 0, 1, 1};
        const Silhouettes full = silhouettes(z, labels, 2);
        const std::vector<double> expected{1 - 1 / 11.0, 1 - 1 / 10.0, 1 - 2 / 9.5, 1 - 2 / 11.5};
        for (size_t i = 0; i < 4; ++i)
            QVERIFY(near(full.values[i], expected[i]));
        const Silhouettes simple = simplifiedSilhouettes(z, labels, 2);
        QVERIFY(near(simple.values[0], 1 - 0.5 / 11));
        QVERIFY(near(simple.values[3], 1 - 1 / 11.5));
        QVERIFY(near(daviesBouldin(z, labels, 2), (0.5 + 1) / 10.5));
        // between: 4 · 5.25²; within: 2 · 0.25 + 2 · 1
        QVERIFY(near(calinskiHarabasz(z, labels, 2), 4 * 5.25 * 5.25 * 2 / 2.5));
    }

    void samplesAreExactForTheirRows() {
        const Made data = made();
        const Silhouettes full = silhouettes(data.z, data.label, Made::clusters);
        const Silhouettes some = silhouettes(data.z, data.label, Made::clusters, 100, 3);
        QCOMPARE(some.rows.size(), size_t{100});
        for (size_t i = 0; i < some.rows.size(); ++i)
            QCOMPARE(some.values[i], full.values[static_cast<size_t>(some.rows[i])]);
        QCOMPARE(silhouettes(data.z, data.label, Made::clusters, 100, 3, 1).values, some.values);
        QVERIFY(silhouettes(data.z, data.label, Made::clusters, 100, 4).rows != some.rows);
    }

    void oneClusterIsNotJudged() {
        const Made data = made(20);
        const std::vector<int64_t> one(20, 1);
        QVERIFY(std::isnan(silhouettes(data.z, one, 3).mean));
        QVERIFY(std::isnan(simplifiedSilhouettes(data.z, one, 3).mean));
        QVERIFY(std::isnan(calinskiHarabasz(data.z, one, 3)));
        QVERIFY(std::isnan(daviesBouldin(data.z, one, 3)));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, silhouettes(data.z, one, 1));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, agreementOf(one, 2, std::vector<int64_t>(3, 0), 2));
    }

    /// Every assignment of small tables is tried.
    void assignmentsAreTheBest() {
        RandomStream random(8, "tables");
        for (int round = 0; round < 200; ++round) {
            const int64_t rows = 1 + random.below(5), columns = 1 + random.below(5);
            std::vector<int64_t> table(static_cast<size_t>(rows * columns));
            for (int64_t& entry : table)
                entry = random.below(round % 2 == 0 ? 3 : 50);
            const std::vector<int64_t> found = bestAssignment(table, rows, columns);
            int64_t sum = 0, used = 0, best = 0;
            std::set<int64_t> columnsUsed;
            for (int64_t r = 0; r < rows; ++r)
                if (const int64_t c = found[static_cast<size_t>(r)]; c >= 0) {
                    sum += table[static_cast<size_t>(r * columns + c)];
                    columnsUsed.insert(c);
                    ++used;
                }
            QCOMPARE(used, std::min(rows, columns));
            QCOMPARE(static_cast<int64_t>(columnsUsed.size()), used);
            std::vector<int64_t> order(static_cast<size_t>(std::max(rows, columns)));
            std::iota(order.begin(), order.end(), 0);
            do {
                int64_t trial = 0;
                for (int64_t r = 0; r < rows; ++r)
                    if (order[static_cast<size_t>(r)] < columns)
                        trial += table[static_cast<size_t>(r * columns + order[static_cast<size_t>(r)])];
                best = std::max(best, trial);
            } while (std::next_permutation(order.begin(), order.end()));
            QCOMPARE(sum, best);
        }
    }
};

QTEST_GUILESS_MAIN(TestClustering)
#include "test_clustering.moc"
