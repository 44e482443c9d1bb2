// Neighbour graphs, t-SNE and UMAP against direct computations, and what every projection must keep.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "latent/affinities.h"
#include "latent/neighbor_graph.h"
#include "latent/tsne.h"
#include "latent/umap.h"
#include "nn/device.h"

using namespace galatea;

namespace {

/// Clumps about distant centres; row i belongs to clump i % clumps.
Array clumps(int64_t rows, int64_t dims, int64_t count) {
    Array z({rows, dims});
    RandomStream random(11, "clumps");
    std::vector<double> centres(static_cast<size_t>(count * dims));
    for (double& value : centres)
        value = 8 * random.normal();
    for (int64_t i = 0; i < rows; ++i)
        for (int64_t d = 0; d < dims; ++d)
            z.data()[i * dims + d] =
                static_cast<float>(centres[static_cast<size_t>(i % count * dims + d)] + random.normal());
    return z;
}

double distanceBetween(const Array& z, int64_t i, int64_t j) {
    double squared = 0;
    for (int64_t d = 0; d < z.dim(1); ++d)
        squared += std::pow(double(z.data()[i * z.dim(1) + d]) - double(z.data()[j * z.dim(1) + d]), 2);
    return std::sqrt(squared);
}

/// The k nearest by sorting all distances.
std::vector<int64_t> sortedNeighbors(const Array& z, int64_t row, int64_t k) {
    std::vector<std::pair<double, int64_t>> all;
    for (int64_t j = 0; j < z.dim(0); ++j)
        if (j != row)
            all.emplace_back(distanceBetween(z, row, j), j);
    std::sort(all.begin(), all.end());
    std::vector<int64_t> result;
    for (int64_t j = 0; j < k; ++j)
        result.push_back(all[static_cast<size_t>(j)].second);
    return result;
}

/// Share of the k nearest in z that are among the k nearest on the map.
double preservation(const Array& z, const Array& map, int64_t k) {
    int64_t kept = 0;
    for (int64_t i = 0; i < z.dim(0); ++i) {
        const auto a = sortedNeighbors(z, i, k), b = sortedNeighbors(map, i, k);
        const std::set<int64_t> near(b.begin(), b.end());
        kept += std::count_if(a.begin(), a.end(), [&](int64_t j) { return near.count(j) > 0; });
    }
    return double(kept) / double(z.dim(0) * k);
}

/// Share of rows whose nearest on the map is of their clump.
double purity(const Array& map, int64_t count) {
    int64_t same = 0;
    for (int64_t i = 0; i < map.dim(0); ++i)
        same += sortedNeighbors(map, i, 1)[0] % count == i % count;
    return double(same) / double(map.dim(0));
}

bool equal(const Array& a, const Array& b) {
    return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

TsneOptions quickTsne(int64_t dims = 2) {
    TsneOptions options;
    options.dims = dims;
    options.perplexity = 15;
    options.earlyIterations = 50;
    options.iterations = dims == 2 ? 250 : 120;
    return options;
}

struct Stopper final : ProgressSink {
    std::stop_source source;
    int64_t calls = 0;
    void update(const ProgressUpdate& update) override {
        if (update.unit != "rows" && ++calls == 3)
            source.request_stop();
    }
    void warn(const std::string&) override {}
};

} // namespace

class TestProjections : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void init() { setThreads(2); }

    void exactNeighborsAreTheSortedOnes() {
        const Array z = clumps(300, 7, 5);
        const NeighborGraph graph = buildNeighborGraph(z, 9, {.method = "exact"});
        QCOMPARE(graph.k, int64_t(9));
        for (int64_t i = 0; i < 300; ++i) {
            const auto expected = sortedNeighbors(z, i, 9);
            for (int64_t j = 0; j < 9; ++j) { // equal but for rounding, which may turn near ties round
                const auto at = size_t(i * 9 + j);
                const double expectedDistance = distanceBetween(z, i, expected[size_t(j)]);
                QVERIFY(std::abs(distanceBetween(z, i, graph.index[at]) - expectedDistance) < 2e-3);
                QVERIFY(std::abs(graph.distance[at] - expectedDistance) < 2e-3);
            }
        }
    }

