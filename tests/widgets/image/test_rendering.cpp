#include <cmath>
#include <numeric>
#include <random>

#include <QTest>

#include "widgets/image/rendering.h"

using namespace galatea;

namespace {

/// CIE L* of an sRGB colour, from the standard's own matrices (independent of Oklab).
double lightnessOf(QRgb rgb) {
    auto linear = [](int byte) {
        const double v = byte / 255.0;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    const double y =
        0.2126729 * linear(qRed(rgb)) + 0.7151522 * linear(qGreen(rgb)) + 0.0721750 * linear(qBlue(rgb));
    return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
}

Array ramp(int64_t height, int64_t width) {
    std::vector<float> values(static_cast<size_t>(height * width));
    std::iota(values.begin(), values.end(), 0.0F);
    return Array({height, width}, values);
}

} // namespace

class TestRendering : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void colourMapsRiseEvenly();
    void divergingMapIsBalanced();
    void stretchesAreMonotoneAndAnchored();
    void cutsOfKnownValues();
    void zscaleIgnoresOutliers();
    void bandKeepsOrientation();
    void notFiniteIsDarkest();
    void compositeKeepsColours();
    void bandsAreOrderedByWavelength();
    void residualIsWhiteAtZero();
    void namesAreReadBack();
    void refusesWrongShapes();
};

void TestRendering::colourMapsRiseEvenly() {
    for (const ColourMap map : imageColourMaps()) {
        const auto& table = colours(map);
        double largest = 0, smallest = 1e9;
        for (size_t i = 16; i < 256; i += 16) {
            const double before = lightnessOf(table[i - 16]), step = lightnessOf(table[i]) - before;
            QVERIFY2(step > 0, qPrintable(colourMapName(map) + " does not rise everywhere"));
            if (before < 10)
                continue; // the eye's, and L*'s, toe
            largest = std::max(largest, step);
            smallest = std::min(smallest, step);
        }
        QVERIFY2(largest < 4 * smallest, qPrintable(colourMapName(map) + " rises unevenly"));
    }
}

void TestRendering::divergingMapIsBalanced() {
    const auto& table = colours(ColourMap::Diverging);
    for (size_t i = 0; i < 128; i += 8)
        QVERIFY(std::abs(lightnessOf(table[i]) - lightnessOf(table[255 - i])) < 6);
    QVERIFY(qBlue(table[0]) > qRed(table[0]));
    QVERIFY(qRed(table[255]) > qBlue(table[255]));
}

void TestRendering::stretchesAreMonotoneAndAnchored() {
    for (const auto s : {Stretch::Linear, Stretch::Log, Stretch::Sqrt, Stretch::Asinh}) {
        QCOMPARE(stretched(-1, {0, 2}, s), 0.0);
        QCOMPARE(stretched(0, {0, 2}, s), 0.0);
        QCOMPARE(stretched(2, {0, 2}, s), 1.0);
        QCOMPARE(stretched(5, {0, 2}, s), 1.0);
        double before = -1;
        for (int i = 0; i <= 100; ++i) {
            const double now = stretched(i * 0.02, {0, 2}, s);
            QVERIFY(now > before);
            before = now;
        }
    }
    QCOMPARE(stretched(0.5, {0, 2}, Stretch::Linear), 0.25);
    QCOMPARE(stretched(0.5, {0, 2}, Stretch::Sqrt), 0.5);
    QVERIFY(std::abs(stretched(0.2, {0, 2}, Stretch::Asinh) -
                     std::log(1 + std::sqrt(2.0)) / std::asinh(10.0)) < 1e-12);
    QCOMPARE(stretched(3, {3, 3}, Stretch::Linear), 0.0); // a flat image is dark, not an error
}

void TestRendering::cutsOfKnownValues() {
    std::vector<float> values(1001);
    std::iota(values.begin(), values.end(), 0.0F);
    values.push_back(std::nanf(""));
    values.push_back(INFINITY);
    Rendering rendering;
    rendering.cuts = Cuts::MinMax;
    QCOMPARE(findLimits(values, rendering).high, 1000.0);
    rendering.cuts = Cuts::Percentile;
    rendering.percentile = 90;
    QCOMPARE(findLimits(values, rendering).low, 50.0);
    QCOMPARE(findLimits(values, rendering).high, 950.0);
    rendering.cuts = Cuts::Fixed;
    rendering.fixed = {-3, 4};
    QCOMPARE(findLimits(values, rendering).low, -3.0);
    const std::vector<float> nothing(10, std::nanf(""));
    for (const auto cuts : {Cuts::MinMax, Cuts::Percentile, Cuts::ZScale}) {
        rendering.cuts = cuts;
        QCOMPARE(findLimits(nothing, rendering).low, 0.0);
        QCOMPARE(findLimits(nothing, rendering).high, 1.0);
        QCOMPARE(findLimits({}, rendering).high, 1.0);
    }
}

