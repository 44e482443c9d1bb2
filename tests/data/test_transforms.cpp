#include <QtTest>

#include <cmath>

#include "core/random.h"
#include "data/transforms.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

Array noise(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    RandomStream random(11);
    for (float& value : array.values())
        value = static_cast<float>(random.normal());
    return array;
}

/// Bilinear resizing written the other way round: every output is the sum over all inputs of the product of
/// two triangle functions, on a picture continued at its edges.
double byTriangles(const Array& image, int64_t c, double y, double x) {
    const int64_t height = image.dim(1), width = image.dim(2);
    double sum = 0;
    for (int64_t i = -2; i < height + 2; ++i)
        for (int64_t j = -2; j < width + 2; ++j) {
            const double weight =
                std::max(0.0, 1 - std::abs(y - double(i))) * std::max(0.0, 1 - std::abs(x - double(j)));
            sum += weight *
                   image.at(c, std::clamp<int64_t>(i, 0, height - 1), std::clamp<int64_t>(j, 0, width - 1));
        }
    return sum;
}

} // namespace

class TestTransforms : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void bilinearAgreesWithTriangles_data() {
        QTest::addColumn<int>("inHeight");
        QTest::addColumn<int>("inWidth");
        QTest::addColumn<int>("outHeight");
        QTest::addColumn<int>("outWidth");
        QTest::newRow("smaller") << 12 << 9 << 8 << 4;
        QTest::newRow("larger") << 5 << 7 << 13 << 20;
        QTest::newRow("the same") << 6 << 6 << 6 << 6;
        QTest::newRow("one pixel") << 1 << 1 << 3 << 4;
        QTest::newRow("to one pixel") << 7 << 4 << 1 << 1;
    }
    void bilinearAgreesWithTriangles() {
        QFETCH(int, inHeight);
        QFETCH(int, inWidth);
        QFETCH(int, outHeight);
        QFETCH(int, outWidth);
        const Array image = noise({2, inHeight, inWidth});
        const Array result = resizeBilinear(image, outHeight, outWidth);
        for (int64_t c = 0; c < 2; ++c)
            for (int64_t y = 0; y < outHeight; ++y)
                for (int64_t x = 0; x < outWidth; ++x) {
                    const double expected =
                        byTriangles(image, c, (double(y) + 0.5) * inHeight / outHeight - 0.5,
                                    (double(x) + 0.5) * inWidth / outWidth - 0.5);
                    QVERIFY(std::abs(result.at(c, y, x) - expected) < 1e-6);
                }
    }

    /// The published preprocessing: torch's interpolate(bilinear, align_corners=False) is the same rule.
    void bilinearAgreesWithTorch() {
        const QString python = pythonThatCan("import torch");
        if (python.isEmpty())
            QSKIP("no python3 with torch here");
        Array image({1, 4, 6});
        for (int64_t i = 0; i < 24; ++i)
            image.data()[i] = static_cast<float>((i * 7) % 13);
        const Array result = resizeBilinear(image, 3, 5);
        QStringList expected;
        for (const float value : result.values())
            expected << QString::number(double(value), 'f', 4);
        const QString script = R"(
import torch
x = torch.tensor([float((i * 7) % 13) for i in range(24)]).reshape(1, 1, 4, 6)
y = torch.nn.functional.interpolate(x, size=(3, 5), mode='bilinear', align_corners=False)
print(' '.join('%.4f' % v for v in y.flatten().tolist()))
)";
        QCOMPARE(pythonSays(python, script), expected.join(' '));
    }

    void cropKeepsTheCentre() {
        Array image({1, 5, 8});
        for (int64_t y = 0; y < 5; ++y)
            for (int64_t x = 0; x < 8; ++x)
                image.at(0, y, x) = static_cast<float>(10 * y + x);
        const Array result = transformImage(image, {.crop = 2});
        QCOMPARE(result.shape(), (std::vector<int64_t>{1, 2, 2}));
        QCOMPARE(result.at(0, 0, 0), 13.0f); // (5-2)/2 = 1 row, (8-2)/2 = 3 columns
        QCOMPARE(result.at(0, 1, 1), 24.0f);
        QVERIFY_THROWS_EXCEPTION(UsageError, transformImage(image, {.crop = 6}));
        QVERIFY_THROWS_EXCEPTION(UsageError, transformImage(image, {.crop = -1}));
    }

    void grayWeighsTheColours() {
        Array image({3, 1, 2}, {1, 0.2f, 0, 0.4f, 0, 0.6f});
        const Array result = transformImage(image, {.gray = true});
        QCOMPARE(result.shape(), (std::vector<int64_t>{1, 1, 2}));
        QCOMPARE(result.at(0, 0, 0), 0.2125f);
        QCOMPARE(result.at(0, 0, 1), float(0.2125 * 0.2f + 0.7154 * 0.4f + 0.0721 * 0.6f));
        QCOMPARE(transformImage(Array({1, 2, 2}), {.gray = true}).dim(0), 1);
        QVERIFY_THROWS_EXCEPTION(UsageError, transformImage(Array({5, 2, 2}), {.gray = true}));
    }

    void rescaleSpansZeroToOne() {
        const Array image({2, 1, 3}, {-2, 0, 1, 4, 6, 2});
        const Array result = transformImage(image, {.rescale = true});
        QCOMPARE(result.at(0, 0, 0), 0.0f);
        QCOMPARE(result.at(1, 0, 1), 1.0f);
        QCOMPARE(result.at(0, 0, 1), 0.25f);
        QCOMPARE(image.at(0, 0, 0), -2.0f); // the caller's own image is untouched
        const Array flat = transformImage(Array({1, 1, 2}, {5, 5}), {.rescale = true});
        QCOMPARE(flat.at(0, 0, 0), 0.0f);
        const Array holes = transformImage(Array({1, 1, 4}, {NAN, 1, 3, INFINITY}), {.rescale = true});
        QVERIFY(std::isnan(holes.at(0, 0, 0)));
        QCOMPARE(holes.at(0, 0, 1), 0.0f);
        QCOMPARE(holes.at(0, 0, 2), 1.0f);
        const Array wide = transformImage(Array({1, 1, 2}, {-3e38f, 3e38f}), {.rescale = true});
        QCOMPARE(wide.at(0, 0, 1), 1.0f);
    }

    void averagingTakesTheMeanOfEachBlock() {
        Array image({2, 4, 6});
        for (int64_t i = 0; i < image.size(); ++i)
            image.data()[i] = static_cast<float>(i);
        const Array result = transformImage(image, {.average = 2});
        QCOMPARE(result.shape(), (std::vector<int64_t>{2, 2, 3}));
        QCOMPARE(result.at(0, 0, 0), 3.5f);       // of 0, 1, 6, 7
        QCOMPARE(result.at(1, 1, 2), 24 + 19.5f); // of 16, 17, 22, 23, one channel on
        QVERIFY(std::ranges::equal(transformImage(image, {.average = 1}).values(), image.values()));
        QVERIFY_THROWS_EXCEPTION(UsageError, transformImage(image, {.average = 3}));
        QVERIFY_THROWS_EXCEPTION(UsageError, transformImage(image, {.average = 0}));
        // Bilinear by a factor of three would take the centre pixel of each block.
        const Array nine = noise({1, 9, 9});
        const Array third = transformImage(nine, {.average = 3});
        double sum = 0;
        for (int64_t y = 3; y < 6; ++y)
            for (int64_t x = 6; x < 9; ++x)
                sum += static_cast<double>(nine.at(0, y, x));
        QVERIFY(std::abs(static_cast<double>(third.at(0, 1, 2)) - sum / 9) < 1e-6);
        QVERIFY(std::abs(static_cast<double>(third.at(0, 1, 2) - resizeBilinear(nine, 3, 3).at(0, 1, 2))) >
                1e-3);
    }

    void aDataSetOfAveragedImagesTellsTheirSizeAndScale() {
        DatasetInfo info;
        info.channels = 1;
        info.height = 8;
        info.width = 6;
        info.pixelScale = 0.4;
        const DatasetPtr data = makeMemoryDataset(info, noise({3, 1, 8, 6}), {});
        const DatasetPtr seen = transformed(data, {.average = 2});
        QCOMPARE(seen->info().height, int64_t{4});
        QCOMPARE(seen->info().width, int64_t{3});
        QCOMPARE(seen->info().pixelScale, 0.8);
        QCOMPARE(seen->readOne(1).at(0, 0, 0), averageBlocks(data->readOne(1), 2).at(0, 0, 0));
        QVERIFY_THROWS_EXCEPTION(UsageError, transformed(data, {.average = 4}));
    }

    void theOrderIsCropGrayResizeRescale() {
        const Array image = noise({3, 20, 24});
        const Array step = transformImage(
            transformImage(transformImage(transformImage(image, {.crop = 16}), {.gray = true}), {.size = 8}),
            {.rescale = true});
        const Array all = transformImage(image, {.crop = 16, .gray = true, .size = 8, .rescale = true});
        QVERIFY(std::ranges::equal(all.values(), step.values()));
        QCOMPARE(*std::ranges::min_element(all.values()), 0.0f); // rescaled last
        QCOMPARE(*std::ranges::max_element(all.values()), 1.0f);
    }

    void aTransformedSetDescribesItself() {
        DatasetInfo info;
        info.pixelScale = 0.4;
        info.unit = "nanomaggy";
        info.bands = {"red", "green", "blue"};
        const DatasetPtr source = makeMemoryDataset(info, noise({4, 3, 20, 20}), {});
        const DatasetPtr seen = transformed(source, {.crop = 16, .gray = true, .size = 8, .rescale = true});
        QCOMPARE(seen->info().channels, 1);
        QCOMPARE(seen->info().height, 8);
        QCOMPARE(seen->info().pixelScale, 0.8);
        QCOMPARE(seen->info().bands, std::vector<std::string>{"gray"});
        QCOMPARE(seen->info().unit, std::string());
        QCOMPARE(transformed(source, {}), source);
        QVERIFY_THROWS_EXCEPTION(UsageError, transformed(source, {.crop = 21}));
    }
};

QTEST_GUILESS_MAIN(TestTransforms)
#include "test_transforms.moc"
