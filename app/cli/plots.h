#pragma once
// Plots of what was evaluated: lines, points, bars; as PNG and SVG (cairo).

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace galatea::cli {

enum class SeriesStyle { Line, Points, Bars };

struct PlotSeries {
    std::string name;         ///< in the legend; empty: not in it
    std::vector<double> x, y; ///< equally long; values that are not finite are gaps
    SeriesStyle style = SeriesStyle::Line;
    std::optional<size_t> colour{}; ///< place in the palette; by default the series' place in the plot
    bool dashed = false;            ///< of a line
    double size = 2.5;              ///< radius of points, pixels
};

/// A vertical line across the plot.
struct PlotMark {
    double x = 0;
    std::string label{};
    std::optional<size_t> colour{}; ///< of the palette; by default gray
};

/// A table of numbers as shaded squares with the numbers in them; fills the plot, row 0 at the bottom.
struct PlotGrid {
    int64_t columns = 0;
    std::vector<double> values; ///< row by row, 0 … 1; what is not finite stays blank
};

using PlotRange = std::pair<double, double>;

struct Plot {
    std::string title, xLabel, yLabel;
    std::vector<PlotSeries> series{};
    std::vector<PlotMark> marks{};
    std::optional<PlotGrid> grid{};              ///< square (i, j) spans ±½ around x = i, y = j
    std::optional<PlotRange> xRange{}, yRange{}; ///< default: what the series need
    bool sameScale = false;                      ///< a unit is as long on both axes, as on a map
    int width = 800, height = 560;               ///< pixels
};

/// Where the bins of a histogram lie: `bins` equal ones from `low` to `high`.
struct HistogramBins {
    int64_t bins = 40;
    double low = 0, high = 1;
};

/// Bins between the smallest and largest finite value of all the lists.
HistogramBins binsFor(const std::vector<std::vector<double>>& lists, int64_t bins = 40);

/// Bars at the bins' centres, high as the fraction of the finite values that lies in each; values outside
/// count in the first and last.
PlotSeries histogramSeries(const std::string& name, const std::vector<double>& values,
                           const HistogramBins& bins);

/// Round numbers (1, 2 or 5 times a power of ten apart) within [low, high], about as many as asked for.
std::vector<double> plotTicks(double low, double high, int about);

/// Writes STEM.png and STEM.svg, whole or not at all, and returns both names. Throws std::invalid_argument
/// if a series' lists differ in length.
std::vector<std::string> writePlot(const Plot& plot, const std::string& stem);

} // namespace galatea::cli
