// Scores of a data set come back in its order whatever the batch, and regions are cut where they should be.

#include <QTest>

#include <cmath>

#include "anomaly/scores.h"
#include "core/error.h"

using namespace galatea;

namespace {

/// Scores an image by its first pixel; NaN below zero.
class FirstPixel : public Model {
  public:
    FirstPixel() {
        card_.name = "first pixel";
        card_.input.channels = 1;
        card_.input.height = card_.input.width = 2;
        card_.methods = {"score"};
    }
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array&) const override { return {}; }
    Decoding decode(const Array&) const override { return {}; }
    Array score(const Array& images) const override {
        Array scores({images.dim(0) + extra});
        for (int64_t n = 0; n < images.dim(0); ++n)
            scores.at(n) = images.at(n, 0, 0, 0) < 0 ? std::nanf("") : images.at(n, 0, 0, 0);
        return scores;
    }
    int64_t extra = 0;

  private:
    ModelCard card_;
};

DatasetPtr stamps(const std::vector<float>& firstPixels) {
    DatasetInfo info;
    info.channels = 1;
    info.height = info.width = 2;
    Array images({static_cast<int64_t>(firstPixels.size()), 1, 2, 2});
    for (size_t n = 0; n < firstPixels.size(); ++n)
        images.at(static_cast<int64_t>(n), 0, 0, 0) = firstPixels[n];
    return makeMemoryDataset(info, images, {});
}

} // namespace

class TestScores : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void orderAndBatches();
    void notFinite();
    void wrongCount();
    void regions();
    void thresholdsOfACard();
};

void TestScores::orderAndBatches() {
    std::vector<float> pixels;
    for (int n = 0; n < 37; ++n)
        pixels.push_back(static_cast<float>(n) / 4);
    const DatasetPtr data = stamps(pixels);
    for (const int64_t batch : {1, 5, 37, 100}) {
        const AnomalyScores scores = scoreImages(FirstPixel(), *data, {batch});
        QCOMPARE(scores.score.size(), pixels.size());
        QCOMPARE(scores.id.size(), pixels.size());
        for (size_t n = 0; n < pixels.size(); ++n)
            QCOMPARE(scores.score[n], double(pixels[n]));
        QCOMPARE(scores.id[36], std::string("36"));
    }
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_EXCEPTION_THROWN(scoreImages(FirstPixel(), *data, {}, stop.get_token()), Interrupted);
}

void TestScores::notFinite() {
    const AnomalyScores scores = scoreImages(FirstPixel(), *stamps({1, -1, 3}));
    QCOMPARE(scores.notFinite, 1);
    QVERIFY(std::isnan(scores.score[1]));
    QCOMPARE(scores.score[2], 3.0);
    QVERIFY_EXCEPTION_THROWN(scoreImages(FirstPixel(), *stamps({-1, -2})), ModelError);
}

void TestScores::wrongCount() {
    FirstPixel model;
    model.extra = 1;
    QVERIFY_EXCEPTION_THROWN(scoreImages(model, *stamps({1, 2})), ModelError);
}

void TestScores::regions() {
    const RegionThresholds thresholds{0.032, 0.041, 0.083, 0.105}; // the paper's for barred galaxies
    QCOMPARE(regionLabel(0.0, thresholds), 0.0);
    QCOMPARE(regionLabel(0.0319, thresholds), 0.0);
    QCOMPARE(regionLabel(0.032, thresholds), 0.2);
    QCOMPARE(regionLabel(0.05, thresholds), 0.5);
    QCOMPARE(regionLabel(0.1, thresholds), 0.8);
    QCOMPARE(regionLabel(0.105, thresholds), 1.0);
    QCOMPARE(regionLabel(7.0, thresholds), 1.0);
    QVERIFY(std::isnan(regionLabel(std::nan(""), thresholds)));
}

void TestScores::thresholdsOfACard() {
    ModelCard card;
    QVERIFY(!thresholdsOf(card));
    card.metrics["thresholds"] = {0.1, 0.2, 0.3, 0.4};
    QCOMPARE((*thresholdsOf(card))[3], 0.4);
    for (const Json& bad :
         {Json({0.1, 0.2, 0.3}), Json({0.4, 0.3, 0.2, 0.1}), Json({1, 2, 3, "4"}), Json("no")}) {
        card.metrics["thresholds"] = bad;
        QVERIFY(!thresholdsOf(card));
    }
}

QTEST_GUILESS_MAIN(TestScores)
#include "test_scores.moc"
