// How data nobody has described are drawn at first.

#include <cmath>

#include <QTest>

#include "app/desktop/display_choice.h"
#include "core/random.h"

using namespace galatea;

class TestDisplayChoice : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void picturesAreDrawnAsTheyAre() {
        Array pictures({2, 3, 16, 16});
        for (float& value : pictures.values())
            value = 0.5F;
        const Rendering rendering = chooseRendering(pictures);
        QCOMPARE(rendering.stretch, Stretch::Linear);
        QCOMPARE(rendering.cuts, Cuts::Fixed);
        QVERIFY((rendering.fixed == Limits{0, 1}));
    }

    /// A faint and a bright source on the same sky: the cuts lie about the sky, not about either.
    void cutoutsAreCutAboutTheirSky() {
        RandomStream random(3, "sky");
        Array cutouts({2, 1, 64, 64});
        for (int64_t n = 0; n < 2; ++n)
            for (int64_t y = 0; y < 64; ++y)
                for (int64_t x = 0; x < 64; ++x)
                    cutouts.at(n, int64_t{0}, y, x) = static_cast<float>(
                        50 + 2 * random.normal() +
                        (n == 0 ? 20 : 9000) *
                            std::exp(-((x - 32.0) * (x - 32.0) + (y - 32.0) * (y - 32.0)) / 18));
        const Rendering rendering = chooseRendering(cutouts);
        QCOMPARE(rendering.stretch, Stretch::Asinh);
        QCOMPARE(rendering.cuts, Cuts::Fixed);
        // Level − 2 σ and level + 40 σ; the sources' light makes the noise look somewhat larger.
        QVERIFY(std::abs(rendering.fixed.low - (50 - 2 * 2)) < 1);
        QVERIFY(rendering.fixed.high > 50 + 40 * 2 - 4 && rendering.fixed.high < 50 + 40 * 2.5);
    }

    void galaxiesThatFillThePictureKeepTheirOwnCuts() {
        Array filled({1, 1, 64, 64});
        for (int64_t y = 0; y < 64; ++y)
            for (int64_t x = 0; x < 64; ++x)
                filled.at(int64_t{0}, int64_t{0}, y, x) = static_cast<float>(1000 * x + y);
        QCOMPARE(chooseRendering(filled).cuts, Cuts::Percentile);
    }
};

QTEST_GUILESS_MAIN(TestDisplayChoice)
#include "test_display_choice.moc"
