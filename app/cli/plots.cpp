#include "plots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>

#include <cairo-svg.h>
#include <cairo.h>

#include "core/text.h"
#include "io/atomic_file.h"

namespace galatea::cli {

namespace {

struct Colour {
    double red, green, blue;
};
// Okabe & Ito's palette, told apart by colour-blind readers as well.
constexpr std::array<Colour, 8> palette{{{0.00, 0.45, 0.70},
                                         {0.84, 0.37, 0.00},
                                         {0.00, 0.62, 0.45},
                                         {0.80, 0.47, 0.65},
                                         {0.90, 0.62, 0.00},
                                         {0.34, 0.71, 0.91},
                                         {0.35, 0.35, 0.35},
                                         {0.94, 0.89, 0.26}}};
constexpr Colour gray{0.45, 0.45, 0.45}, light{0.88, 0.88, 0.88}, ink{0.1, 0.1, 0.1};

double lowest(const PlotRange& range) {
    return std::min(range.first, range.second);
}
double highest(const PlotRange& range) {
    return std::max(range.first, range.second);
}

std::string tickText(double value, double step) {
    char text[40];
    const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    if (std::abs(value) >= 1e6 || (value != 0 && digits > 6))
        std::snprintf(text, sizeof text, "%.3g", value);
    else
        std::snprintf(text, sizeof text, "%.*f", digits, std::abs(value) < step * 1e-6 ? 0.0 : value);
    return text;
}

/// Smallest and largest finite value with a little room; never empty. A grid is filled to its edges.
PlotRange needed(const Plot& plot, bool ofX) {
    if (plot.grid && plot.grid->columns > 0) {
        const auto columns = static_cast<double>(plot.grid->columns);
        return {-0.5, (ofX ? columns : static_cast<double>(plot.grid->values.size()) / columns) - 0.5};
    }
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const PlotSeries& series : plot.series) {
        for (const double value : ofX ? series.x : series.y)
            if (std::isfinite(value)) {
                low = std::min(low, value);
                high = std::max(high, value);
            }
        if (!ofX && series.style == SeriesStyle::Bars)
            low = std::min(low, 0.0);
    }
    if (ofX)
        for (const PlotMark& mark : plot.marks)
            if (std::isfinite(mark.x)) {
                low = std::min(low, mark.x);
                high = std::max(high, mark.x);
            }
    if (!(low <= high))
        return {0, 1};
    const double spread = high > low ? high - low : std::max(std::abs(high), 1.0);
    return {low == 0 ? 0 : low - 0.04 * spread, high + 0.04 * spread};
}

class Page {
  public:
    Page(const Plot& plot, cairo_surface_t* surface)
        : plot_(plot), cairo_(cairo_create(surface), cairo_destroy),
          x_(plot.xRange.value_or(needed(plot, true))), y_(plot.yRange.value_or(needed(plot, false))),
          right_(plot.width - 24.0), bottom_(plot.height - 62.0) {
        if (x_.first == x_.second)
            x_ = {x_.first - 1, x_.second + 1};
        if (y_.first == y_.second)
            y_ = {y_.first - 1, y_.second + 1};
        if (plot.sameScale)
            equalise();
        cairo_select_font_face(cr(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    }

    void draw() {
        colour({1, 1, 1});
        cairo_paint(cr());
        axes();
        cairo_save(cr());
        cairo_rectangle(cr(), left_, top_, right_ - left_, bottom_ - top_);
        cairo_clip(cr());
        if (plot_.grid)
            drawGrid(*plot_.grid);
        for (size_t i = 0; i < plot_.series.size(); ++i)
            drawSeries(plot_.series[i], i);
        for (const PlotMark& mark : plot_.marks)
            drawMark(mark);
        cairo_restore(cr());
        legend();
    }

  private:
    cairo_t* cr() { return cairo_.get(); }
    void colour(const Colour& c, double alpha = 1) {
        cairo_set_source_rgba(cr(), c.red, c.green, c.blue, alpha);
    }
    static Colour ofPalette(size_t place) { return palette[place % palette.size()]; }
    double atX(double x) const { return left_ + (x - x_.first) / (x_.second - x_.first) * (right_ - left_); }
    double atY(double y) const {
        return bottom_ - (y - y_.first) / (y_.second - y_.first) * (bottom_ - top_);
    }

    /// Widens the axis on which a unit would be longer.
    void equalise() {
        const double perX = (right_ - left_) / std::abs(x_.second - x_.first),
                     perY = (bottom_ - top_) / std::abs(y_.second - y_.first);
        PlotRange& range = perX > perY ? x_ : y_;
        const double grow = std::max(perX, perY) / std::min(perX, perY);
        const double centre = (range.first + range.second) / 2,
                     half = (range.second - range.first) / 2 * grow;
        range = {centre - half, centre + half};
    }

    /// align: 0 starts at x, ½ centred, 1 ends there.
    void text(const std::string& what, double x, double y, double size, double align, bool upright = false) {
        const std::string shown = escaped(what);
        cairo_set_font_size(cr(), size);
        cairo_text_extents_t extents;
        cairo_text_extents(cr(), shown.c_str(), &extents);
        cairo_save(cr());
        cairo_translate(cr(), x, y);
        if (upright)
            cairo_rotate(cr(), -1.5707963267948966);
        cairo_move_to(cr(), -align * extents.x_advance, 0);
        cairo_show_text(cr(), shown.c_str());
        cairo_restore(cr());
    }

    void line(double x0, double y0, double x1, double y1, double width) {
        cairo_set_line_width(cr(), width);
        cairo_move_to(cr(), x0, y0);
        cairo_line_to(cr(), x1, y1);
        cairo_stroke(cr());
    }

    void axes() {
        const std::vector<double> xs = plotTicks(lowest(x_), highest(x_), 8),
                                  ys = plotTicks(lowest(y_), highest(y_), 7);
        const auto step = [](const std::vector<double>& ticks) {
            return ticks.size() > 1 ? ticks[1] - ticks[0] : 1.0;
        };
        for (const double x : xs) {
            colour(light);
            line(atX(x), top_, atX(x), bottom_, 1);
            colour(ink);
            text(tickText(x, step(xs)), atX(x), bottom_ + 18, 12, 0.5);
        }
        for (const double y : ys) {
            colour(light);
            line(left_, atY(y), right_, atY(y), 1);
            colour(ink);
            text(tickText(y, step(ys)), left_ - 7, atY(y) + 4, 12, 1);
        }
        colour(ink);
        cairo_set_line_width(cr(), 1.2);
        cairo_rectangle(cr(), left_, top_, right_ - left_, bottom_ - top_);
        cairo_stroke(cr());
        text(plot_.title, (left_ + right_) / 2, 28, 15, 0.5);
        text(plot_.xLabel, (left_ + right_) / 2, plot_.height - 18.0, 13, 0.5);
        text(plot_.yLabel, 22, (top_ + bottom_) / 2, 13, 0.5, true);
    }

    void drawGrid(const PlotGrid& grid) {
        for (size_t i = 0; i < grid.values.size(); ++i) {
            const double value = grid.values[i];
            if (!std::isfinite(value))
                continue;
            const auto column = static_cast<double>(i % static_cast<size_t>(grid.columns)),
                       row = static_cast<double>(i / static_cast<size_t>(grid.columns));
            const double x0 = atX(column - 0.5), x1 = atX(column + 0.5), y0 = atY(row + 0.5),
                         y1 = atY(row - 0.5);
            colour(palette[0], std::clamp(value, 0.0, 1.0));
            cairo_rectangle(cr(), x0, y0, x1 - x0, y1 - y0);
            cairo_fill(cr());
            colour(value > 0.6 ? Colour{1, 1, 1} : ink);
            if (x1 - x0 >= 28)
                text(tickText(value, 0.01), (x0 + x1) / 2, (y0 + y1) / 2 + 4, 11, 0.5);
        }
    }

    void drawSeries(const PlotSeries& series, size_t place) {
        if (series.x.size() != series.y.size())
            throw std::invalid_argument("a plot's series has lists of different lengths");
        const Colour tint = ofPalette(series.colour.value_or(place));
        if (series.style == SeriesStyle::Line)
            drawLine(series, tint);
        else if (series.style == SeriesStyle::Points)
            drawPoints(series, tint);
        else
            drawBars(series, tint);
    }

    void drawLine(const PlotSeries& series, const Colour& tint) {
        colour(tint);
        cairo_set_line_width(cr(), 2);
        const double dash[] = {7, 5};
        cairo_set_dash(cr(), dash, series.dashed ? 2 : 0, 0);
        bool drawing = false;
        for (size_t i = 0; i < series.x.size(); ++i) {
            const bool finite = std::isfinite(series.x[i]) && std::isfinite(series.y[i]);
            if (finite && drawing)
                cairo_line_to(cr(), atX(series.x[i]), atY(series.y[i]));
            else if (finite)
                cairo_move_to(cr(), atX(series.x[i]), atY(series.y[i]));
            drawing = finite;
        }
        cairo_stroke(cr());
        cairo_set_dash(cr(), dash, 0, 0);
    }

    void drawPoints(const PlotSeries& series, const Colour& tint) {
        colour(tint, series.x.size() > 300 ? 0.6 : 0.9);
        for (size_t i = 0; i < series.x.size(); ++i)
            if (std::isfinite(series.x[i]) && std::isfinite(series.y[i])) {
                cairo_arc(cr(), atX(series.x[i]), atY(series.y[i]), series.size, 0, 6.283185307179586);
                cairo_fill(cr());
            }
    }

    void drawBars(const PlotSeries& series, const Colour& tint) {
        double apart = std::numeric_limits<double>::infinity();
        for (size_t i = 1; i < series.x.size(); ++i)
            apart = std::min(apart, std::abs(series.x[i] - series.x[i - 1]));
        if (!std::isfinite(apart))
            apart = 1;
        for (size_t i = 0; i < series.x.size(); ++i) {
            if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i]))
                continue;
            const double x0 = atX(series.x[i] - apart / 2), x1 = atX(series.x[i] + apart / 2);
            cairo_rectangle(cr(), x0, atY(series.y[i]), x1 - x0, atY(0) - atY(series.y[i]));
        }
        colour(tint, 0.45);
        cairo_fill_preserve(cr());
        colour(tint);
        cairo_set_line_width(cr(), 0.8);
        cairo_stroke(cr());
    }

