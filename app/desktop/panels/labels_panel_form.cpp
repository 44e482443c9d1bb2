// How the labels panel is laid out: its controls, their names and tips.

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QVBoxLayout>

#include "app/desktop/panels/label_class_model.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/charts/heat_chart.h"

namespace galatea {

namespace {

QVBoxLayout* columnOf(QWidget* box) {
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    return column;
}

QHBoxLayout* rowOf(std::initializer_list<QWidget*> widgets, bool stretched = false) {
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    for (QWidget* widget : widgets)
        row->addWidget(widget, stretched ? 1 : 0);
    if (!stretched)
        row->addStretch(1);
    return row;
}

} // namespace

LabelsPanel::LabelsPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      model_(new LabelClassModel(workspace.document, this)), empty_(new QLabel(this)),
      content_(new QWidget(this)), name_(new QLineEdit(this)), add_(new QPushButton("Add", this)),
      recolour_(new QPushButton(QString::fromUtf8("Colour …"), this)), merge_(new QPushButton("Merge", this)),
      remove_(new QPushButton("Remove", this)), give_(new QPushButton("Label the selection", this)),
      colourBy_(new QPushButton("Colour the map", this)),
      brush_(new QCheckBox("Label whatever I select on the map", this)), table_(new QTableView(this)),
      neighbours_(new QSpinBox(this)), least_(new QDoubleSpinBox(this)),
      propose_(new QPushButton("Propose", this)), cancel_(new QPushButton("Cancel", this)),
      accept_(new QPushButton("Accept", this)), drop_(new QPushButton("Drop", this)),
      show_(new QPushButton("Select them", this)), column_(new QComboBox(this)), chart_(new HeatChart(this)),
      tally_(mutedSentence("labelsTally", this)), proposed_(mutedSentence("labelsProposed", this)),
      figures_(mutedSentence("labelsFigures", this)), place_(mutedSentence("labelsPlace", this)),
      people_(mutedSentence("labelsPeople", this)), object_(mutedSentence("labelsObject", this)),
      history_(mutedSentence("labelsHistory", this)), proposalBox_(new QWidget(this)),
      conflictBox_(new QWidget(this)), conflict_(new ReasonLabel("labelsConflict", this)),
      theirs_(new QPushButton("Take theirs", this)), mine_(new QPushButton("Keep mine", this)),
      open_(new QPushButton(QString::fromUtf8("Open …"), this)),
      fresh_(new QPushButton(QString::fromUtf8("Keep in …"), this)),
      team_(new QPushButton(QString::fromUtf8("Team …"), this)),
      person_(new QPushButton(QString::fromUtf8("Name …"), this)),
      import_(new QPushButton(QString::fromUtf8("Import …"), this)),
      export_(new QPushButton(QString::fromUtf8("Export …"), this)) {
    setObjectName("labelsPanel");
    setProperty("panel", true);
    QVBoxLayout* outer = makeScrolled(this);
    empty_->setObjectName("labelsEmpty");
    empty_->setText("Open images or latents to label them.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(content_);
    outer->addStretch();
    QVBoxLayout* column = columnOf(content_);
    const struct {
        const char* title;
        QWidget* box;
    } sections[] = {{"Classes", buildClasses()},
                    {"The object looked at", buildObject()},
                    {"Proposals from neighbours", buildProposals()},
                    {"Agreement with the catalogue", buildAgreement()},
                    {"Where labels are kept", buildPlace()}};
    for (const auto& section : sections) {
        column->addWidget(sectionLabel(section.title, this));
        column->addWidget(section.box);
    }
    buildDigits();
    connectDocument();
    updateState();
}

QWidget* LabelsPanel::buildClasses() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    describe(name_, "labelsName", "Name of a new class", "Name of a new class; Enter adds it");
    name_->setPlaceholderText("New class, e.g. spiral");
    name_->setMaxLength(200);
    describe(add_, "labelsAdd", "Add class", "Add a class of this name; it gets the next free key");
    auto* row = new QHBoxLayout;
    row->addWidget(name_, 1);
    row->addWidget(add_);
    column->addLayout(row);
    table_->setObjectName("labelsTable");
    table_->setAccessibleName("Label classes");
    table_->setToolTip("Tick: shown on the map. Double-click a name or a key to change it");
    table_->setModel(model_);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->verticalHeader()->hide();
    table_->setShowGrid(false);
    table_->horizontalHeader()->setSectionResizeMode(LabelClassModel::Name, QHeaderView::Stretch);
    for (const int fixed : {LabelClassModel::Key, LabelClassModel::Objects})
        table_->horizontalHeader()->setSectionResizeMode(fixed, QHeaderView::ResizeToContents);
    if (auto* corner = table_->findChild<QAbstractButton*>())
        corner->setObjectName("qt_corner"); // Qt's own, never seen here
    table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->setFixedHeight(170);
    column->addWidget(table_);
    for (QWidget* line : {static_cast<QWidget*>(tally_), static_cast<QWidget*>(place_),
                          static_cast<QWidget*>(people_), conflictBox_})
        column->addWidget(line);
    QVBoxLayout* conflicts = columnOf(conflictBox_);
    conflicts->addWidget(conflict_);
    conflicts->addLayout(rowOf({theirs_, mine_}, true));
    describe(
        give_, "labelsGive", "Label the selection",
        "Give the selected objects the class chosen above. Keys 1 to 9 do it from anywhere in the window, "
        "0 removes a label; without a selection they label the object looked at");
    give_->setProperty("primary", true);
    describe(colourBy_, "labelsColour", "Colour the map by label", "Colour the map by label");
    describe(recolour_, "labelsRecolour", "Colour of the class", "Another colour for the chosen class");
    describe(merge_, "labelsMerge", "Merge classes",
             "The chosen classes become one: the first of them (Ctrl-click chooses several)");
    describe(remove_, "labelsRemove", "Remove class",
             "Remove the chosen classes; their objects lose the label");
    column->addLayout(rowOf({give_, colourBy_}, true));
    column->addLayout(rowOf({recolour_, merge_, remove_}, true));
    describe(
        brush_, "labelsBrush", "Label what is selected",
        "While this is on, brush (B), lasso (L) and rectangle (R) give the chosen class to what they select");
    column->addWidget(brush_);
    connect(name_, &QLineEdit::returnPressed, this, &LabelsPanel::addClass);
    connect(add_, &QPushButton::clicked, this, &LabelsPanel::addClass);
    connect(recolour_, &QPushButton::clicked, this, &LabelsPanel::recolour);
    connect(merge_, &QPushButton::clicked, this, &LabelsPanel::merge);
    connect(remove_, &QPushButton::clicked, this, &LabelsPanel::remove);
    return box;
}

QWidget* LabelsPanel::buildProposals() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    describe(neighbours_, "labelsNeighbours", "Neighbours",
             "How many of the nearest labelled objects, in latent space, have a vote");
    neighbours_->setRange(1, 200);
    neighbours_->setValue(10);
    neighbours_->setSuffix(" neighbours");
    describe(
        least_, "labelsLeast", "Least confidence",
        "Propose and accept only what is at least so sure: the share of the neighbours' votes, less where "
        "an object lies farther from them than they from each other");
    least_->setRange(0, 1);
    least_->setSingleStep(0.05);
    least_->setValue(0.8);
    least_->setPrefix(QString::fromUtf8("confidence ≥ "));
    column->addLayout(rowOf({neighbours_, least_}, true));
    describe(propose_, "labelsPropose", "Propose labels",
             "Propose labels for objects without one; nothing is labelled before you accept");
    describe(cancel_, "labelsCancel", "Cancel", "Stop looking for neighbours");
    column->addLayout(rowOf({propose_, cancel_}));
    column->addWidget(proposed_);
    describe(accept_, "labelsAccept", "Accept the proposals",
             "Those at least so confident become labels, marked as proposed; one undo step");
    describe(drop_, "labelsDrop", "Drop the proposals", "Forget the proposals");
    describe(show_, "labelsShow", "Select the proposals",
             "Select the objects whose proposals are at least so confident, to look at them");
    QVBoxLayout* inner = columnOf(proposalBox_);
    inner->addLayout(rowOf({accept_, drop_, show_}, true));
    column->addWidget(proposalBox_);
    connect(propose_, &QPushButton::clicked, this, &LabelsPanel::propose);
    connect(cancel_, &QPushButton::clicked, this, &LabelsPanel::cancel);
    connect(least_, &QDoubleSpinBox::valueChanged, this, &LabelsPanel::showProposals);
    return box;
}

