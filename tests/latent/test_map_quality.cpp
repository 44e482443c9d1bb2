// What a map keeps, against the definitions row by row and scikit-learn.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "latent/map_quality.h"
#include "nn/device.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

Array drawn(int64_t rows, int64_t columns, const char* name) {
    Array array({rows, columns});
    RandomStream random(5, name);
    for (float& value : array.values())
        value = static_cast<float>(random.normal());
    return array;
}

/// The first two columns with noise: a map that keeps a part.
Array looselyProjected(const Array& z) {
    Array map({z.dim(0), 2});
    RandomStream random(6, "noise");
    for (int64_t i = 0; i < z.dim(0); ++i)
        for (int64_t d = 0; d < 2; ++d)
            map.at(i, d) = z.at(i, d) + 0.3f * static_cast<float>(random.normal());
    return map;
}

/// Rank of every row by its distance from `row`, 1 for the nearest; 0 for itself.
std::vector<int64_t> ranksFrom(const Array& points, int64_t row) {
    std::vector<std::pair<double, int64_t>> all;
    for (int64_t j = 0; j < points.dim(0); ++j) {
        double sum = 0;
        for (int64_t d = 0; d < points.dim(1); ++d)
            sum += std::pow(double(points.at(row, d)) - double(points.at(j, d)), 2);
        if (j != row)
            all.emplace_back(sum, j);
    }
    std::sort(all.begin(), all.end());
    std::vector<int64_t> rank(all.size() + 1);
    for (size_t r = 0; r < all.size(); ++r)
        rank[static_cast<size_t>(all[r].second)] = static_cast<int64_t>(r) + 1;
    return rank;
}

/// The three figures from their definitions.
NeighborhoodFigures byDefinition(const Array& z, const Array& map, int64_t k) {
    const int64_t n = z.dim(0);
    double kept = 0, intruded = 0, extruded = 0;
    for (int64_t i = 0; i < n; ++i) {
        const std::vector<int64_t> here = ranksFrom(z, i), there = ranksFrom(map, i);
        for (int64_t j = 0; j < n; ++j) {
            const int64_t r = here[static_cast<size_t>(j)], s = there[static_cast<size_t>(j)];
            kept += j != i && r <= k && s <= k;
            intruded += j != i && s <= k && r > k ? static_cast<double>(r - k) : 0;
            extruded += j != i && r <= k && s > k ? static_cast<double>(s - k) : 0;
        }
    }
    const double share = 2.0 / static_cast<double>(n * k * (2 * n - 3 * k - 1));
    return {k, kept / static_cast<double>(n * k), 1 - share * intruded, 1 - share * extruded};
}

QJsonArray asJson(const Array& array) {
    QJsonArray rows;
    for (int64_t i = 0; i < array.dim(0); ++i) {
        QJsonArray row;
        for (int64_t d = 0; d < array.dim(1); ++d)
            row.append(double(array.at(i, d)));
        rows.append(row);
    }
    return rows;
}

const char* script = R"(
import json, sys
import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier
d = json.load(sys.stdin)
z, m, c = np.array(d["z"]), np.array(d["map"]), np.array(d["classes"])
hits = 0
for i in range(len(m)):
    rest = np.arange(len(m)) != i
    hits += KNeighborsClassifier(1).fit(m[rest], c[rest]).predict(m[i:i + 1])[0] == c[i]
print(json.dumps({"trustworthiness": trustworthiness(z, m, n_neighbors=7), "continuity": trustworthiness(m, z, n_neighbors=7),
    "correlation": spearmanr(pdist(z), pdist(m))[0], "accuracy": hits / len(m)}))
)";

} // namespace

