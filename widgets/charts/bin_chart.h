#pragma once
// A histogram of numbers somebody else has counted, for any number of rows; an interval can be brushed.

#include <optional>

#include "widgets/charts/chart.h"

namespace galatea {

struct BinSeries {
    QString name;
    QColor colour;
    std::vector<double> counts; ///< one per bin
};

/// One series is drawn in numbers of objects, several in shares of each, so that a rare one can be seen.
class BinChart : public Chart {
    Q_OBJECT
  public:
    explicit BinChart(QWidget* parent = nullptr);

    /// Bins in equal steps from `low` to `high`, which are logarithms where `logarithmic`.
    void setBins(std::vector<BinSeries> series, double low, double high, bool logarithmic,
                 std::vector<double> selected = {});
    const std::vector<BinSeries>& series() const { return series_; }
    const std::vector<double>& selected() const { return selected_; }
    double edge(int bin) const; ///< lower edge, as a value
    int bins() const { return series_.empty() ? 0 : static_cast<int>(series_.front().counts.size()); }

    QString csv() const override; ///< class, low, high, count

  Q_SIGNALS:
    void brushed(double low, double high, galatea::BrushMode mode); ///< beyond the outer edges: infinite

  protected:
    bool isEmpty() const override { return bins() == 0; }
    std::vector<LegendEntry> legend() const override;
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    double heightOf(const BinSeries& one, size_t bin) const;
    void paintSteps(QPainter& painter, const QRectF& area, const std::vector<double>& heights,
                    const QColor& colour, double opacity) const;

    std::vector<BinSeries> series_;
    std::vector<double> selected_, totals_;
    double low_ = 0, high_ = 1;
    double reading_ = -1, from_ = -1, to_ = -1; ///< widget x of the mouse and of the brush
};

} // namespace galatea
