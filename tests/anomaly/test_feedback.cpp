// Opinions change a ranking where they were given, and not elsewhere.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QtTest>

#include "anomaly/feedback.h"
#include "core/error.h"
#include "core/random.h"

using namespace galatea;

namespace {

/// Three clumps of 100, 100 units apart; scores at random.
struct Clumps {
    Array z{{300, 2}};
    std::vector<double> score;
    Clumps() {
        RandomStream random(4, "clumps");
        for (int64_t i = 0; i < 300; ++i) {
            z.at(i, 0) = static_cast<float>(100.0 * static_cast<double>(i / 100) + random.normal());
            z.at(i, 1) = static_cast<float>(random.normal());
            score.push_back(random.uniform(0, 1));
        }
    }
};

double meanOf(const std::vector<double>& rank, int64_t clump) {
    return std::accumulate(rank.begin() + clump * 100, rank.begin() + (clump + 1) * 100, 0.0) / 100;
}

} // namespace

class TestFeedback : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void ranksWithoutOpinions() {
        const std::vector<double> score{3, 1, NAN, 3, INFINITY, 2};
        const auto rank = rankWithOpinions(Array({6, 1}), score, {});
        QCOMPARE(rank[1], 0.125);
        QCOMPARE(rank[5], 0.375);
        QCOMPARE(rank[0], 0.75); // two equals share the places 2 and 3 of 0 … 4
        QCOMPARE(rank[3], 0.75);
        QVERIFY(std::isnan(rank[2]) && std::isnan(rank[4]));
    }

    void opinionsActNearby() {
        const Clumps clumps;
        const auto before = rankWithOpinions(clumps.z, clumps.score, {});
        const std::vector<Opinion> opinions{{5, true}, {105, false}};
        const auto after = rankWithOpinions(clumps.z, clumps.score, opinions);
        QVERIFY(after[5] > 0.9 && after[105] < 0.1);
        QVERIFY(meanOf(after, 0) > meanOf(before, 0) + 0.1);
        QVERIFY(meanOf(after, 1) < meanOf(before, 1) - 0.1);
        for (size_t i = 200; i < 300; ++i)
            QVERIFY(std::abs(after[i] - before[i]) < 1e-12);
    }

    void theFormulaByHand() {
        Array z({3, 1});
        z.at(1, 0) = 1;
        z.at(2, 0) = 3;
        const std::vector<double> score{1, 2, 3};
        const auto rank = rankWithOpinions(z, score, std::vector<Opinion>{{0, true}});
        const double reach2 = 9; // fewer than ten others: the farthest
        const double w = std::exp(-1 / (2 * reach2));
        QVERIFY(std::abs(rank[1] - (0.1 * 0.5 + w) / (0.1 + w)) < 1e-12);
        QVERIFY(std::abs(rank[0] - (0.1 / 6 + 1) / 1.1) < 1e-12);
    }

    void refusesWhatDoesNotFit() {
        const std::vector<double> score{1, 2, 3};
        QVERIFY_EXCEPTION_THROWN(rankWithOpinions(Array({2, 1}), score, {}), UsageError);
        QVERIFY_EXCEPTION_THROWN(rankWithOpinions(Array({3, 1}), score, std::vector<Opinion>{{3, true}}),
                                 UsageError);
    }

    void twinsDoNotBreakIt() {
        const std::vector<double> score{1, 2, 3};
        const auto rank = rankWithOpinions(Array({3, 1}), score, std::vector<Opinion>{{0, true}});
        for (const double value : rank)
            QVERIFY(std::isfinite(value));
    }
};

QTEST_GUILESS_MAIN(TestFeedback)
#include "test_feedback.moc"
