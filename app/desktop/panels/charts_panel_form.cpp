// How the charts' panel is laid out: its controls, their names and tips.

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/icons.h"
#include "app/desktop/panels/charts_panel.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/charts/bin_chart.h"
#include "widgets/charts/box_chart.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

namespace {
// On the thread for columns: a brush goes before the charts that follow it.
constexpr int brushPriority = 25, drawPriority = 10;
} // namespace

ChartsPanel::ChartsPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), kind_(new QComboBox(this)),
      x_(new QComboBox(this)), y_(new QComboBox(this)), class_(new QComboBox(this)),
      against_(new QComboBox(this)), positive_(new QComboBox(this)), shares_(new QComboBox(this)),
      xLabel_(mutedLabel("Of", this)), yLabel_(mutedLabel("against", this)),
      classLabel_(mutedLabel("by", this)), againstLabel_(mutedLabel("against", this)),
      positiveLabel_(mutedLabel("finds", this)), note_(mutedLabel({}, this)), rocText_(mutedLabel({}, this)),
      logarithmicX_(new QToolButton(this)), logarithmicY_(new QToolButton(this)),
      lasso_(new QToolButton(this)), save_(new QToolButton(this)),
      fault_(new ReasonLabel("chartFault", this)), pages_(new QStackedWidget(this)), histogram_(new BinChart),
      scatter_(new DensityChart), boxes_(new BoxChart), matrix_(new MatrixChart), roc_(new LineChart),
      losses_(new LineChart), threshold_(new QSlider(Qt::Horizontal)),
      selectAbove_(new QPushButton("Select")), filterAbove_(new QPushButton("Filter")),
      openLog_(new QPushButton(QString::fromUtf8("Open a log …"))), drawing_(workspace.columns, drawPriority),
      brushing_(workspace.columns, brushPriority) {
    setObjectName("chartsPanel");
    setProperty("panel", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    auto* faultRow = new QHBoxLayout;
    faultRow->setContentsMargins(10, 0, 10, 4);
    faultRow->addWidget(fault_);
    column->addLayout(faultRow);
    const std::pair<Chart*, const char*> charts[] = {
        {histogram_, "chartHistogram"}, {scatter_, "chartScatter"}, {boxes_, "chartBoxes"},
        {matrix_, "chartMatrix"},       {roc_, "chartRoc"},         {losses_, "chartLosses"}};
    for (const auto& [chart, name] : charts) {
        chart->setObjectName(name);
        chart->setEmptyText("There is nothing to draw yet: open data, or choose other columns.");
    }
    for (QWidget* page :
         {static_cast<QWidget*>(histogram_), static_cast<QWidget*>(scatter_), static_cast<QWidget*>(boxes_),
          static_cast<QWidget*>(matrix_), buildRoc(), buildLosses()})
        pages_->addWidget(page);
    pages_->setProperty("panel", true);
    pages_->setAttribute(Qt::WA_StyledBackground);
    column->addWidget(pages_, 1);
    timer_.setSingleShot(true);
    timer_.setInterval(20);
    connect(&timer_, &QTimer::timeout, this, &ChartsPanel::refresh);
    connectDocument();
    connectCharts();
    fillColumns();
    showControls();
}

QWidget* ChartsPanel::buildHeader() {
    auto* header = new QWidget(this);
    header->setProperty("panel", true);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(6);
    describe(kind_, "chartKind", "Chart", "What to draw");
    kind_->addItems({"Histogram", "Scatter", "Boxes", "Classes", "ROC", "Losses"});
    const char* expression = "A column, or an expression of columns such as mag_g - mag_r; press Enter";
    describe(x_, "chartX", "Column drawn", expression);
    describe(y_, "chartY", "Column upwards", expression);
    describe(class_, "chartClass", "By class", "Draw each class by itself");
    describe(against_, "chartAgainst", "Other classes", "The classes along the chart");
    describe(positive_, "chartPositive", "Class to find", "High scores are to find this class");
    describe(shares_, "chartShares", "What the fields show",
             "Numbers of objects, their part of the row, or what row and column have in common");
    shares_->addItems({"Numbers", "Parts of the row", "Overlap"});
    for (QComboBox* box : {x_, y_}) {
        box->setEditable(true);
        box->setInsertPolicy(QComboBox::NoInsert);
        box->lineEdit()->setObjectName(box->objectName() + "Edit");
    }
    for (QComboBox* box : {x_, y_, class_, against_, positive_}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(12);
        box->setMaximumWidth(260);
    }
    const auto toggle = [&](QToolButton* button, const char* name, const char* label, const char* tip) {
        describe(button, name, label, tip);
        button->setText(label);
        button->setCheckable(true);
        button->setFocusPolicy(Qt::StrongFocus);
    };
    toggle(logarithmicX_, "chartLogX", "log x", "Logarithmic axis along the chart");
    toggle(logarithmicY_, "chartLogY", "log y", "Logarithmic axis upwards");
    toggle(lasso_, "chartLasso", "Lasso", "Draw around objects instead of dragging a rectangle");
    describe(save_, "chartSave", "Save the chart", "Save the chart as PNG, SVG or CSV (its numbers)");
    save_->setIcon(icon(Icon::Export));
    save_->setFocusPolicy(Qt::StrongFocus);
    note_->setObjectName("chartNote");
    for (QWidget* widget : std::initializer_list<QWidget*>{
             kind_, xLabel_, x_, yLabel_, y_, classLabel_, class_, againstLabel_, against_, positiveLabel_,
             positive_, shares_, logarithmicX_, logarithmicY_, lasso_})
        row->addWidget(widget);
    row->addStretch(1);
    row->addWidget(note_);
    row->addWidget(save_);
    return header;
}

QWidget* ChartsPanel::buildRoc() {
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(roc_, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(10, 0, 10, 6);
    auto* label = mutedLabel("Threshold", page);
    label->setBuddy(threshold_);
    describe(threshold_, "chartThreshold", "Threshold",
             "Moves along the curve; a click on the curve does the same");
    describe(selectAbove_, "chartSelectAbove", "Select above the threshold",
             "Select the objects whose score reaches the threshold");
    describe(filterAbove_, "chartFilterAbove", "Filter above the threshold",
             "Show only the objects whose score reaches the threshold");
    rocText_->setObjectName("chartRocText");
    row->addWidget(label);
    row->addWidget(threshold_, 1);
    row->addWidget(rocText_);
    row->addWidget(selectAbove_);
    row->addWidget(filterAbove_);
    column->addLayout(row);
    roc_->setPickable(true);
    roc_->setTitles("false positive rate", "true positive rate");
    return page;
}

QWidget* ChartsPanel::buildLosses() {
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(losses_, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(10, 0, 10, 6);
    describe(openLog_, "chartOpenLog", "Open a training log",
             "The CSV file that training writes: one line an epoch");
    row->addWidget(openLog_);
    row->addStretch(1);
    column->addLayout(row);
    losses_->setTitles("epoch", "loss");
    losses_->setEmptyText("Open the log of a training to see its losses.");
    return page;
}

void ChartsPanel::showControls() {
    const ChartKind now = kind();
    const auto visible = [](std::initializer_list<QWidget*> widgets, bool on) {
        for (QWidget* widget : widgets)
            widget->setVisible(on);
    };
    const bool values = now != ChartKind::Classes && now != ChartKind::Losses;
    visible({xLabel_, x_}, values);
    visible({yLabel_, y_, lasso_}, now == ChartKind::Scatter);
    visible({classLabel_, class_}, now != ChartKind::Losses);
    visible({againstLabel_, against_, shares_}, now == ChartKind::Classes);
    visible({positiveLabel_, positive_}, now == ChartKind::Roc);
    visible({logarithmicX_}, now == ChartKind::Histogram);
    visible({logarithmicY_},
            now == ChartKind::Histogram || now == ChartKind::Boxes || now == ChartKind::Losses);
    classLabel_->setText(now == ChartKind::Classes ? "Rows" : now == ChartKind::Roc ? "against" : "by");
    pages_->setCurrentIndex(static_cast<int>(now));
}

} // namespace galatea
