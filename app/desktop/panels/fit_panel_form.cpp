// How the fit panel is laid out: its controls, their names and tips.

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/fit_panel.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/line_chart.h"
#include "widgets/image/filmstrip.h"
#include "widgets/image/mask_view.h"

namespace galatea {

namespace {

QHBoxLayout* plainRow(QWidget* box) {
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    return row;
}

/// What a form hides: the options that everybody sets, or all others.
QStringList hiddenOptions(bool common) {
    BestFitOptions options;
    const QStringList first{"starts", "steps", "start"};
    QStringList hidden;
    const OptionSet all = describe(options);
    for (const Option& option : all.options())
        if (const QString name = QString::fromStdString(option.name); first.contains(name) == common)
            hidden << name;
    return hidden;
}

} // namespace

FitPanel::FitPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), reading_(workspace.reader, 15),
      empty_(new QLabel(this)), object_(new QLabel(this)), status_(mutedSentence("fitStatus", this)),
      summary_(mutedSentence("fitSummary", this)), reason_(new ReasonLabel("fitReason", this)),
      content_(new QWidget(this)), outcome_(new QWidget(this)), bandGrid_(nullptr),
      refine_(new QCheckBox(this)), shownBand_(new QComboBox(this)), mask_(new MaskView(this)),
      live_(new ImageView(this)), filled_(new ImageView(this)), residual_(new ImageView(this)),
      spread_(new ImageView(this)), tools_(new QButtonGroup(this)), brush_(new QSpinBox(this)),
      erase_(new QToolButton(this)), clear_(new QToolButton(this)), more_(new QToolButton(this)),
      export_(new QToolButton(this)), form_(nullptr), moreForm_(nullptr), run_(new QPushButton("Fit", this)),
      cancel_(new QPushButton("Cancel", this)), explore_(new QPushButton("Explore from here", this)),
      chart_(new LineChart(this)), logarithmic_(new QToolButton(this)), fills_(new Filmstrip(this)) {
    setObjectName("fitPanel");
    setProperty("panel", true);
    setAcceptDrops(true);
    QVBoxLayout* outer = makeScrolled(this);
    empty_->setObjectName("fitEmpty");
    empty_->setText("Open images and a model to fit one with the other and to fill in what is missing.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(reason_);
    outer->addWidget(content_);
    outer->addStretch(0);
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    object_->setObjectName("fitObject");
    object_->setTextFormat(Qt::PlainText);
    object_->setProperty("heading", true);
    shownBand_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    describe(shownBand_, "fitBand", "Band shown", "Draw the composite or one band");
    auto* top = new QHBoxLayout;
    top->addWidget(object_, 1);
    top->addWidget(shownBand_);
    column->addLayout(top);
    column->addWidget(buildPictures());
    column->addWidget(buildTools());
    column->addWidget(buildBands());
    column->addWidget(buildOptions());
    column->addWidget(buildButtons());
    column->addWidget(status_);
    chart_->setObjectName("fitChart");
    chart_->setAccessibleName("Error over the steps of each start");
    chart_->setTitles("step", "mean squared error");
    chart_->setEmptyText("The error of each start appears here, step by step.");
    chart_->setMinimumHeight(170);
    chart_->setLogarithmic(true);
    column->addWidget(chart_);
    column->addWidget(buildResult());
    connect(shownBand_, &QComboBox::currentIndexChanged, this, &FitPanel::showResult);
    connectDocument();
    rebuildBands();
    showObject();
}

QWidget* FitPanel::buildPictures() {
    auto* box = new QWidget(this);
    auto* row = plainRow(box);
    describe(
        mask_, "fitMask", "Paint what the fit may not see",
        "Paint what the fit may not see. Right button erases, wheel zooms, Ctrl and wheel change the brush; "
        "arrows, Space and Delete do the same from the keyboard");
    mask_->setCaption("Image and mask");
    for (ImageView* view : {static_cast<ImageView*>(mask_), live_})
        view->setMinimumHeight(190);
    describe(live_, "fitLive", "The fit", "The best fit so far; afterwards the one chosen below");
    live_->setCaption("Best so far");
    live_->setHint(QString::fromUtf8("–"));
    row->addWidget(mask_, 1);
    row->addWidget(live_, 1);
    return box;
}

QWidget* FitPanel::buildTools() {
    auto* box = new QWidget(this);
    auto* row = plainRow(box);
    const struct {
        MaskTool tool;
        const char *name, *text, *tip;
    } tools[] = {{MaskTool::Brush, "fitBrush", "Brush", "Paint the mask with a round brush"},
                 {MaskTool::Rectangle, "fitRectangle", "Rectangle", "Drag rectangles of mask"}};
    for (const auto& tool : tools) {
        auto* button = new QToolButton(box);
        describe(button, tool.name, tool.text, tool.tip);
        button->setText(tool.text);
        button->setCheckable(true);
        button->setChecked(tool.tool == MaskTool::Brush);
        button->setProperty("boxed", true);
        button->setProperty("compact", true);
        tools_->addButton(button, static_cast<int>(tool.tool));
        row->addWidget(button);
    }
    describe(brush_, "fitBrushSize", "Brush size", "Diameter of the brush in pixels of the image");
    brush_->setRange(1, 256);
    brush_->setValue(mask_->brushSize());
    brush_->setSuffix(" px");
    describe(erase_, "fitErase", "Erase", "Painting takes the mask away (as the right button always does)");
    erase_->setText("Erase");
    erase_->setCheckable(true);
    erase_->setProperty("boxed", true);
    erase_->setProperty("compact", true);
    describe(clear_, "fitClear", "Clear the mask", "Take the whole mask away");
    clear_->setText("Clear");
    clear_->setProperty("boxed", true);
    clear_->setProperty("compact", true);
    row->addWidget(brush_, 1);
    row->addWidget(erase_);
    row->addWidget(clear_);
    connect(tools_, &QButtonGroup::idClicked, this,
            [this](int tool) { mask_->setTool(static_cast<MaskTool>(tool)); });
    connect(brush_, &QSpinBox::valueChanged, mask_, &MaskView::setBrushSize);
    connect(mask_, &MaskView::brushSizeChanged, brush_, &QSpinBox::setValue);
    connect(erase_, &QToolButton::toggled, mask_, &MaskView::setErasing);
    connect(clear_, &QToolButton::clicked, mask_, &MaskView::clearMask);
    connect(mask_, &MaskView::maskChanged, this, &FitPanel::updateState);
    connect(mask_, &MaskView::edited, this, [this](const std::vector<uint8_t>& before) {
        const QPointer<MaskView> view = mask_;
        const auto put = [view](const std::vector<uint8_t>& mask) {
            return [view, mask] {
                if (view)
                    view->setMask(mask);
            };
        };
        commands::done(document_, mask_->anyMarked() ? "Paint the mask" : "Clear the mask", put(before),
                       put(mask_->mask()));
    });
    return box;
}

QWidget* FitPanel::buildBands() {
    auto* box = new QWidget(this);
    auto* row = plainRow(box);
    QLabel* label = mutedLabel("Missing bands", box);
    label->setToolTip("Bands that the fit may not see and the model fills in");
    row->addWidget(label);
    bandGrid_ = new QGridLayout;
    bandGrid_->setHorizontalSpacing(10);
    bandGrid_->setVerticalSpacing(4);
    auto* column = new QVBoxLayout;
    column->addLayout(bandGrid_);
    describe(
        refine_, "fitRefine", "Refine by other objects",
        "Afterwards add what the seen bands show beyond the fit, as 100 other objects tell it: closer to "
        "the truth where a whole band is missing. The first time takes as long as 100 fits");
    refine_->setText("Refine by 100 other objects");
    column->addWidget(refine_);
    row->addLayout(column, 1);
    return box;
}

void FitPanel::rebuildBands() {
    constexpr int perLine = 6;
    const ModelPtr& model = document_.model().model;
    const int64_t channels = model ? model->card().input.channels : 0;
    QStringList names{channels >= 3 ? "Composite" : "Image"};
    for (int64_t c = 0; c < channels; ++c)
        names << bandName(document_, c);
    QStringList present;
    for (int i = 0; i < shownBand_->count(); ++i)
        present << shownBand_->itemText(i);
    if (names == present) // what was ticked stays
        return;
    for (QCheckBox* box : bands_)
        box->deleteLater();
    bands_.clear();
    shownBand_->clear();
    shownBand_->addItems(names);
    for (int64_t c = 0; c < channels; ++c) {
        const QString& name = names[c + 1];
        auto* box = new QCheckBox(QString(name).replace("&", "&&"), content_);
        box->setObjectName(QString("fitHide%1").arg(c));
        box->setAccessibleName("Hide band " + name);
        box->setToolTip(plainToolTip("The fit does not see band " + name + "; the model fills it in"));
        box->setEnabled(channels > 1);
        connect(box, &QCheckBox::toggled, this, [this, c](bool on) { bandTicked(c, on); });
        bandGrid_->addWidget(box, static_cast<int>(c) / perLine, static_cast<int>(c) % perLine);
        bands_.push_back(box);
    }
    bandGrid_->setColumnStretch(perLine, 1);
    shownBand_->setVisible(channels > 1);
    bandGrid_->parentWidget()->setVisible(channels > 1);
}

QWidget* FitPanel::buildOptions() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    form_ = new OptionForm(galatea::describe(options_), hiddenOptions(false), box);
    moreForm_ = new OptionForm(galatea::describe(options_), hiddenOptions(true), box);
    form_->setObjectName("fitForm");
    moreForm_->setObjectName("fitMoreForm");
    describe(more_, "fitMore", "More options", "Learning rate, prior, seed and the like");
    more_->setText("More options");
    more_->setCheckable(true);
    more_->setArrowType(Qt::RightArrow);
    more_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    moreForm_->hide();
    connect(more_, &QToolButton::toggled, this, [this](bool on) {
        more_->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
        moreForm_->setVisible(on);
    });
    column->addWidget(form_);
    column->addWidget(more_, 0, Qt::AlignLeft);
    column->addWidget(moreForm_);
    for (OptionForm* form : {form_, moreForm_})
        connect(form, &OptionForm::validityChanged, this, &FitPanel::updateState);
    return box;
}

