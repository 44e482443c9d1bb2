#pragma once
// One group of bars for each of a few numbered things, such as the components of a mixture.

#include "widgets/charts/chart.h"

namespace galatea {

struct BarSeries {
    QString name;
    std::vector<double> values; ///< one per place; what is not finite has no bar
    QColor colour;
};

/// Places are numbered from 1. The height of the bars under the mouse is read out.
class BarChart : public Chart {
    Q_OBJECT
  public:
    explicit BarChart(QWidget* parent = nullptr);

    void setSeries(std::vector<BarSeries> series);
    const std::vector<BarSeries>& series() const { return series_; }
    /// The first series' bars in colours of their own, one per place; empty: all in the series' colour.
    void setPlaceColours(std::vector<QColor> colours);

    QString csv() const override; ///< columns place and one for each series

  protected:
    bool isEmpty() const override { return places_ == 0; }
    std::vector<LegendEntry> legend() const override;
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    QColor colourOf(size_t series, size_t place) const;

    std::vector<BarSeries> series_;
    std::vector<QColor> placeColours_;
    size_t places_ = 0;
    int under_ = -1; ///< place under the mouse
};

} // namespace galatea
