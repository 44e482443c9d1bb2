// How the clusters panel is laid out: its controls, their names and tips.

#include <cmath>
#include <limits>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/panels/clusters_panel.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/panels/projection_box.h"
#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

namespace {

QVBoxLayout* columnOf(QWidget* box) {
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    return column;
}

} // namespace

ClustersPanel::ClustersPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), empty_(new QLabel(this)),
      content_(new QWidget(this)), method_(new QComboBox(this)), covariance_(new QComboBox(this)),
      candidate_(new QComboBox(this)), components_(new QSpinBox(this)), fewest_(new QSpinBox(this)),
      most_(new QSpinBox(this)), maximum_(new QSpinBox(this)), starts_(new QSpinBox(this)),
      seed_(new QSpinBox(this)), run_(new QPushButton("Fit", this)), cancel_(new QPushButton("Cancel", this)),
      adopt_(new QPushButton("Use", this)), measure_(new QPushButton("Measure", this)),
      select_(new QPushButton("Select members", this)), rename_(new QPushButton("Rename", this)),
      colour_(new QPushButton(QString::fromUtf8("Colour …"), this)), merge_(new QPushButton("Merge", this)),
      back_(new QToolButton(this)), cut_(new QDoubleSpinBox(this)),
      status_(mutedSentence("clustersStatus", this)), present_(mutedSentence("clustersPresent", this)),
      quality_(mutedSentence("clustersQuality", this)), cutTally_(mutedSentence("clustersCutTally", this)),
      criteria_(new LineChart(this)), table_(new QTableWidget(this)), silhouettes_(new BarChart(this)),
      overlap_(new HeatChart(this)), projection_(new ProjectionBox(workspace, this)) {
    setObjectName("clustersPanel");
    setProperty("panel", true);
    QVBoxLayout* outer = makeScrolled(this);
    empty_->setObjectName("clustersEmpty");
    empty_->setText("Open latents, or images with a model that encodes them, to part them into components.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(content_);
    outer->addStretch();
    criteriaBox_ = buildCriteria();
    componentsBox_ = buildComponents();
    figuresBox_ = buildFigures();
    QVBoxLayout* column = columnOf(content_);
    column->addWidget(sectionLabel("Map", this));
    column->addWidget(projection_);
    column->addWidget(sectionLabel("Mixture", this));
    column->addWidget(buildFit());
    column->addWidget(criteriaBox_);
    column->addWidget(sectionLabel("Components", this));
    column->addWidget(present_);
    column->addWidget(componentsBox_);
    column->addWidget(figuresBox_);
    connectDocument();
    showMethod();
    clear();
}

QWidget* ClustersPanel::buildFit() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    describe(
        method_, "clustersMethod", "How the number of components is found",
        "Known; the one of lowest BIC in a range; or found by a Dirichlet process, which leaves out what "
        "the objects do not need");
    method_->addItems(
        {"Number of components", "Range of numbers, by BIC", "Find the number (Dirichlet process)"});
    const struct {
        QSpinBox* box;
        const char *name, *label, *tip;
        int least, most, value;
    } numbers[] = {{components_, "clustersComponents", "Components", "How many components", 1, 1000, 6},
                   {fewest_, "clustersFewest", "Fewest components", "The range begins here", 1, 1000, 1},
                   {most_, "clustersMost", "Most components", "The range ends here", 1, 1000, 12},
                   {maximum_, "clustersMaximum", "Components at most",
                    "The search begins with so many and keeps those of weight above 0.01", 1, 1000, 30},
                   {starts_, "clustersStarts", "Starts", "K-means starts; the best fit wins", 1, 100, 3},
                   {seed_, "clustersSeed", "Seed", "The same seed gives the same mixture", 0,
                    std::numeric_limits<int>::max(), 1}};
    for (const auto& number : numbers) {
        describe(number.box, number.name, number.label, number.tip);
        number.box->setRange(number.least, number.most);
        number.box->setValue(number.value);
    }
    describe(covariance_, "clustersCovariance", "Covariances",
             "Full: ellipses of any direction. Diagonal: along the latents' axes, fewer parameters");
    covariance_->addItems({"full", "diagonal"});
    auto* numberRow = new QHBoxLayout;
    numberRow->addWidget(components_);
    numberRow->addWidget(fewest_);
    numberRow->addWidget(most_);
    numberRow->addWidget(maximum_);
    fewest_->setPrefix("from ");
    most_->setPrefix("to ");
    maximum_->setPrefix("at most ");
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(method_);
    form->addRow("Components", numberRow);
    form->addRow("Covariances", covariance_);
    auto* startRow = new QHBoxLayout;
    startRow->addWidget(starts_, 1);
    startRow->addWidget(seed_, 1);
    seed_->setPrefix("seed ");
    form->addRow("Starts", startRow);
    column->addLayout(form);
    describe(run_, "clustersFit", "Fit",
             "Fit the mixture to the open latents; undo brings the present one back");
    run_->setProperty("primary", true);
    describe(cancel_, "clustersCancel", "Cancel", "Stop fitting");
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(run_);
    buttons->addWidget(cancel_);
    column->addLayout(buttons);
    column->addWidget(status_);
    connect(method_, &QComboBox::currentIndexChanged, this, &ClustersPanel::showMethod);
    connect(fewest_, &QSpinBox::valueChanged, most_, &QSpinBox::setMinimum);
    connect(run_, &QPushButton::clicked, this, &ClustersPanel::fit);
    connect(cancel_, &QPushButton::clicked, this, &ClustersPanel::cancel);
    return box;
}