    void listsReportTheirRecall() {
        const Array z = clumps(4000, 10, 6);
        const NeighborGraph exact = buildNeighborGraph(z, 10, {.method = "exact"}),
                            lists = buildNeighborGraph(z, 10, {.method = "inverted-lists", .recall = 0.9});
        int64_t hits = 0;
        for (int64_t i = 0; i < 4000; ++i)
            for (int64_t j = 0; j < 10; ++j)
                hits += std::count(lists.index.begin() + i * 10, lists.index.begin() + (i + 1) * 10,
                                   exact.index[size_t(i * 10 + j)]);
        const double recall = double(hits) / 40000;
        QVERIFY(recall > 0.85);
        QVERIFY2(std::abs(recall - lists.recall) < 0.03, qPrintable(QString::number(recall)));
    }

    void twinsAreNeighborsOfEachOther() {
        Array z({6, 2}); // three pairs of equal rows
        for (int64_t i = 0; i < 6; ++i)
            z.data()[2 * i] = z.data()[2 * i + 1] = float(i / 2);
        const NeighborGraph graph = buildNeighborGraph(z, 1);
        for (int32_t i = 0; i < 6; ++i)
            QCOMPARE(graph.index[size_t(i)], i ^ 1);
    }

    void affinitiesHaveThePerplexity() {
        const Array z = clumps(60, 4, 3);
        constexpr int64_t n = 60;
        const double perplexity = 12;
        const SparseMatrix p =
            perplexityAffinities(buildNeighborGraph(z, n - 1, {.method = "exact"}), perplexity);
        // Directly: the width of each row by halving, in bits.
        std::vector<double> conditional(n * n, 0);
        for (int64_t i = 0; i < n; ++i) {
            double low = 1e-9, high = 1e9;
            for (int step = 0; step < 200; ++step) {
                const double beta = std::sqrt(low * high);
                double sum = 0, entropy = 0;
                for (int64_t j = 0; j < n; ++j)
                    sum += conditional[size_t(i * n + j)] =
                        j == i ? 0 : std::exp(-beta * std::pow(distanceBetween(z, i, j), 2));
                for (int64_t j = 0; j < n; ++j)
                    if (double& q = conditional[size_t(i * n + j)]; q > 0) {
                        q /= sum;
                        entropy -= q * std::log2(q);
                    }
                (entropy > std::log2(perplexity) ? low : high) = beta;
            }
        }
        double total = 0;
        for (int64_t i = 0; i < n; ++i)
            for (int64_t e = p.begin[size_t(i)]; e < p.begin[size_t(i) + 1]; ++e) {
                const int64_t j = p.column[size_t(e)];
                const double expected =
                    (conditional[size_t(i * n + j)] + conditional[size_t(j * n + i)]) / (2 * n);
                QVERIFY(std::abs(double(p.value[size_t(e)]) - expected) < 1e-5 + 1e-3 * expected);
                total += double(p.value[size_t(e)]);
            }
        QVERIFY(std::abs(total - 1) < 1e-4);
    }

    void divergenceIsThatOfTheMap() {
        const Array z = clumps(150, 5, 3);
        const TsneReport report = fitTsne(z, quickTsne(), 3);
        const SparseMatrix p = perplexityAffinities(buildNeighborGraph(z, 45, {.method = "exact"}), 15);
        double sum = 0;
        for (int64_t i = 0; i < 150; ++i)
            for (int64_t j = 0; j < 150; ++j)
                sum += i == j ? 0 : 1 / (1 + std::pow(distanceBetween(report.map, i, j), 2));
        double divergence = 0;
        for (int64_t i = 0; i < 150; ++i)
            for (int64_t e = p.begin[size_t(i)]; e < p.begin[size_t(i) + 1]; ++e)
                if (const double v = p.value[size_t(e)]; v > 0)
                    divergence +=
                        v * std::log(v * sum *
                                     (1 + std::pow(distanceBetween(report.map, i, p.column[size_t(e)]), 2)));
        QVERIFY2(std::abs(report.divergence - divergence) < 0.01,
                 qPrintable(QString("%1 %2").arg(report.divergence).arg(divergence)));
    }

