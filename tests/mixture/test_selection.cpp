// How many components: the criteria worked out by hand, and what they choose on made data.

#include <QtTest>

#include <cmath>

#include "core/error.h"
#include "made_data.h"
#include "mixture/selection.h"

using namespace galatea;

namespace {

Array threeBlobs() {
    return drawBlobs(
        {{300, {-4, 0, 0}, {1, 1, 0.5}}, {200, {4, 1, 0}, {1, 0.5, 1}}, {250, {0, 6, 2}, {1, 1, 1}}}, 41);
}

/// Keeps what it is told.
struct Recorder : ProgressSink {
    std::vector<ProgressUpdate> updates;
    std::vector<std::string> warnings;
    void update(const ProgressUpdate& update) override { updates.push_back(update); }
    void warn(const std::string& message) override { warnings.push_back(message); }
};

} // namespace

class TestSelection : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void parametersAreCounted() {
        GaussianMixture mixture{3, 4, {}, {}, {}};
        QCOMPARE(freeParameters(mixture), 2 + 12 + 12);
        mixture.covariances.resize(48);
        QCOMPARE(freeParameters(mixture), 2 + 12 + 30);
    }

    void criteriaFollowTheirFormulas() {
        const GaussianMixture mixture{3, 4, {}, {}, {}};
        QCOMPARE(bayesCriterion(mixture, -2.5, 1000), 5000 + 26 * std::log(1000.0));
        QCOMPARE(akaikeCriterion(mixture, -2.5, 1000), 5000.0 + 52);
    }

    void bayesFindsTheNumber_data() {
        QTest::addColumn<bool>("full");
        QTest::newRow("diagonal") << false;
        QTest::newRow("full") << true;
    }
    void bayesFindsTheNumber() {
        QFETCH(bool, full);
        MixtureOptions options;
        options.covariance = full ? Covariance::Full : Covariance::Diagonal;
        options.starts = 3;
        options.maxIterations = 300;
        const Array z = threeBlobs();
        const SelectionReport report = selectMixture(z, options, 1, 7, Criterion::Bayes);
        QCOMPARE(report.candidates.size(), size_t{7});
        QCOMPARE(report.best, size_t{2});
        for (size_t i = 0; i < 7; ++i) {
            const Candidate& candidate = report.candidates[i];
            QCOMPARE(candidate.report.mixture.components, static_cast<int64_t>(i) + 1);
            QVERIFY(candidate.bayes >= report.candidates[2].bayes);
            options.components = static_cast<int64_t>(i) + 1;
            QCOMPARE(candidate.report.meanLogLikelihood, fitMixture(z, options).meanLogLikelihood);
        }
        // One Gaussian's likelihood has a closed form: −½ (D ln 2π + ln |Σ| + D), up to the floor.
        QVERIFY(report.candidates[0].report.meanLogLikelihood <
                report.candidates[2].report.meanLogLikelihood);
        const SelectionReport akaike = selectMixture(z, options, 2, 4, Criterion::Akaike);
        for (const Candidate& candidate : akaike.candidates)
            QVERIFY(candidate.akaike >= akaike.candidates[akaike.best].akaike);
    }

    void progressCoversTheWholeRange() {
        Recorder recorder;
        MixtureOptions options;
        options.maxIterations = 2;
        options.tolerance = 0;
        selectMixture(threeBlobs(), options, 2, 4, Criterion::Bayes, {}, recorder);
        QVERIFY(!recorder.updates.empty());
        int64_t before = -1;
        for (const ProgressUpdate& update : recorder.updates) {
            QCOMPARE(update.total, int64_t{6});
            QVERIFY(update.done >= before && update.done <= update.total);
            before = update.done;
        }
        QVERIFY(before >= 4);
        QCOMPARE(recorder.warnings.size(), size_t{1});
        QVERIFY(QString::fromStdString(recorder.warnings[0]).endsWith("2, 3, 4"));
    }

    void wrongWishesAreRefused() {
        const Array z = threeBlobs();
        QVERIFY_THROWS_EXCEPTION(UsageError, selectMixture(z, {}, 0, 3, Criterion::Bayes));
        QVERIFY_THROWS_EXCEPTION(UsageError, selectMixture(z, {}, 4, 3, Criterion::Bayes));
        QVERIFY_THROWS_EXCEPTION(UsageError, selectMixture(z, {}, 749, 751, Criterion::Bayes));
        std::stop_source source;
        source.request_stop();
        QVERIFY_THROWS_EXCEPTION(Interrupted,
                                 selectMixture(z, {}, 1, 3, Criterion::Bayes, source.get_token()));
    }
};

QTEST_GUILESS_MAIN(TestSelection)
#include "test_selection.moc"
