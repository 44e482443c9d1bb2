#pragma once
// A square table of parts between 0 and 1, each a shaded field with its number where there is room.

#include <functional>

#include "widgets/charts/chart.h"

namespace galatea {

/// Rows and columns are numbered from 1, row 1 at the bottom. The field under the mouse is read out.
class HeatChart : public Chart {
    Q_OBJECT
  public:
    explicit HeatChart(QWidget* parent = nullptr);

    /// Row-major, `side` × `side`; what is not finite stays blank.
    void setTable(std::vector<double> values, int side);
    /// What a field is called when it is read out, given row and column from 0.
    void setReading(std::function<QString(int row, int column)> reading) { reading_ = std::move(reading); }
    double value(int row, int column) const { return values_[static_cast<size_t>(row * side_ + column)]; }
    int side() const { return side_; }

    QString csv() const override; ///< columns row, column, value

    QSize sizeHint() const override { return {360, 300}; }

  protected:
    bool isEmpty() const override { return side_ == 0; }
    std::vector<LegendEntry> legend() const override { return {}; }
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    QRectF field(int row, int column) const;

    std::vector<double> values_;
    std::function<QString(int, int)> reading_;
    int side_ = 0, row_ = -1, column_ = -1; ///< field under the mouse
};

} // namespace galatea