QWidget* FitPanel::buildButtons() {
    auto* box = new QWidget(this);
    auto* row = plainRow(box);
    describe(run_, "fitRun", "Fit", "Find the latents whose image is nearest to what is not hidden");
    run_->setProperty("primary", true);
    describe(cancel_, "fitCancel", "Cancel", "Stop the fit");
    describe(logarithmic_, "fitLogarithmic", "Logarithmic", "The errors in powers of ten");
    logarithmic_->setText("log");
    logarithmic_->setCheckable(true);
    logarithmic_->setChecked(true);
    logarithmic_->setProperty("boxed", true);
    logarithmic_->setProperty("compact", true);
    row->addWidget(run_, 1);
    row->addWidget(cancel_);
    row->addWidget(logarithmic_);
    connect(run_, &QPushButton::clicked, this, &FitPanel::run);
    connect(cancel_, &QPushButton::clicked, this, &FitPanel::cancel);
    connect(logarithmic_, &QToolButton::toggled, chart_, &LineChart::setLogarithmic);
    return box;
}

QWidget* FitPanel::buildResult() {
    outcome_->setObjectName("fitOutcome");
    auto* column = new QVBoxLayout(outcome_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    auto* pictures = new QHBoxLayout;
    const struct {
        ImageView* view;
        const char *name, *caption, *tip;
    } views[] = {{filled_, "fitFilled", "Filled", "Known pixels as observed, hidden ones from the fit"},
                 {residual_, "fitResidual", "Residual",
                  "Image minus fit, also where pixels were hidden (blue: less light than drawn)"},
                 {spread_, "fitSpread", "Spread", "Standard deviation over the starts that count"}};
    for (const auto& entry : views) {
        describe(entry.view, entry.name, entry.caption, entry.tip);
        entry.view->setCaption(entry.caption);
        entry.view->setMinimumHeight(140);
        entry.view->setInteractive(false); // the wheel scrolls the panel
        pictures->addWidget(entry.view, 1);
    }
    column->addLayout(pictures);
    describe(fills_, "fitFills", "The fits",
             "Refined, mean and single fits, the lowest error first; click one to see it");
    fills_->setMinimumHeight(86);
    column->addWidget(fills_);
    column->addWidget(summary_);
    auto* buttons = new QHBoxLayout;
    describe(explore_, "fitExplore", "Explore from here", "Start the traverse from the fit that is shown");
    describe(export_, "fitExport", "Export", "Write the fit to a file");
    export_->setProperty("boxed", true);
    export_->setProperty("compact", true);
    export_->setText(QString::fromUtf8("Export ▾"));
    export_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(export_);
    menu->addAction(QString::fromUtf8("FITS: filled, fit, mean, spread, residual, observed …"), this,
                    [this] { askAndExport(Format::Fits); })
        ->setObjectName("fitExportFits");
    menu->addAction(QString::fromUtf8("Picture of the filled image (PNG) …"), this,
                    [this] { askAndExport(Format::Png); })
        ->setObjectName("fitExportPng");
    export_->setMenu(menu);
    buttons->addWidget(explore_, 1);
    buttons->addWidget(export_);
    column->addLayout(buttons);
    connect(fills_, &Filmstrip::frameClicked, this, [this](int index) {
        if (!result_)
            return;
        const std::vector<int64_t> fits = result_->fits();
        if (index < 0 || static_cast<size_t>(index) >= fits.size())
            return;
        chosen_ = fits[static_cast<size_t>(index)];
        showResult();
    });
    connect(explore_, &QPushButton::clicked, this, [this] {
        if (!result_)
            return;
        commands::startFrom(document_, result_->latent(chosen_), "the fit of " + result_->request.object);
        Q_EMIT exploreRequested();
    });
    return outcome_;
}

void FitPanel::connectDocument() {
    connect(&document_, &Document::currentChanged, this, &FitPanel::showObject);
    connect(&document_, &Document::contentChanged, this, [this] {
        if (refinement_ &&
            (refinement_->data != document_.data().data || refinement_->model != document_.model().model))
            refinement_.reset(); // closed data are not kept
        rebuildBands();
        showObject();
    });
    connect(&document_, &Document::displayChanged, this, &FitPanel::showResult);
    connect(chart_, &Chart::saved, this,
            [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
    connect(chart_, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
}

} // namespace galatea
