// Which pixels a best fit may see.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "inversion/mask.h"

using namespace galatea;

class TestMask : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void hidesChannelsPixelsAndWhatIsNotFinite() {
        Array images({2, 2, 1, 3});
        images.at(1, 0, 0, 2) = NAN;
        Array hidden({1, 1, 3});
        hidden.at(0, 0, 0) = 1;
        const Array seen = observedPixels(images, {1}, hidden);
        const std::vector<float> expected{0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0};
        QVERIFY(std::equal(expected.begin(), expected.end(), seen.values().begin()));
    }

    void oneMaskPerImageAndChannel() {
        Array hidden({2, 2, 1, 3});
        hidden.at(0, 1, 0, 1) = -1; // anything but 0 hides
        hidden.at(1, 0, 0, 0) = 0.5f;
        const Array seen = observedPixels(Array({2, 2, 1, 3}), {}, hidden);
        for (int64_t i = 0; i < seen.size(); ++i)
            QCOMPARE(seen.values()[size_t(i)], hidden.values()[size_t(i)] == 0 ? 1.0f : 0.0f);
    }

    void refusesWhatDoesNotFit() {
        const Array images({2, 2, 2, 3});
        QVERIFY_EXCEPTION_THROWN(observedPixels(images, {2}), UsageError);
        QVERIFY_EXCEPTION_THROWN(observedPixels(images, {0, 1}), UsageError); // nothing is left
        QVERIFY_EXCEPTION_THROWN(observedPixels(images, {}, Array({2, 2})), UsageError);
        QVERIFY_EXCEPTION_THROWN(observedPixels(images, {}, Array({3, 1, 2, 3})), UsageError);
    }

    void channelsByNameOrNumber() {
        const std::vector<std::string> bands{"u", "g", "r"};
        QCOMPARE(channelsNamed({"r", "0"}, bands, 3), (std::vector<int64_t>{2, 0}));
        QCOMPARE(channelsNamed({"1"}, {}, 2), (std::vector<int64_t>{1}));
        for (const char* wrong : {"y", "3", "-1", "0.5", ""})
            QVERIFY_EXCEPTION_THROWN(channelsNamed({wrong}, bands, 3), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestMask)
#include "test_mask.moc"
