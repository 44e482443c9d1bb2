#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "made_data.h"
#include "mixture/k_means.h"
#include "mixture/mixture.h"

using namespace galatea;

class TestKMeans : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void separatedClustersGiveTheirMeans();
    void labelsAndInertiaFitTheCentres();
    void asManyClustersAsRows();
    void equalRowsAreNoTrouble();
    void tooFewRowsAreRefused();
};

void TestKMeans::separatedClustersGiveTheirMeans() {
    std::vector<Blob> blobs;
    for (int k = 0; k < 9; ++k)
        blobs.push_back({100 + 10 * k, {50.0 * (k % 3), 50.0 * (k / 3), 7}, {1, 1, 1}});
    const Array z = drawBlobs(blobs, 21);
    RandomStream random(2, "k-means");
    const Array centres = kMeans(z, 9, random);
    int64_t row = 0;
    for (const Blob& blob : blobs) {
        double mean[3] = {};
        for (int64_t i = 0; i < blob.count; ++i, ++row)
            for (int64_t d = 0; d < 3; ++d)
                mean[d] += z.at(row, d) / static_cast<double>(blob.count);
        double nearest = 1e9;
        for (int64_t k = 0; k < 9; ++k)
            nearest = std::min(nearest, std::hypot(centres.at(k, 0) - mean[0], centres.at(k, 1) - mean[1],
                                                   centres.at(k, 2) - mean[2]));
        QVERIFY(nearest < 1e-4);
    }
}

void TestKMeans::labelsAndInertiaFitTheCentres() {
    const Array z = overlappingBlobs(400, 22);
    RandomStream random(3, "k-means");
    const Clusters clusters = findClusters(z, 7, random, 50, {});
    double inertia = 0;
    for (int64_t n = 0; n < z.dim(0); ++n) {
        std::vector<double> distances;
        for (int64_t k = 0; k < 7; ++k) {
            double distance = 0;
            for (int64_t d = 0; d < 4; ++d)
                distance += std::pow(z.at(n, d) - clusters.centres[static_cast<size_t>(k * 4 + d)], 2);
            distances.push_back(distance);
        }
        const auto nearest = std::min_element(distances.begin(), distances.end());
        QCOMPARE(static_cast<int64_t>(clusters.label[static_cast<size_t>(n)]), nearest - distances.begin());
        inertia += *nearest;
    }
    QVERIFY(std::abs(clusters.inertia - inertia) < 1e-9 * inertia);
}

void TestKMeans::asManyClustersAsRows() {
    const Array z = drawBlobs({{12, {0, 0}, {1, 1}}}, 23);
    RandomStream random(4, "k-means");
    const Clusters clusters = findClusters(z, 12, random, 50, {});
    QVERIFY(clusters.inertia < 1e-12);
}

void TestKMeans::equalRowsAreNoTrouble() {
    RandomStream random(5, "k-means");
    const Array centres = kMeans(Array({6, 2}, std::vector<float>(12, -1.5F)), 3, random);
    for (const float value : centres.values())
        QCOMPARE(value, -1.5F);
}

void TestKMeans::tooFewRowsAreRefused() {
    RandomStream random(6, "k-means");
    QVERIFY_THROWS_EXCEPTION(UsageError, kMeans(Array({3, 2}), 4, random));
    QVERIFY_THROWS_EXCEPTION(UsageError, kMeans(Array({3, 2}), 0, random));
}

QTEST_GUILESS_MAIN(TestKMeans)
#include "test_k_means.moc"
