#pragma once
// Two columns against each other, for any number of rows: as shaded numbers of rows, or as points where they
// are few. A rectangle or a lasso can be brushed.

#include <QImage>
#include <QPolygonF>

#include "widgets/charts/chart.h"

namespace galatea {

struct DensityPoint {
    QPointF place;
    int layer = 0;
    bool selected = false;
};

struct DensityLayer {
    QString name;
    QColor colour;
    std::vector<uint32_t> counts; ///< [rows·columns] from the bottom left
};

class DensityChart : public Chart {
    Q_OBJECT
  public:
    explicit DensityChart(QWidget* parent = nullptr);

    struct Content {
        AxisRange x, y;
        int columns = 0, rows = 0;
        std::vector<DensityLayer> layers;
        std::vector<uint32_t> selected;   ///< [rows·columns]; empty: nothing is selected
        std::vector<DensityPoint> points; ///< drawn in place of the numbers where there are any
    };
    /// A picture takes a while for many layers: paintDensity() makes it on any thread.
    static QImage paintDensity(const Content& content);
    void setContent(Content content, const QImage& picture);
    const Content& content() const { return content_; }
    void setLasso(bool on) { lasso_ = on; } ///< else a rectangle

    QString csv() const override; ///< the points, or the numbers by cell

    QSize sizeHint() const override { return {420, 320}; }

  Q_SIGNALS:
    void brushed(const QPolygonF& outline, galatea::BrushMode mode); ///< in the chart's units

  protected:
    bool isEmpty() const override { return content_.columns == 0; }
    std::vector<LegendEntry> legend() const override;
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    Content content_;
    QImage picture_;
    QPolygonF stroke_; ///< of the brush, in the widget
    QPointF mouse_;
    bool lasso_ = false, reading_ = false;
};

} // namespace galatea
