// Plots: what is drawn lies where it should, histograms count, ticks are round.

#include <cmath>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "io/raster.h"
#include "plots.h"

using namespace galatea;
using namespace galatea::cli;

namespace {

/// Centre of the pixels of this colour, as fractions of width and height; count 0: there are none.
struct Patch {
    double x = 0, y = 0;
    int64_t count = 0;
};

Patch patchOf(const Array& image, double red, double green, double blue) {
    Patch patch;
    for (int64_t y = 0; y < image.dim(1); ++y)
        for (int64_t x = 0; x < image.dim(2); ++x)
            if (std::abs(image.at(0, y, x) - red) < 0.08 && std::abs(image.at(1, y, x) - green) < 0.08 &&
                std::abs(image.at(2, y, x) - blue) < 0.08) {
                patch.x += static_cast<double>(x);
                patch.y += static_cast<double>(y);
                ++patch.count;
            }
    if (patch.count > 0) {
        patch.x /= static_cast<double>(patch.count * image.dim(2));
        patch.y /= static_cast<double>(patch.count * image.dim(1));
    }
    return patch;
}

} // namespace

class TestPlots : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir folder_;
    std::string stem(const char* name) const { return folder_.filePath(name).toStdString(); }

  private Q_SLOTS:
    void ticksAreRoundAndInside() {
        const std::vector<double> ticks = plotTicks(0.03, 1.02, 5);
        QCOMPARE(ticks.size(), size_t{5});
        for (size_t i = 0; i < ticks.size(); ++i)
            QVERIFY(std::abs(ticks[i] - 0.2 * static_cast<double>(i + 1)) < 1e-12);
        QCOMPARE(plotTicks(-1000, 1000, 4), (std::vector<double>{-1000, -500, 0, 500, 1000}));
        QCOMPARE(plotTicks(3, 3, 4), std::vector<double>{3});
    }

    void aHistogramCountsFractions() {
        const PlotSeries series = histogramSeries("h", {0.1, 0.1, 0.9, -5, 7, NAN}, {4, 0, 1});
        QCOMPARE(series.x, (std::vector<double>{0.125, 0.375, 0.625, 0.875}));
        QCOMPARE(series.y,
                 (std::vector<double>{0.6, 0, 0, 0.4})); // −5 in the first, 7 in the last, NaN nowhere
        const HistogramBins bins = binsFor({{3, NAN}, {1, 2}}, 8);
        QCOMPARE(bins.low, 1.0);
        QCOMPARE(bins.high, 3.0);
    }

    void pointsAreDrawnWhereTheyLie() {
        Plot plot{.title = "t", .xLabel = "x", .yLabel = "y"};
        plot.xRange = {0, 10};
        plot.yRange = {0, 10};
        plot.series = {{"", {1}, {1}, SeriesStyle::Points, 0, false, 8},
                       {"", {9, NAN}, {9, 3}, SeriesStyle::Points, 1, false, 8}};
        const auto files = writePlot(plot, stem("points"));
        QCOMPARE(files.size(), size_t{2});
        const Array image = readRaster(files[0]).pixels;
        QCOMPARE(image.dim(2), int64_t{800});
        const Patch first = patchOf(image, 0.1, 0.505, 0.73), second = patchOf(image, 0.856, 0.433, 0.1);
        QVERIFY(first.count > 100 && second.count > 100);
        QVERIFY(first.x < 0.25 && first.y > 0.7);  // low values: left, at the bottom
        QVERIFY(second.x > 0.8 && second.y < 0.2); // and one disc only: the point without x is left out
        QVERIFY(second.count < 400);
    }

    void aLineBreaksAtGapsAndABarStartsAtZero() {
        Plot plot{.title = "", .xLabel = "", .yLabel = ""};
        plot.xRange = {0, 4};
        plot.yRange = {-1, 1};
        plot.series = {{"", {0, 1, NAN, 3, 4}, {0.5, 0.5, 0.5, 0.5, 0.5}, SeriesStyle::Line, 0},
                       {"", {2, 3}, {-0.8, NAN}, SeriesStyle::Bars, 1}};
        const Array image = readRaster(writePlot(plot, stem("line"))[0]).pixels;
        const Patch line = patchOf(image, 0, 0.45, 0.7);
        // Half of the axis, two pixels thick: the gap from 1 to 3 stays empty.
        QVERIFY(line.count > 500 && line.count < 1000);
        QVERIFY(std::abs(line.x - (76.0 + 776.0) / 2 / 800) < 0.01);
        const Patch bar = patchOf(image, 0.84 * 0.45 + 0.55, 0.37 * 0.45 + 0.55, 0.55);
        QVERIFY(bar.count > 1000);
        QVERIFY(bar.y > 0.5); // below zero, not above
    }

    void theSvgIsOneAndForeignTextIsHarmless() {
        Plot plot{.title = "a<b>&\n\x01 \xff", .xLabel = "σ", .yLabel = "y"};
        plot.series = {{"name", {0, 1}, {0, 1}}};
        plot.marks = {{0.5, "T1"}, {std::nan(""), "nowhere"}};
        QFile svg(QString::fromStdString(writePlot(plot, stem("odd"))[1]));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        const QByteArray text = svg.readAll();
        QVERIFY(text.contains("<svg"));
        QVERIFY(text.trimmed().endsWith("</svg>"));
        QVERIFY(!text.contains("<b>"));
    }

    void unequalListsAreRefusedBeforeAnythingIsWritten() {
        Plot plot{.title = "", .xLabel = "", .yLabel = ""};
        plot.series = {{"", {0, 1}, {0}}};
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writePlot(plot, stem("bad")));
        QVERIFY(!QFile::exists(QString::fromStdString(stem("bad.png"))));
    }
};

QTEST_GUILESS_MAIN(TestPlots)
#include "test_plots.moc"
