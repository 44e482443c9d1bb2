// Components' members, cuts, overlap and second labels of small cases worked out by hand.

#include <QtTest>

#include <cmath>

#include "core/random.h"
#include "mixture/membership.h"
#include "mixture/merging.h"
#include "mixture/mixture.h"

using namespace galatea;

namespace {
Array matrix(int64_t rows, int64_t columns, const std::vector<float>& values) {
    Array array({rows, columns});
    std::ranges::copy(values, array.data());
    return array;
}
} // namespace

class TestMembership : public QObject {
    Q_OBJECT
    const Array gamma_ =
        matrix(4, 3, {0.9f, 0.1f, 0, 0.5f, 0.25f, 0.25f, 0.125f, 0.75f, 0.125f, 0, 0.5f, 0.5f});
    const std::vector<int64_t> component_ = largestPerRow(gamma_);

  private Q_SLOTS:
    void countsAndCuts() {
        QCOMPARE(component_, (std::vector<int64_t>{0, 0, 1, 1}));
        QCOMPARE(populations(component_, 3), (std::vector<int64_t>{2, 2, 0}));
        const ProbabilityCut half = cutAt(gamma_, 0.5), most = cutAt(gamma_, 0.7);
        QCOMPARE(half.counts, (std::vector<int64_t>{2, 2, 1}));
        QCOMPARE(half.objects, 4);
        QCOMPARE(most.counts, (std::vector<int64_t>{1, 1, 0}));
        QCOMPARE(most.objects, 2);
        QCOMPARE(membersOf(gamma_, std::vector<int64_t>{1, 2}, 0.5), (std::vector<int64_t>{2, 3}));
        QCOMPARE(membersOf(gamma_, std::vector<int64_t>{}, 0.5), (std::vector<int64_t>{}));
    }

    /// As counted row by row, however the rows are shared among threads.
    void manyRowsCountAlike() {
        RandomStream random(3, "rows");
        Array gamma({20'011, 4});
        for (float& value : gamma.values())
            value = static_cast<float>(random.uniform());
        const std::vector<int64_t> largest = largestPerRow(gamma);
        const Array summed = mergedResponsibilities(gamma, {0, 1, 0, 1});
        std::vector<int64_t> counts(4, 0), members;
        int64_t objects = 0;
        for (int64_t n = 0; n < gamma.dim(0); ++n) {
            bool any = false;
            for (int64_t k = 0; k < 4; ++k) {
                QVERIFY(gamma.at(n, largest[static_cast<size_t>(n)]) >= gamma.at(n, k));
                const bool passes = static_cast<double>(gamma.at(n, k)) >= 0.75;
                counts[static_cast<size_t>(k)] += passes;
                any = any || passes;
            }
            objects += any;
            if (gamma.at(n, 1) >= 0.75F || gamma.at(n, 3) >= 0.75F)
                members.push_back(n);
            QCOMPARE(summed.at(n, 0), gamma.at(n, 0) + gamma.at(n, 2));
            QCOMPARE(summed.at(n, 1), gamma.at(n, 1) + gamma.at(n, 3));
        }
        QCOMPARE(cutAt(gamma, 0.75).counts, counts);
        QCOMPARE(cutAt(gamma, 0.75).objects, objects);
        QCOMPARE(membersOf(gamma, std::vector<int64_t>{3, 1}, 0.75), members);
        const Array turned = gamma.permuted({1, 0}).copy().permuted({1, 0}); // not row by row in memory
        QCOMPARE(cutAt(turned, 0.75).counts, counts);
    }

    void overlap() {
        const Array m = overlapMatrix(gamma_, component_);
        QCOMPARE(m.at(0, 0), 0.7f);
        QCOMPARE(m.at(0, 1), 0.175f);
        QCOMPARE(m.at(1, 1), 0.625f);
        QCOMPARE(m.at(1, 2), 0.3125f);
        QVERIFY(std::isnan(m.at(2, 0)));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, overlapMatrix(gamma_, std::vector<int64_t>{0}));
    }

    void secondLabelsIgnoreTheOthers() {
        QCOMPARE(secondLabels(gamma_, std::vector<int64_t>{1, 2}), (std::vector<int64_t>{1, 1, 1, 1}));
        QCOMPARE(secondLabels(gamma_, std::vector<int64_t>{2, 0}), (std::vector<int64_t>{0, 0, 2, 2}));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, secondLabels(gamma_, std::vector<int64_t>{3}));
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, secondLabels(gamma_, std::vector<int64_t>{}));
    }

    /// With a range as wide as the values the scaled ones are the posterior.
    void scaledResponsibilitiesSoften() {
        RandomStream random(2, "joint");
        Array joint({50, 4});
        for (float& value : joint.values())
            value = static_cast<float>(-20 * random.uniform());
        const auto [low, high] = std::ranges::minmax(joint.values());
        const Array same =
                        scaledResponsibilities(joint, static_cast<double>(high) - static_cast<double>(low)),
                    soft = scaledResponsibilities(joint, 1);
        for (int64_t n = 0; n < 50; ++n) {
            double sum = 0, softSum = 0;
            for (int64_t k = 0; k < 4; ++k)
                sum += std::exp(static_cast<double>(joint.at(n, k)));
            for (int64_t k = 0; k < 4; ++k) {
                QVERIFY(std::abs(static_cast<double>(same.at(n, k)) -
                                 std::exp(static_cast<double>(joint.at(n, k))) / sum) < 1e-5);
                softSum += static_cast<double>(soft.at(n, k));
                QVERIFY(soft.at(n, k) > 0.1f);
            }
            QVERIFY(std::abs(softSum - 1) < 1e-6);
        }
    }
};

QTEST_GUILESS_MAIN(TestMembership)
#include "test_membership.moc"
