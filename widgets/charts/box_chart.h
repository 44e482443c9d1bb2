#pragma once
// How a value is spread in each class: a box from the 25th to the 75th percentile with the median, and
// whiskers from the 5th to the 95th. A box can be picked.

#include <array>

#include "widgets/charts/chart.h"

namespace galatea {

struct BoxSeries {
    QString name;
    QColor colour;
    std::array<double, 5> quantiles{}; ///< 5th, 25th, 50th, 75th, 95th percentile
    double count = 0, selected = 0;
};

class BoxChart : public Chart {
    Q_OBJECT
  public:
    explicit BoxChart(QWidget* parent = nullptr);

    void setBoxes(std::vector<BoxSeries> boxes);
    const std::vector<BoxSeries>& boxes() const { return boxes_; }

    QString csv() const override; ///< class, the five percentiles, count, selected

  Q_SIGNALS:
    void picked(int box, galatea::BrushMode mode);

  protected:
    bool isEmpty() const override { return boxes_.empty(); }
    std::vector<LegendEntry> legend() const override { return {}; }
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    int boxAt(const QPointF& at) const;
    std::vector<BoxSeries> boxes_;
    int under_ = -1;
};

} // namespace galatea
