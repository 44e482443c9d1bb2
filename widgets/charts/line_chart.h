#pragma once
// Curves over a common axis: losses over epochs, rates over thresholds.

#include <optional>

#include "widgets/charts/chart.h"

namespace galatea {

struct ChartSeries {
    QString name;                ///< empty: drawn, but neither in the legend nor read out
    std::vector<QPointF> points; ///< in ascending x; points that are not finite leave a gap
    QColor colour;
    bool dashed = false;
    bool dots = false; ///< each point by itself, no line
};

/// Draws its series with axes, grid and legend; the values under the mouse are read out.
class LineChart : public Chart {
    Q_OBJECT
  public:
    explicit LineChart(QWidget* parent = nullptr);

    void setSeries(std::vector<ChartSeries> series);
    const std::vector<ChartSeries>& series() const { return series_; }
    /// Axes that do not follow the points; nothing: they do.
    void setFixedRanges(const std::optional<AxisRange>& x, const std::optional<AxisRange>& y);

    /// What the axis counts can be chosen by a click, told by picked().
    void setPickable(bool on);

    QString csv() const override; ///< every point of every series: columns series, x, y

  Q_SIGNALS:
    void picked(double x); ///< of the point nearest to the click

  protected:
    bool isEmpty() const override { return !any_; }
    std::vector<LegendEntry> legend() const override;
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    void paintLine(QPainter& painter, const ChartSeries& one) const;

    std::vector<ChartSeries> series_;
    std::optional<AxisRange> fixedX_, fixedY_;
    bool any_ = false, pickable_ = false;
    double reading_ = 0; ///< widget x of the mouse
    bool hasReading_ = false;
};

} // namespace galatea