QWidget* LabelsPanel::buildAgreement() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    describe(column_, "labelsColumn", "Column to compare with",
             "A column of classes, or the components, to compare the labels with");
    column->addWidget(column_);
    column->addWidget(figures_);
    chart_->setObjectName("labelsConfusion");
    chart_->setAccessibleName("Confusion of labels and catalogue classes");
    chart_->setToolTip("Part of the objects of each label (upwards) that have each value (across). "
                       "Right-click: save as PNG, SVG or CSV");
    chart_->setTitles("value", "label");
    chart_->setMinimumHeight(240);
    chart_->setReading([this](int row, int across) {
        return shown((agreement_.labels.value(row) + " / " + agreement_.values.value(across)).toStdString());
    });
    column->addWidget(chart_);
    connect(column_, &QComboBox::activated, this, [this] {
        agreementStale_ = true;
        findAgreement();
    });
    return box;
}

QWidget* LabelsPanel::buildPlace() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    column->addLayout(rowOf({open_, fresh_, team_}, true));
    column->addLayout(rowOf({import_, export_, person_}, true));
    describe(theirs_, "labelsTheirs", "Take theirs",
             "The others' labels of these objects in place of yours; one undo step");
    describe(mine_, "labelsMine", "Keep mine", "Your labels stay; theirs remain in the history");
    describe(open_, "labelsOpen", "Open a label database", "Labels of a database file that is there already");
    describe(fresh_, "labelsFresh", "Keep in a new file", "Keep the labels in a new file");
    describe(
        team_, "labelsTeam", "Team database",
        "Keep the labels in a PostgreSQL database: postgresql://person@host/database. The password comes "
        "from PGPASSWORD, ~/.pgpass or the system's keyring");
    describe(person_, "labelsPerson", "Your name", "The name that your labels carry");
    describe(import_, "labelsImport", "Import labels",
             "Labels from a CSV file, FITS table or VOTable with the columns id and label");
    describe(export_, "labelsExport", "Export labels",
             "Write all labels as CSV, FITS or VOTable: id, label, confidence, by, time, origin");
    return box;
}

QWidget* LabelsPanel::buildObject() {
    auto* box = new QWidget(this);
    QVBoxLayout* column = columnOf(box);
    column->addWidget(object_);
    column->addWidget(history_);
    return box;
}

void LabelsPanel::buildDigits() {
    for (int digit = 0; digit <= 9; ++digit) {
        auto* action = new QAction(this);
        action->setObjectName(QString("labelDigit%1").arg(digit));
        action->setShortcut(QKeySequence(QString::number(digit)));
        connect(action, &QAction::triggered, this, [this, digit] { giveLabel(digit); });
        digits_ << action;
    }
}

} // namespace galatea
