// The assistant's controls: built here, used in import_assistant.cpp.
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "app/desktop/icons.h"
#include "app/desktop/import/import_assistant.h"
#include "app/desktop/import/import_preview.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/binding/option_form.h"

namespace galatea {

namespace {
// The slider's steps are equal ratios: from 1.5 to 50 σ.
constexpr double lowestSigma = 1.5, highestSigma = 50;
constexpr int sigmaSteps = 200;

int sigmaStep(double sigma) {
    return static_cast<int>(
        std::lround(sigmaSteps * std::log(sigma / lowestSigma) / std::log(highestSigma / lowestSigma)));
}

double sigmaAt(int step) {
    const double sigma = lowestSigma * std::pow(highestSigma / lowestSigma, step / double(sigmaSteps));
    return std::round(sigma * 10) / 10;
}

QSpinBox* pixelBox(const QString& name, int largest, const QString& none, QWidget* parent) {
    auto* box = new QSpinBox(parent);
    box->setObjectName(name);
    box->setRange(0, largest);
    box->setSpecialValueText(none);
    box->setSuffix(" pixels");
    return box;
}
} // namespace

ImportAssistant::ImportAssistant(Workspace& workspace, QWidget* parent)
    : QDialog(parent), workspace_(workspace), preview_(new ImportPreview(workspace, this)) {
    setObjectName("importAssistant");
    setWindowTitle("Import");
    setAcceptDrops(true);
    setSizeGripEnabled(true);
    auto* column = new QVBoxLayout(this);
    auto* split = new QSplitter(this);
    column->addWidget(split, 1);
    split->setChildrenCollapsible(false);
    split->addWidget(buildFiles());
    split->addWidget(preview_);
    auto* right = new QWidget(split);
    QVBoxLayout* options = makeScrolled(right);
    kind_ = new QComboBox(right);
    kind_->setObjectName("importKind");
    kind_->addItems({"Every image is one object", "Cut sources out of survey frames"});
    options->addWidget(sectionLabel("What to make of them", right));
    options->addWidget(kind_);
    pages_ = new QStackedWidget(right);
    pages_->addWidget(buildImagesPage());
    pages_->addWidget(buildFramesPage());
    options->addWidget(pages_);
    options->addWidget(buildJoin());
    options->addStretch(1);
    split->addWidget(right);
    split->setSizes({330, 560, 360});
    column->addWidget(buildOutput());
    connect(kind_, &QComboBox::activated, this,
            [this](int index) { setKind(static_cast<ImportKind>(index)); });
    connect(&workspace_.jobs, &JobRunner::progressed, this, &ImportAssistant::showProgress);
    setKind(ImportKind::Images);
    resize(1320, 720);
}

QWidget* ImportAssistant::buildFiles() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    files_ = new QTreeWidget(box);
    files_->setObjectName("importFiles");
    files_->setAccessibleName("Files");
    files_->setHeaderLabels({"File", "Band", "What it is"});
    files_->setRootIsDecorated(false);
    files_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    files_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    files_->setMinimumWidth(260);
    column->addWidget(files_, 1);
    auto* row = new QHBoxLayout;
    column->addLayout(row);
    const auto button = [&](const char* name, const QString& text, auto work) {
        auto* made = new QPushButton(text, box);
        made->setObjectName(name);
        made->setAutoDefault(false);
        connect(made, &QPushButton::clicked, this, work);
        row->addWidget(made);
    };
    button("importAddFiles", QString::fromUtf8("Add files …"),
           [this] { addSources(QFileDialog::getOpenFileNames(this, "Add files to import")); });
    button("importAddFolder", QString::fromUtf8("Add a folder …"),
           [this] { addSources({QFileDialog::getExistingDirectory(this, "Add a folder to import")}); });
    button("importRemove", "Remove", [this] { removeChosen(); });
    row->addStretch(1);
    connect(files_, &QTreeWidget::currentItemChanged, this, [this] { showChosen(); });
    connect(files_, &QTreeWidget::itemDoubleClicked, this, [this](QTreeWidgetItem* item, int at) {
        if (at == 1 && item->data(0, Qt::UserRole + 1).toInt() >= 0)
            files_->editItem(item, at);
    });
    connect(files_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item, int at) {
        if (at == 1)
            bandOf_[item->data(0, Qt::UserRole).toString().toStdString()] =
                item->text(1).trimmed().toStdString();
    });
    return box;
}

