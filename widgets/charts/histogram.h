#pragma once
// How the values of one or several classes are spread, cut into regions by thresholds that can be moved.

#include "widgets/charts/chart.h"

namespace galatea {

struct HistogramClass {
    QString name;
    std::vector<double> values; ///< those that are not finite are left out
    QColor colour;
};

/// One class is drawn in numbers of objects, several in shares of each class, so that a rare one can be seen.
/// The outermost bars also hold the few values beyond them. Thresholds are moved with the mouse, or with the
/// arrow keys (up and down choose one; Shift moves further).
class Histogram : public Chart {
    Q_OBJECT
  public:
    static constexpr int bins = 48;

    explicit Histogram(QWidget* parent = nullptr);

    void setClasses(std::vector<HistogramClass> classes);
    const std::vector<HistogramClass>& classes() const { return classes_; }
    /// Ascending; emits nothing.
    void setThresholds(const std::vector<double>& thresholds);
    const std::vector<double>& thresholds() const { return thresholds_; }
    /// Names and tints of the regions: one more than thresholds, from low to high.
    void setRegions(const QStringList& names, const std::vector<QColor>& tints);
    /// The bin's height as drawn: a number of objects or a share.
    double heightOf(size_t which, int bin) const;
    double edge(int bin) const; ///< lower edge; edge(bins) is the last upper one

    QString csv() const override; ///< class, low, high, count; the outer bins reach to the extreme values

  Q_SIGNALS:
    void thresholdsChanged(const std::vector<double>& thresholds); ///< moved by a person

  protected:
    bool isEmpty() const override { return !any_; }
    std::vector<LegendEntry> legend() const override;
    void paintContent(QPainter& painter, const QRectF& area) const override;
    void paintReading(QPainter& painter, const QRectF& area) const override;
    void findRanges() override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    void count();
    int binOf(double value) const;
    int thresholdNear(double widgetX) const; ///< −1: none
    void moveThreshold(int which, double value);
    void paintRegions(QPainter& painter, const QRectF& area) const;
    void paintClass(QPainter& painter, const QRectF& area, size_t which) const;
    void paintThresholds(QPainter& painter, const QRectF& area) const;

    std::vector<HistogramClass> classes_;
    std::vector<std::vector<double>> counts_; ///< [class][bin]
    std::vector<double> totals_, thresholds_;
    QStringList regions_;
    std::vector<QColor> tints_;
    bool any_ = false;
    int held_ = -1, chosen_ = 0;
    double reading_ = -1;
};

} // namespace galatea