void TestRendering::zscaleIgnoresOutliers() {
    std::mt19937 engine(1);
    std::normal_distribution<float> noise(100, 5);
    std::vector<float> values(4000);
    for (float& v : values)
        v = noise(engine);
    for (size_t i = 0; i < values.size(); i += 50)
        values[i] = 60000; // stars
    Rendering rendering;
    rendering.cuts = Cuts::ZScale;
    const Limits limits = findLimits(values, rendering);
    QVERIFY2(limits.low > 50 && limits.low < 100, qPrintable(QString::number(limits.low)));
    QVERIFY2(limits.high > 105 && limits.high < 300, qPrintable(QString::number(limits.high)));
}

void TestRendering::bandKeepsOrientation() {
    const QImage picture = renderBand(ramp(2, 3), {});
    QCOMPARE(picture.size(), QSize(3, 2));
    QCOMPARE(qGray(picture.pixel(0, 0)), 0);
    QCOMPARE(qGray(picture.pixel(2, 1)), 255);
    QCOMPARE(qGray(picture.pixel(0, 1)), 153);                         // 3/5 of the way
    const QImage turned = renderBand(ramp(2, 3).permuted({1, 0}), {}); // a strided view
    QCOMPARE(turned.size(), QSize(2, 3));
    QCOMPARE(turned.pixel(1, 0), picture.pixel(0, 1));
}

void TestRendering::notFiniteIsDarkest() {
    const Array band({1, 4}, {std::nanf(""), -INFINITY, 1, INFINITY});
    Rendering rendering;
    rendering.cuts = Cuts::Fixed;
    const QImage picture = renderBand(band, rendering);
    QCOMPARE(qGray(picture.pixel(0, 0)), 0);
    QCOMPARE(qGray(picture.pixel(1, 0)), 0);
    QCOMPARE(qGray(picture.pixel(2, 0)), 255);
    QCOMPARE(qGray(picture.pixel(3, 0)), 255);
}

void TestRendering::compositeKeepsColours() {
    const Array image({3, 1, 2}, {0, 1, 0, 0.5F, 0, 0.25F});
    const QImage picture = renderComposite(image, {0, 1, 2}, {});
    QCOMPARE(picture.pixel(1, 0), qRgb(255, 128, 64));
    const QImage swapped = renderComposite(image, {2, 1, 0}, {});
    QCOMPARE(swapped.pixel(1, 0), qRgb(64, 128, 255));
    QCOMPARE(renderComposite(image, {99, -4, 1}, {}).size(), QSize(2, 1)); // out of range: clamped
}

void TestRendering::bandsAreOrderedByWavelength() {
    QCOMPARE(defaultComposite({"g", "r", "i"}, 3), (Composite{2, 1, 0}));
    QCOMPARE(defaultComposite({"R", "G", "B"}, 3), (Composite{0, 1, 2}));
    QCOMPARE(defaultComposite({"u", "g", "r", "i", "z"}, 5), (Composite{3, 2, 1}));
    QCOMPARE(defaultComposite({"z", "i", "r", "g", "u"}, 5), (Composite{1, 2, 3}));
    QCOMPARE(defaultComposite({"what", "ever", "else"}, 3), (Composite{0, 1, 2}));
    QCOMPARE(defaultComposite({}, 3), (Composite{0, 1, 2}));
}

void TestRendering::residualIsWhiteAtZero() {
    const Array rest({1, 1, 3}, {-1, 0, 1});
    const QImage picture = renderResidual(rest);
    QVERIFY(qGray(picture.pixel(1, 0)) > 235);
    QVERIFY(qBlue(picture.pixel(0, 0)) > qRed(picture.pixel(0, 0)));
    QVERIFY(qRed(picture.pixel(2, 0)) > qBlue(picture.pixel(2, 0)));
    QVERIFY(!renderResidual(Array({1, 2, 2})).isNull());
}

void TestRendering::namesAreReadBack() {
    for (const auto s : {Stretch::Linear, Stretch::Log, Stretch::Sqrt, Stretch::Asinh}) {
        Stretch back = Stretch::Linear;
        QVERIFY(parseStretch(stretchName(s), back));
        QCOMPARE(back, s);
    }
    for (const auto c : {Cuts::Fixed, Cuts::MinMax, Cuts::Percentile, Cuts::ZScale}) {
        Cuts back = Cuts::Fixed;
        QVERIFY(parseCuts(cutsName(c), back));
        QCOMPARE(back, c);
    }
    Stretch untouched = Stretch::Sqrt;
    QVERIFY(!parseStretch("nonsense", untouched));
    QCOMPARE(untouched, Stretch::Sqrt);
}

void TestRendering::refusesWrongShapes() {
    QVERIFY_EXCEPTION_THROWN(renderBand(Array({1, 2, 2}), {}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(renderComposite(Array({2, 2}), {}, {}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(renderBand(Array({0, 4}), {}), std::invalid_argument);
}

QTEST_GUILESS_MAIN(TestRendering)
#include "test_rendering.moc"