QWidget* ClustersPanel::buildCriteria() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    criteria_->setObjectName("clustersCriteria");
    criteria_->setAccessibleName("BIC and AIC against the number of components");
    criteria_->setToolTip("Lower is better. Click a number of components to use it. Right-click: save");
    criteria_->setTitles("components", QString());
    criteria_->setWholeNumbers(true, false);
    criteria_->setPickable(true);
    criteria_->setMinimumHeight(190);
    column->addWidget(criteria_);
    describe(candidate_, "clustersCandidate", "Candidate", "The numbers of components that were tried");
    describe(adopt_, "clustersAdopt", "Use this candidate", "Colour and measure by this mixture");
    auto* row = new QHBoxLayout;
    row->addWidget(candidate_, 1);
    row->addWidget(adopt_);
    column->addLayout(row);
    connect(criteria_, &LineChart::picked, this, [this](double x) { adopt(std::llround(x)); });
    connect(adopt_, &QPushButton::clicked, this, [this] { adopt(candidate_->currentData().toLongLong()); });
    return box;
}

QWidget* ClustersPanel::buildComponents() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    table_->setObjectName("clustersTable");
    table_->setAccessibleName("Components");
    table_->setToolTip(
        "Tick: shown on the map. Double-click: rename. Choose components to select or merge them");
    table_->setColumnCount(6);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    table_->verticalHeader()->hide();
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    for (const int column_ : {0, 3, 4}) // tick, colour and name; the longest headings
        table_->horizontalHeader()->setSectionResizeMode(column_, QHeaderView::ResizeToContents);
    if (auto* corner = table_->findChild<QAbstractButton*>())
        corner->setObjectName("qt_corner"); // Qt's own, never seen here
    table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->setShowGrid(false);
    column->addWidget(table_);
    column->addLayout(buildLooks());
    describe(cut_, "clustersCut", "Probability cut",
             "A member has at least this probability of its component");
    cut_->setRange(0, 1);
    cut_->setSingleStep(0.05);
    cut_->setValue(0.5);
    cut_->setPrefix(QString::fromUtf8("p ≥ "));
    describe(select_, "clustersSelect", "Select members",
             "Select the members of the chosen components on the map; with none chosen, of all");
    back_->setText("First mixture");
    describe(back_, "clustersBack", "First mixture", "Back to the components the latents came with");
    back_->setProperty("boxed", true);
    back_->setProperty("compact", true);
    back_->setFocusPolicy(Qt::StrongFocus);
    describe(measure_, "clustersMeasure", "Measure", "Silhouettes, overlap and separation of the components");
    auto* row = new QHBoxLayout;
    row->addWidget(cut_);
    row->addWidget(select_);
    row->addStretch(1);
    row->addWidget(measure_);
    row->addWidget(back_);
    column->addLayout(row);
    column->addWidget(cutTally_);
    connect(select_, &QPushButton::clicked, this, &ClustersPanel::selectMembers);
    connect(measure_, &QPushButton::clicked, this, &ClustersPanel::measure);
    connect(table_, &QTableWidget::itemChanged, this, &ClustersPanel::itemChanged);
    return box;
}

QLayout* ClustersPanel::buildLooks() {
    describe(rename_, "clustersRename", "Rename",
             "Give the chosen component a name; legend and samples take it over");
    describe(colour_, "clustersColour", "Colour", "Give the chosen component another colour");
    describe(merge_, "clustersMerge", "Merge",
             "Take the chosen components together; undo parts them again (Ctrl or Shift chooses several)");
    auto* looks = new QHBoxLayout;
    for (QPushButton* button : {rename_, colour_, merge_})
        looks->addWidget(button);
    looks->addStretch(1);
    connect(rename_, &QPushButton::clicked, this, [this] {
        if (const std::vector<int64_t> chosen = chosenRows(); !chosen.empty())
            table_->editItem(table_->item(static_cast<int>(chosen.front()), 0));
    });
    connect(colour_, &QPushButton::clicked, this, &ClustersPanel::askForColour);
    connect(merge_, &QPushButton::clicked, this, &ClustersPanel::mergeChosen);
    connect(table_, &QTableWidget::itemSelectionChanged, this, &ClustersPanel::updateChosen);
    return looks;
}

QWidget* ClustersPanel::buildFigures() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    column->addWidget(quality_);
    silhouettes_->setObjectName("clustersSilhouettes");
    silhouettes_->setAccessibleName("Mean silhouette of each component");
    silhouettes_->setToolTip(
        "1: far from all others, 0: on the border, below 0: nearer to another component. "
        "Right-click: save as PNG, SVG or CSV");
    silhouettes_->setTitles("component", "silhouette");
    silhouettes_->setMinimumHeight(190);
    column->addWidget(silhouettes_);
    overlap_->setObjectName("clustersOverlap");
    overlap_->setAccessibleName("Overlap of the components");
    overlap_->setToolTip("Mean probability of each component (across) for the members of each (upwards). "
                         "Right-click: save as PNG, SVG or CSV");
    overlap_->setTitles("probability of component", "members of");
    overlap_->setReading([](int row, int column_) {
        return QString("members of %1, component %2").arg(row + 1).arg(column_ + 1);
    });
    overlap_->setMinimumHeight(280);
    column->addWidget(overlap_);
    return box;
}

} // namespace galatea