class TestMapQuality : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(2); }

    void followsTheDefinitions() {
        const Array z = drawn(120, 5, "z"), map = looselyProjected(z);
        const MapQuality quality = mapQuality(z, map, {{1, 6, 30}, 0, 1});
        QCOMPARE(quality.neighborhoods.size(), size_t(3));
        for (const NeighborhoodFigures& found : quality.neighborhoods) {
            const NeighborhoodFigures expected = byDefinition(z, map, found.k);
            QVERIFY(std::abs(found.preservation - expected.preservation) < 1e-12);
            QVERIFY(std::abs(found.trustworthiness - expected.trustworthiness) < 1e-12);
            QVERIFY(std::abs(found.continuity - expected.continuity) < 1e-12);
            QVERIFY(found.preservation > 0.02 && found.preservation < 0.9);
            QVERIFY(found.trustworthiness < 0.97 && found.continuity < 0.97);
        }
    }

    void agreesWithScikitLearn() {
        const QString python = pythonThatCan(QStringLiteral("import sklearn.manifold, scipy.stats"));
        if (python.isEmpty())
            QSKIP("needs a Python with scikit-learn");
        const Array z = drawn(150, 4, "z"), map = looselyProjected(z);
        std::vector<int64_t> classes;
        QJsonArray classList;
        for (int64_t i = 0; i < 150; ++i) {
            classes.push_back(z.at(i, 0) > 0 ? 1 : 0);
            classList.append(int(classes.back()));
        }
        QProcess process;
        process.start(python, {"-c", script});
        process.write(
            QJsonDocument(QJsonObject{{"z", asJson(z)}, {"map", asJson(map)}, {"classes", classList}})
                .toJson());
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(120000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
        const QJsonObject expected = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
        const MapQuality quality = mapQuality(z, map, {{7}, 0, 1});
        QVERIFY(std::abs(quality.neighborhoods[0].trustworthiness - expected["trustworthiness"].toDouble()) <
                1e-9);
        QVERIFY(std::abs(quality.neighborhoods[0].continuity - expected["continuity"].toDouble()) < 1e-9);
        QVERIFY(std::abs(quality.distanceCorrelation - expected["correlation"].toDouble()) < 1e-9);
        QVERIFY(std::abs(neighborClassAccuracy(map, classes, 1, quality.rows) -
                         expected["accuracy"].toDouble()) < 1e-12);
    }

    void theMapItselfIsPerfectAndNoiseIsNot() {
        const Array z = drawn(300, 2, "z"), noise = drawn(300, 2, "other");
        const MapQuality same = mapQuality(z, z, {{10}, 100, 1}),
                         other = mapQuality(z, noise, {{10}, 100, 1});
        QCOMPARE(same.neighborhoods[0].preservation, 1.0);
        QCOMPARE(same.neighborhoods[0].trustworthiness, 1.0);
        QVERIFY(same.distanceCorrelation > 1 - 1e-12);
        QVERIFY(other.neighborhoods[0].preservation < 0.1);
        QVERIFY(std::abs(other.neighborhoods[0].trustworthiness - 0.5) < 0.06);
        QVERIFY(std::abs(other.distanceCorrelation) < 0.1);
    }

    void aSampleIsNearTheWhole() {
        const Array z = drawn(2000, 5, "z"), map = looselyProjected(z);
        const MapQuality all = mapQuality(z, map, {{15}, 0, 1}), some = mapQuality(z, map, {{15}, 400, 3}),
                         again = mapQuality(z, map, {{15}, 400, 3});
        QCOMPARE(some.rows.size(), size_t(400));
        QVERIFY(std::is_sorted(some.rows.begin(), some.rows.end()));
        QCOMPARE(some.neighborhoods[0].preservation, again.neighborhoods[0].preservation);
        QVERIFY(std::abs(all.neighborhoods[0].preservation - some.neighborhoods[0].preservation) < 0.02);
        QVERIFY(std::abs(all.neighborhoods[0].trustworthiness - some.neighborhoods[0].trustworthiness) <
                0.02);
    }

    void objectsWithoutClassDoNotVote() {
        // Three of class 0 in a row, one of class 1 beside an object nobody knows.
        Array line({5, 1});
        const float places[] = {0, 1, 2, 10, 9.5f};
        std::copy(std::begin(places), std::end(places), line.data());
        std::vector<int64_t> rows(5);
        std::iota(rows.begin(), rows.end(), int64_t{0});
        QCOMPARE(neighborClassAccuracy(line, {0, 0, 0, 1, -1}, 1, rows), 0.75);
        QCOMPARE(neighborClassAccuracy(line, {0, 0, 0, 1, 1}, 1, rows), 1.0);
    }

    void badInputIsRefused() {
        const Array z = drawn(50, 3, "z");
        Array broken = drawn(50, 2, "map");
        QVERIFY_EXCEPTION_THROWN(mapQuality(z, drawn(49, 2, "map"), {}), UsageError);
        QVERIFY_EXCEPTION_THROWN(mapQuality(drawn(3, 3, "z"), drawn(3, 2, "map"), {}), UsageError);
        broken.at(7, 1) = NAN;
        QVERIFY_EXCEPTION_THROWN(mapQuality(z, broken, {}), UsageError);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(mapQuality(z, drawn(50, 2, "map"), {}, stop.get_token()), Interrupted);
        QCOMPARE(mapQuality(z, drawn(50, 2, "map"), {{1000}, 0, 1}).neighborhoods[0].k, int64_t(32));
    }
};

QTEST_GUILESS_MAIN(TestMapQuality)
#include "test_map_quality.moc"
