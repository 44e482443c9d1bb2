#pragma once
// Charts of the columns: what is brushed in them is selected everywhere, what is selected shows in them.

#include <tuple>

#include <QTimer>
#include <QWidget>

#include "app/desktop/chart_work.h"
#include "app/desktop/workspace.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QStackedWidget;
class QToolButton;

namespace galatea {

class BinChart;
class BoxChart;
class LineChart;
class ReasonLabel;

class ChartsPanel : public QWidget {
    Q_OBJECT
  public:
    explicit ChartsPanel(Workspace& workspace, QWidget* parent = nullptr);

    ChartKind kind() const;
    BinChart& histogram() { return *histogram_; }
    DensityChart& scatter() { return *scatter_; }
    MatrixChart& matrix() { return *matrix_; }
    BoxChart& boxes() { return *boxes_; }
    LineChart& roc() { return *roc_; }
    LineChart& losses() { return *losses_; }
    /// The chart that is shown.
    Chart& chart() const;
    double threshold() const; ///< of the ROC; NaN without one
    /// A loss log as training writes it (CSV: epoch, train_…, validation_…).
    void openLosses(const QString& path);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* buildHeader();
    QWidget* buildRoc();
    QWidget* buildLosses();
    void connectDocument();
    void connectCharts();
    void fillColumns();
    void showControls();
    void later(); ///< draws once what is going on now is done
    void refresh();
    void drop(); ///< lets go of what is drawn and asked for, and of the data it keeps
    /// What the chart in sight shows; nullptr until it is drawn.
    std::shared_ptr<const ChartDrawing> shownDrawing() const;
    ChartRequest request() const;
    void show(const std::shared_ptr<const ChartDrawing>& drawing);
    void showHistogram(const ChartDrawing& drawing);
    void showBoxes(const ChartDrawing& drawing);
    void showMatrix(const ChartDrawing& drawing);
    void showRoc(const ChartDrawing& drawing);
    void fillPositive(const ChartDrawing& drawing);
    void showThreshold();
    void moveThreshold(int place);
    void brush(std::function<std::vector<int64_t>(const ChartDrawing&)> rows, BrushMode mode);
    void filterByThreshold();
    void save();

    Workspace& workspace_;
    Document& document_;
    QComboBox *kind_, *x_, *y_, *class_, *against_, *positive_, *shares_;
    QLabel *xLabel_, *yLabel_, *classLabel_, *againstLabel_, *positiveLabel_, *note_, *rocText_;
    QToolButton *logarithmicX_, *logarithmicY_, *lasso_, *save_;
    ReasonLabel* fault_;
    QStackedWidget* pages_;
    BinChart* histogram_;
    DensityChart* scatter_;
    BoxChart* boxes_;
    MatrixChart* matrix_;
    LineChart *roc_, *losses_;
    QSlider* threshold_;
    QPushButton *selectAbove_, *filterAbove_, *openLog_;
    LatestWins drawing_, brushing_;
    QTimer timer_;
    std::shared_ptr<const ChartDrawing> drawn_;
    size_t rocPlace_ = 0;
    std::tuple<ChartValues, ChartClasses, QString, size_t> rocOf_; ///< what the threshold was set for
    bool waiting_ = true;
};

} // namespace galatea