    void drawMark(const PlotMark& mark) {
        if (!std::isfinite(mark.x))
            return;
        colour(mark.colour ? ofPalette(*mark.colour) : gray);
        line(atX(mark.x), top_, atX(mark.x), bottom_, 1.6);
        if (!mark.label.empty())
            text(mark.label, atX(mark.x) - 4, top_ + 6, 11, 1, true);
    }

    void legend() {
        double y = top_ + 20, widest = 0;
        int64_t entries = 0;
        cairo_set_font_size(cr(), 12);
        for (const PlotSeries& series : plot_.series) {
            if (series.name.empty())
                continue;
            cairo_text_extents_t extents;
            cairo_text_extents(cr(), escaped(series.name).c_str(), &extents);
            widest = std::max(widest, extents.x_advance);
            ++entries;
        }
        if (entries == 0)
            return;
        const double x = right_ - widest - 42;
        colour({1, 1, 1}, 0.85);
        cairo_rectangle(cr(), x - 6, top_ + 5, widest + 44, static_cast<double>(entries) * 18 + 6);
        cairo_fill(cr());
        for (size_t i = 0; i < plot_.series.size(); ++i) {
            const PlotSeries& series = plot_.series[i];
            if (series.name.empty())
                continue;
            colour(ofPalette(series.colour.value_or(i)));
            cairo_rectangle(cr(), x, y - 8, 18, series.style == SeriesStyle::Line ? 3 : 9);
            cairo_fill(cr());
            colour(ink);
            text(series.name, x + 26, y, 12, 0);
            y += 18;
        }
    }

