#pragma once
// How two divisions of the same objects meet: numbers of objects by row and column, shaded by their part of
// the row. A field can be picked.

#include "widgets/charts/chart.h"

namespace galatea {

class MatrixChart : public Chart {
    Q_OBJECT
  public:
    explicit MatrixChart(QWidget* parent = nullptr);

    /// Numbers shaded by their part of the row; that part itself; or the part that row and column have in
    /// common (intersection over union).
    enum class Show { Counts, RowShares, Overlap };
    /// `counts` row-major, the first row at the top.
    void setTable(std::vector<double> counts, const QStringList& rows, const QStringList& columns, Show show);
    /// 0 where there is no such field.
    double count(int row, int column) const {
        const size_t place =
            static_cast<size_t>(row) * static_cast<size_t>(columns_.size()) + static_cast<size_t>(column);
        return place < counts_.size() ? counts_[place] : 0;
    }
    double part(int row, int column) const; ///< that is shaded
    QRectF field(int row, int column) const;

    QString csv() const override; ///< row, column, count, part

    QSize sizeHint() const override { return {420, 320}; }

  Q_SIGNALS:
    void picked(int row, int column, galatea::BrushMode mode);

  protected:
    bool isEmpty() const override { return counts_.empty(); }
    std::vector<LegendEntry> legend() const override { return {}; }
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    bool find(const QPointF& at, int& row, int& column) const;
    std::vector<double> counts_, rowTotals_, columnTotals_;
    QStringList rows_, columns_;
    Show show_ = Show::Counts;
    int row_ = -1, column_ = -1;
};

} // namespace galatea