QLineEdit* ImportAssistant::pathLine(const QString& name, const QString& hint, const QString& title,
                                     QWidget* parent) {
    auto* line = new QLineEdit(parent);
    line->setObjectName(name);
    line->setPlaceholderText(hint);
    line->setClearButtonEnabled(true);
    QAction* browse = line->addAction(icon(Icon::Open), QLineEdit::TrailingPosition);
    browse->setToolTip(title);
    connect(browse, &QAction::triggered, this, [this, line, title] {
        const QString path = QFileDialog::getOpenFileName(
            this, title, {}, "Catalogues (*.csv *.fits *.fit *.vot *.xml);;All files (*)");
        if (!path.isEmpty())
            line->setText(path);
    });
    connect(line, &QLineEdit::textChanged, this, [this] { updateState(); });
    return line;
}

QWidget* ImportAssistant::buildFramesPage() {
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    auto* form = new QFormLayout;
    column->addLayout(form);
    sigma_ = new QSlider(Qt::Horizontal, page);
    sigma_->setObjectName("importSigma");
    sigma_->setRange(0, sigmaSteps);
    sigmaBox_ = new QDoubleSpinBox(page);
    sigmaBox_->setObjectName("importSigmaBox");
    sigmaBox_->setRange(0.1, 1000);
    sigmaBox_->setDecimals(1);
    sigmaBox_->setSuffix(QString::fromUtf8(" σ"));
    sigmaBox_->setValue(survey_.detection.sigma);
    sigma_->setValue(sigmaStep(survey_.detection.sigma));
    auto* sigmaRow = new QHBoxLayout;
    sigmaRow->addWidget(sigma_, 1);
    sigmaRow->addWidget(sigmaBox_);
    form->addRow("Detect above", sigmaRow);
    connect(sigma_, &QSlider::valueChanged, this, [this](int step) {
        if (sigmaStep(sigmaBox_->value()) != step)
            sigmaBox_->setValue(sigmaAt(step));
    });
    connect(sigmaBox_, &QDoubleSpinBox::valueChanged, this, [this](double sigma) {
        sigma_->setValue(std::clamp(sigmaStep(sigma), 0, sigmaSteps));
        detectionChanged();
    });
    cutoutSize_ = new QSpinBox(page);
    cutoutSize_->setObjectName("importCutoutSize");
    cutoutSize_->setRange(4, 4096);
    cutoutSize_->setSuffix(" pixels");
    cutoutSize_->setValue(static_cast<int>(survey_.size));
    connect(cutoutSize_, &QSpinBox::valueChanged, this, [this](int size) { survey_.size = size; });
    form->addRow("Cut-out side", cutoutSize_);
    positions_ = pathLine("importPositions", "detect them", "Positions from a catalogue", page);
    positions_->setToolTip(
        "A catalogue (CSV, FITS, VOTable) with ra and dec, or x and y: its positions are cut "
        "out instead of what is detected");
    form->addRow("Positions", positions_);
    auto* toggle = new QToolButton(page);
    toggle->setObjectName("importMore");
    toggle->setText("All options");
    toggle->setCheckable(true);
    toggle->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    toggle->setArrowType(Qt::RightArrow);
    column->addWidget(toggle);
    more_ = new OptionForm(describe(survey_), {"sigma", "size"}, page);
    more_->hide();
    column->addWidget(more_);
    connect(toggle, &QToolButton::toggled, this, [this, toggle](bool open) {
        toggle->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        more_->setVisible(open);
    });
    connect(more_, &OptionForm::changed, this, &ImportAssistant::detectionChanged);
    column->addStretch(1);
    return page;
}