    const Plot& plot_;
    std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo_;
    PlotRange x_, y_;
    double left_ = 76, top_ = 42, right_, bottom_;
};

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;

void requireGood(const Surface& surface) {
    if (const cairo_status_t status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(std::string("a plot could not be drawn: ") + cairo_status_to_string(status));
}

std::string asPng(const Plot& plot) {
    std::string bytes;
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, plot.width, plot.height),
                          cairo_surface_destroy);
    Page(plot, surface.get()).draw();
    requireGood(surface);
    cairo_surface_write_to_png_stream(surface.get(), append, &bytes);
    return bytes;
}

std::string asSvg(const Plot& plot) {
    std::string bytes;
    const Surface surface(cairo_svg_surface_create_for_stream(append, &bytes, plot.width, plot.height),
                          cairo_surface_destroy);
    Page(plot, surface.get()).draw();
    cairo_surface_finish(surface.get());
    requireGood(surface);
    return bytes;
}

void writeWhole(const std::string& path, const std::string& bytes) {
    AtomicFile file(path);
    file.write(bytes);
    file.commit();
}

} // namespace

HistogramBins binsFor(const std::vector<std::vector<double>>& lists, int64_t bins) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::vector<double>& list : lists)
        for (const double value : list)
            if (std::isfinite(value)) {
                low = std::min(low, value);
                high = std::max(high, value);
            }
    if (!(low <= high))
        return {bins, 0, 1};
    return {bins, low, high > low ? high : low + 1};
}

PlotSeries histogramSeries(const std::string& name, const std::vector<double>& values,
                           const HistogramBins& bins) {
    PlotSeries series{name, {}, {}, SeriesStyle::Bars};
    const double width = (bins.high - bins.low) / static_cast<double>(bins.bins);
    for (int64_t i = 0; i < bins.bins; ++i)
        series.x.push_back(bins.low + (static_cast<double>(i) + 0.5) * width);
    series.y.assign(static_cast<size_t>(bins.bins), 0);
    double counted = 0;
    for (const double value : values) {
        if (!std::isfinite(value))
            continue;
        const double place =
            std::clamp(std::floor((value - bins.low) / width), 0.0, static_cast<double>(bins.bins - 1));
        ++series.y[static_cast<size_t>(place)];
        ++counted;
    }
    if (counted > 0)
        for (double& height : series.y)
            height /= counted;
    return series;
}

std::vector<double> plotTicks(double low, double high, int about) {
    if (!(high > low) || !std::isfinite(high - low))
        return {low};
    const double rough = (high - low) / std::max(about, 1),
                 power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= rough)
            step = factor * power;
    std::vector<double> ticks;
    // Counted, not added up: 0.1 added thirty times is not 3.
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
        ticks.push_back(i * step);
    return ticks;
}

std::vector<std::string> writePlot(const Plot& plot, const std::string& stem) {
    const std::string png = asPng(plot), svg = asSvg(plot); // both, before anything is written
    writeWhole(stem + ".png", png);
    writeWhole(stem + ".svg", svg);
    return {stem + ".png", stem + ".svg"};
}

} // namespace galatea::cli