    void clumpsStayTogether_data() {
        QTest::addColumn<QString>("method");
        QTest::addColumn<int>("dims");
        for (const char* method : {"tsne", "umap"})
            for (const int dims : {2, 3})
                QTest::addRow("%s in %d", method, dims) << method << dims;
    }

    void clumpsStayTogether() {
        QFETCH(QString, method);
        QFETCH(int, dims);
        const Array z = clumps(400, 8, 6);
        Array map;
        if (method == "tsne") {
            map = fitTsne(z, quickTsne(dims), 3).map;
        } else {
            UmapOptions options;
            options.dims = dims;
            options.epochs = 200;
            map = fitUmap(z, options, 3).map;
        }
        QCOMPARE(map.shape(), (std::vector<int64_t>{400, dims}));
        QVERIFY(purity(map, 6) > 0.99);
        const double kept = preservation(z, map, 15); // of random places: 15 / 399 = 0.04
        QVERIFY2(kept > (method == "tsne" ? 0.45 : 0.3), qPrintable(QString::number(kept)));
        for (int64_t d = 0; d < dims; ++d) {
            double mean = 0;
            for (int64_t i = 0; i < 400; ++i)
                mean += map.data()[i * dims + d];
            QVERIFY(std::abs(mean / 400) < 1e-3);
        }
    }

    void sameSeedSameMap() {
        const Array z = clumps(3000, 6, 4);
        TsneOptions tsne = quickTsne();
        tsne.iterations = 40;
        UmapOptions umap;
        umap.epochs = 30;
        const Array t = fitTsne(z, tsne, 3).map, u = fitUmap(z, umap, 3).map;
        QVERIFY(equal(t, fitTsne(z, tsne, 3).map));
        QVERIFY(equal(u, fitUmap(z, umap, 3).map));
        QVERIFY(!equal(u, fitUmap(z, umap, 4).map));
        setThreads(1);
        QVERIFY(equal(u, fitUmap(z, umap, 3).map)); // whatever the number of threads
    }

    void theCurveIsTheBestOne() {
        // The reference implementation's figures for these two pairs.
        UmapCurve curve = fitUmapCurve(0.1, 1);
        QVERIFY(std::abs(curve.a - 1.57694) < 1e-4 && std::abs(curve.b - 0.89506) < 1e-4);
        // No other nearby is better, by the definition.
        const auto error = [](double a, double b) {
            double sum = 0;
            for (int i = 0; i < 300; ++i) {
                const double x = 6.0 * i / 299, wanted = x < 0.5 ? 1 : std::exp(-(x - 0.5) / 2);
                sum += std::pow(1 / (1 + a * std::pow(x, 2 * b)) - wanted, 2);
            }
            return sum;
        };
        curve = fitUmapCurve(0.5, 2);
        for (const double a : {0.99, 1.0, 1.01})
            for (const double b : {0.99, 1.0, 1.01})
                QVERIFY(error(curve.a, curve.b) <= error(a * curve.a, b * curve.b) + 1e-12);
    }

