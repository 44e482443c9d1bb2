// Thresholds, tallies and the spread of embeddings on numbers whose answers can be counted.

#include <cmath>

#include <QtTest>

#include "anomaly/separation.h"
#include "core/error.h"
#include "core/random.h"

using namespace galatea;

class TestSeparation : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void thresholdsAreQuantilesOfBothKinds() {
        std::vector<double> normal, strange;
        for (int i = 0; i <= 100; ++i) {
            normal.push_back(i);
            strange.push_back(1000 + i);
        }
        // Far apart: between 80 % of the normal and 5 % of the strange lies nobody.
        QCOMPARE(proposedThresholds(normal, strange), (RegionThresholds{80, 95, 1005, 1020}));
        // Overlapping: the middle region is the overlap.
        for (double& score : strange)
            score -= 950;
        QCOMPARE(proposedThresholds(normal, strange), (RegionThresholds{55, 70, 80, 95}));
        normal.push_back(NAN);
        QCOMPARE(proposedThresholds(normal), (RegionThresholds{50, 80, 95, 99}));
        QVERIFY_THROWS_EXCEPTION(UsageError, proposedThresholds(std::vector<double>{NAN}));
    }

    void decidedObjectsAreCounted() {
        const RegionThresholds thresholds{1, 2, 3, 4};
        const std::vector<double> scores{0, 1.5, 2.5, 3.5, 5, 0.5, 9, NAN};
        const std::vector<uint8_t> strange{0, 0, 0, 0, 1, 1, 1, 1};
        const RegionTally result = tally(scores, strange, thresholds);
        QCOMPARE(result.right, int64_t{4}); // 0, 1.5 normal; 5, 9 strange
        QCOMPARE(result.wrong, int64_t{2}); // 3.5 is normal, 0.5 strange
        QCOMPARE(result.undecided, int64_t{1});
        QCOMPARE(result.accuracy(), 4.0 / 6);
        QCOMPARE(result.regions.at(1.0), int64_t{2});
        QVERIFY(std::isnan(RegionTally{}.accuracy()));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, tally(scores, std::vector<uint8_t>{1}, thresholds));
    }

    void aCollapseShows() {
        Array embeddings({400, 3});
        RandomStream random(2, "embedding");
        for (int64_t n = 0; n < 400; ++n) {
            embeddings.at(n, 0) = static_cast<float>(2 * random.normal() + 1);
            embeddings.at(n, 1) = static_cast<float>(0.5 * random.normal());
            embeddings.at(n, 2) = 7; // collapsed
        }
        const EmbeddingSpread spread = embeddingSpread(embeddings);
        QVERIFY(std::abs(spread.variance - (4 + 0.25) / 3) < 0.2);
        QVERIFY(std::abs(spread.meanSquare - (5 + 0.25 + 49) / 3) < 0.5);
        QCOMPARE(spread.smallestVariance, 0.0);
        QCOMPARE(spread.effectiveDimensions, int64_t{2});
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, embeddingSpread(Array()));
    }
};

QTEST_GUILESS_MAIN(TestSeparation)
#include "test_separation.moc"
