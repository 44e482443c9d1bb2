#pragma once
// Curves over a common axis: losses over epochs, rates over thresholds.

#include <vector>

#include <QColor>
#include <QPointF>
#include <QString>
#include <QWidget>

namespace galatea {

struct ChartSeries {
    QString name;
    std::vector<QPointF> points; ///< in ascending x; points that are not finite leave a gap
    QColor colour;
    bool dashed = false;
};

/// Draws its series with axes, grid and legend; the values under the mouse are read out. Text is plain.
class LineChart : public QWidget {
    Q_OBJECT
  public:
    explicit LineChart(QWidget* parent = nullptr);

    void setTitles(const QString& x, const QString& y);
    void setSeries(std::vector<ChartSeries> series);
    const std::vector<ChartSeries>& series() const { return series_; }
    /// Shown while no series has a point.
    void setEmptyText(const QString& text);
    /// The y axis in powers of ten; values that are not positive are left out then.
    void setLogarithmic(bool on);
    bool logarithmic() const { return logarithmic_; }
    /// Where a point of the chart lies in the widget.
    QPointF position(const QPointF& point) const;

    /// Every point of every series: columns series, x, y.
    QString csv() const;
    /// As it is shown, at `scale` times its size.
    QImage picture(double scale = 2) const;

    QSize sizeHint() const override { return {360, 220}; }
    QSize minimumSizeHint() const override { return {160, 120}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    struct Range {
        double low = 0, high = 1;
    };
    void findRanges();
    double drawn(double y) const; ///< on the y axis as drawn: itself or its logarithm
    QRectF plot() const;
    void paint(QPainter& painter) const;
    void paintAxes(QPainter& painter, const QRectF& area) const;
    void paintSeries(QPainter& painter) const;
    void paintLegend(QPainter& painter, const QRectF& area) const;
    void paintReading(QPainter& painter, const QRectF& area) const;

    std::vector<ChartSeries> series_;
    QString xTitle_, yTitle_, emptyText_;
    Range x_, y_;
    bool logarithmic_ = false, any_ = false;
    double reading_ = 0; ///< widget x of the mouse
    bool hasReading_ = false;
};

} // namespace galatea