    void fuzzyWeightsSumToTheLogarithm() {
        const Array z = clumps(40, 4, 2);
        const NeighborGraph graph = buildNeighborGraph(z, 39, {.method = "exact"});
        const SparseMatrix joined = fuzzyGraph(graph);
        // Directly: each row's width by halving, then a + b − ab.
        std::vector<double> weight(40 * 40, 0);
        for (int64_t i = 0; i < 40; ++i) {
            const double nearest = graph.distance[size_t(i * 39)];
            double low = 1e-9, high = 1e9;
            for (int step = 0; step < 200; ++step) {
                const double width = std::sqrt(low * high);
                double sum = 0;
                for (int64_t j = 0; j < 40; ++j)
                    sum += weight[size_t(i * 40 + j)] =
                        i == j ? 0 : std::exp(-std::max(0.0, distanceBetween(z, i, j) - nearest) / width);
                (sum > std::log2(40.0) ? high : low) = width;
            }
        }
        for (int64_t i = 0; i < 40; ++i)
            for (int64_t e = joined.begin[size_t(i)]; e < joined.begin[size_t(i) + 1]; ++e) {
                const auto j = size_t(joined.column[size_t(e)]);
                const double a = weight[size_t(i * 40) + j], b = weight[j * 40 + size_t(i)];
                QVERIFY(std::abs(double(joined.value[size_t(e)]) - (a + b - a * b)) < 1e-3);
            }
    }

    void anyNumberOfNegatives() {
        const Array z = clumps(300, 6, 5);
        for (const int64_t negatives :
             {0, 6, 7, 8, 20}) { // fewer than, just as many as, and more than go at once
            UmapOptions options;
            options.epochs = 100;
            options.negatives = negatives;
            const Array map = fitUmap(z, options, 3).map;
            double squares = 0;
            for (const float value : map.values()) {
                QVERIFY(std::isfinite(value));
                squares += double(value) * double(value);
            }
            QVERIFY(negatives == 0 ? squares / 300 < 250 : purity(map, 5) > 0.99);
        }
    }

    void narrowSearchesReachTheirRecall() {
        const Array z = clumps(200, 3, 2); // few lists: the widest search is all of them
        const NeighborGraph graph = buildNeighborGraph(z, 5, {.method = "inverted-lists", .recall = 1});
        QCOMPARE(graph.recall, 1.0);
        const NeighborGraph exact = buildNeighborGraph(z, 5, {.method = "exact"});
        for (size_t i = 0; i < exact.distance.size(); ++i)
            QVERIFY(std::abs(exact.distance[i] - graph.distance[i]) < 1e-3);
    }

    void stopIsHeard() {
        const Array z = clumps(500, 5, 3);
        Stopper first, second;
        QVERIFY_EXCEPTION_THROWN(fitTsne(z, {}, 1, first.source.get_token(), first), Interrupted);
        QVERIFY_EXCEPTION_THROWN(fitUmap(z, {}, 1, second.source.get_token(), second), Interrupted);
    }

    void intermediateMapsAreShown() {
        const Array z = clumps(200, 5, 3);
        std::vector<int64_t> shown;
        TsneOptions options = quickTsne();
        options.iterations = 45;
        fitTsne(z, options, 1, {}, silentProgress(), [&](const Array& map, int64_t iteration) {
            QCOMPARE(map.dim(0), int64_t(200));
            shown.push_back(iteration);
        });
        QCOMPARE(shown, (std::vector<int64_t>{10, 20, 30, 40}));
    }

    void tooFewAreRefused() {
        QVERIFY_EXCEPTION_THROWN(fitTsne(clumps(3, 4, 1), {}, 1), UsageError);
        QVERIFY_EXCEPTION_THROWN(fitUmap(clumps(3, 4, 1), {}, 1), UsageError);
        QCOMPARE(fitTsne(clumps(4, 4, 1), quickTsne(), 1).map.dim(0), int64_t(4));
    }

    void equalRowsGiveAFiniteMap() {
        Array z({50, 3});
        for (float& value : z.values())
            value = 1;
        for (const float value : fitTsne(z, quickTsne(), 1).map.values())
            QVERIFY(std::isfinite(value));
        UmapOptions options;
        options.epochs = 50;
        for (const float value : fitUmap(z, options, 1).map.values())
            QVERIFY(std::isfinite(value));
    }
};

QTEST_GUILESS_MAIN(TestProjections)
#include "test_projections.moc"