QWidget* ImportAssistant::buildImagesPage() {
    auto* page = new QWidget(this);
    auto* form = new QFormLayout(page);
    form->setContentsMargins(0, 0, 0, 0);
    index_ = new QSpinBox(page);
    index_->setObjectName("importIndex");
    index_->setRange(1, 1);
    form->addRow("Preview image", index_);
    crop_ = pixelBox("importCrop", 65536, "all of it", page);
    form->addRow("Crop the centre to", crop_);
    resize_ = pixelBox("importResize", 4096, "as it is", page);
    form->addRow("Resize to", resize_);
    gray_ = new QCheckBox("One gray channel from RGB", page);
    gray_->setObjectName("importGray");
    form->addRow(gray_);
    rescale_ = new QCheckBox(QString::fromUtf8("Rescale each image to 0 … 1"), page);
    rescale_->setObjectName("importRescale");
    form->addRow(rescale_);
    imagesName_ = new QComboBox(page);
    imagesName_->setObjectName("importImagesName");
    imagesName_->setEditable(true);
    imagesName_->setInsertPolicy(QComboBox::NoInsert);
    imagesName_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    imagesName_->setMinimumContentsLength(12);
    imagesName_->lineEdit()->setPlaceholderText("found by itself");
    imagesName_->setToolTip(
        "What holds the images: a data set of an HDF5 file or an array of an NPZ, listed here, "
        "or the name of an HDU or column of a FITS file");
    form->addRow("Images inside the file", imagesName_);
    bandNames_ = new QLineEdit(page);
    bandNames_->setObjectName("importBandNames");
    bandNames_->setPlaceholderText("as the file says");
    bandNames_->setToolTip("Names of the channels in their order, such as g, r, i");
    form->addRow("Bands", bandNames_);
    for (QSpinBox* box : {index_, crop_, resize_})
        connect(box, &QSpinBox::valueChanged, this, [this] { transformChanged(); });
    for (QCheckBox* box : {gray_, rescale_})
        connect(box, &QCheckBox::toggled, this, [this] { transformChanged(); });
    connect(imagesName_, &QComboBox::activated, this, [this] { showChosen(); });
    for (QLineEdit* line : {imagesName_->lineEdit(), bandNames_})
        connect(line, &QLineEdit::editingFinished, this, [this] { showChosen(); });
    connect(imagesName_, &QComboBox::editTextChanged, this, [this] { updateState(); });
    return page;
}

QWidget* ImportAssistant::buildJoin() {
    auto* box = new QWidget(this);
    auto* form = new QFormLayout(box);
    form->setContentsMargins(0, 0, 0, 0);
    form->addRow(sectionLabel("Add columns of a catalogue", box));
    join_ = pathLine("importJoin", "none", "Catalogue to join", box);
    form->addRow("Catalogue", join_);
    joinOn_ = new QComboBox(box);
    joinOn_->setObjectName("importJoinOn");
    joinOn_->addItems({"the same id", "the same place on the sky"});
    form->addRow("Matched by", joinOn_);
    radius_ = new QDoubleSpinBox(box);
    radius_->setObjectName("importRadius");
    radius_->setRange(0.001, 3600);
    radius_->setValue(1);
    radius_->setSuffix(QString::fromUtf8("″"));
    form->addRow("Within", radius_);
    connect(joinOn_, &QComboBox::activated, this, [this] { updateState(); });
    return box;
}

QWidget* ImportAssistant::buildOutput() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    problems_ = new QLabel(box);
    problems_->setObjectName("importProblems");
    problems_->setTextFormat(Qt::PlainText);
    problems_->setWordWrap(true);
    problems_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* scroll = new QScrollArea(box);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setMaximumHeight(90);
    scroll->setWidget(problems_);
    problemArea_ = scroll;
    scroll->hide();
    column->addWidget(scroll);
    status_ = new QLabel(box);
    status_->setObjectName("importStatus");
    status_->setTextFormat(Qt::PlainText);
    status_->setWordWrap(true);
    column->addWidget(status_);
    progress_ = new QProgressBar(box);
    progress_->setObjectName("importProgress");
    progress_->setTextVisible(false);
    column->addWidget(progress_);
    auto* row = new QHBoxLayout;
    column->addLayout(row);
    row->addWidget(new QLabel("Write to", box));
    outputLine_ = new QLineEdit(box);
    outputLine_->setObjectName("importOutput");
    outputLine_->setAccessibleName("Data set to write");
    QAction* browse = outputLine_->addAction(icon(Icon::Open), QLineEdit::TrailingPosition);
    connect(browse, &QAction::triggered, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, "Data set to write", outputLine_->text(), "Data set (*.h5)");
        if (!path.isEmpty())
            setOutput(path.endsWith(".h5") || path.endsWith(".hdf5") ? path : path + ".h5");
    });
    connect(outputLine_, &QLineEdit::textChanged, this, [this] { updateState(); });
    row->addWidget(outputLine_, 1);
    cancel_ = new QPushButton("Close", box);
    cancel_->setObjectName("importCancel");
    cancel_->setAutoDefault(false);
    connect(cancel_, &QPushButton::clicked, this, &ImportAssistant::reject);
    start_ = new QPushButton("Import", box);
    start_->setObjectName("importStart");
    start_->setProperty("primary", true);
    start_->setDefault(true);
    connect(start_, &QPushButton::clicked, this, &ImportAssistant::start);
    row->addWidget(cancel_);
    row->addWidget(start_);
    return box;
}

} // namespace galatea
