#include "app/desktop/panels/sample_panel.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/export.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"

namespace galatea {

namespace {

/// What samples are drawn from: the mixture that is shown, if the model can decode its latents; else the
/// model's own or the one that lies beside it.
struct SampleSource {
    GaussianMixture density;     ///< empty: the model's unit-Gaussian prior
    std::vector<int64_t> partOf; ///< [density.components] the component shown that each belongs to
    QString name;
    QStringList componentNames;

    explicit SampleSource(const Document& document) {
        const GaussianMixture& from = document.samplingDensity();
        const bool usable = !from.empty() && &from == &document.density(),
                   beside = !from.empty() && &from == document.model().density.get();
        density = from;
        const FittedMixturePtr& fitted = document.latents().fitted;
        name = density.empty()         ? QString("the model's unit-Gaussian prior")
               : beside                ? QString("the mixture that lies beside the model")
               : !fitted || !usable    ? QString("the model's mixture")
               : fitted->parts.empty() ? QString("the mixture fitted here")
                                       : QString("the components merged here");
        if (usable && fitted)
            partOf = fitted->partOf;
        if (partOf.empty()) {
            partOf.resize(static_cast<size_t>(density.components));
            std::iota(partOf.begin(), partOf.end(), int64_t{0});
        }
        for (int64_t k = 0; k < components(); ++k) { // they stand below thumbnails
            const QString brief = document.componentShortName(k);
            componentNames << (brief == QString::number(k + 1) ? "comp. " + brief : brief);
        }
    }
    int64_t components() const {
        return partOf.empty() ? 0 : 1 + *std::max_element(partOf.begin(), partOf.end());
    }
    double weight(int64_t component) const {
        double sum = 0;
        for (size_t k = 0; k < partOf.size(); ++k)
            sum += partOf[k] == component ? density.weights[k] : 0;
        return sum;
    }
    LatentSample draw(const ModelCard& modelCard, const SampleSettings& settings) const {
        SampleOptions options;
        options.count = settings.count;
        options.temperature = settings.temperature;
        options.seed = settings.seed;
        const std::set<int64_t> chosen(settings.components.begin(), settings.components.end());
        for (size_t k = 0; k < partOf.size(); ++k)
            if (chosen.contains(partOf[k]))
                options.components.push_back(static_cast<int64_t>(k));
        ModelCard card = modelCard;
        card.mixture = density;
        LatentSample sample = sampleLatents(card, options);
        for (int64_t& component : sample.component)
            if (component >= 0)
                component = partOf[static_cast<size_t>(component)];
        return sample;
    }
};

SampleSetPtr drawSamples(const Model& model, const SampleSource& source, const SampleSettings& settings,
                         const StopToken& stop, ProgressSink& progress) {
    constexpr int64_t batch = 16;
    auto set = std::make_shared<SampleSet>();
    set->settings = settings;
    set->origin = source.name;
    set->componentNames = source.componentNames;
    set->latents = source.draw(model.card(), settings);
    for (int64_t begin = 0; begin < settings.count; begin += batch) {
        throwIfStopped(stop);
        progress.update({"decoding", begin, settings.count, "images", {}});
        const int64_t end = std::min(settings.count, begin + batch);
        const Array images =
            model.decode(set->latents.latents.slice(begin, end).copy()).mean.contiguousCopy();
        if (begin == 0) {
            std::vector<int64_t> shape = images.shape();
            shape[0] = settings.count;
            set->images = Array(shape);
        }
        const auto values = images.values();
        std::copy(values.begin(), values.end(), set->images.slice(begin, end).values().begin());
    }
    return set;
}

} // namespace

SamplePanel::SamplePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      loader_(workspace.reader, workspace.inference), model_(loader_),
      preview_(new GalleryView(model_, loader_, this)), empty_(new QLabel(this)),
      origin_(mutedSentence("sampleOrigin", this)), summary_(new QLabel(this)), content_(new QWidget(this)),
      components_(new QWidget(this)), componentGrid_(new QGridLayout(components_)),
      count_(new QSpinBox(this)), seed_(new QSpinBox(this)), temperature_(new QDoubleSpinBox(this)),
      prior_(mutedLabel("it has none to choose from", components_)), export_(new QToolButton(this)),
      drawButton_(new QPushButton("Draw", this)), draw_(new QAction(icon(Icon::Dice), "Draw samples", this)) {
    setObjectName("samplePanel");
    setProperty("panel", true);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(12, 10, 12, 12);
    empty_->setText("Open a model that can decode to draw galaxies nobody has ever seen.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(content_, 1);
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(origin_);
    column->addWidget(buildSettings());
    summary_->setObjectName("sampleSummary");
    summary_->setProperty("muted", true);
    summary_->setWordWrap(true);
    column->addWidget(summary_);
    preview_->setObjectName("samplePreview");
    preview_->setAccessibleName("Samples");
    preview_->setEmptyText(QString::fromUtf8("Press Draw to see what the model imagines."));
    preview_->setThumbnailSide(76);
    preview_->setToolTip("Double-click a sample to explore from it");
    column->addWidget(preview_, 1);
    model_.setTexts(
        [this](int64_t row) {
            const SampleSetPtr& samples = document_.samples();
            if (!samples || row >= static_cast<int64_t>(samples->latents.component.size()))
                return QString();
            const int64_t k = samples->latents.component[static_cast<size_t>(row)];
            return k >= 0 && k < samples->componentNames.size() ? samples->componentNames[k]
                                                                : QString::number(row + 1);
        },
        [](int64_t row) { return QString("Sample %1\nDouble-click to explore from it").arg(row + 1); });
    draw_->setObjectName("drawSamples");
    draw_->setShortcut(QKeySequence("Ctrl+D"));
    connect(draw_, &QAction::triggered, this, &SamplePanel::draw);
    connect(drawButton_, &QPushButton::clicked, this, &SamplePanel::draw);
    connect(preview_, &GalleryView::rowDoubleClicked, this, [this](qint64 row) {
        if (!document_.samples())
            return;
        const Array z = document_.samples()->latents.latents.row(row).contiguousCopy();
        commands::startFrom(document_, {z.values().begin(), z.values().end()},
                            QString("sample %1").arg(row + 1));
        Q_EMIT exploreRequested();
    });
    for (const auto changed : {&Document::modelChanged, &Document::latentsChanged, &Document::mixtureChanged,
                               &Document::componentLooksChanged})
        connect(&document_, changed, this, &SamplePanel::rebuildComponents);
    connect(&document_, &Document::sampleSettingsChanged, this, &SamplePanel::showSettings);
    connect(&document_, &Document::samplesChanged, this, &SamplePanel::showSamples);
    connect(&document_, &Document::displayChanged, this, &SamplePanel::showSamples);
    rebuildComponents();
    showSamples();
}

QWidget* SamplePanel::buildSettings() {
    auto* box = new QWidget(this);
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(8);
    componentGrid_->setContentsMargins(0, 0, 0, 0);
    componentGrid_->setSpacing(4);
    componentGrid_->addWidget(prior_, 0, 0, 1, 4);
    count_->setRange(1, 4096);
    seed_->setRange(0, 2147483647);
    temperature_->setRange(0, 3);
    temperature_->setSingleStep(0.1);
    temperature_->setDecimals(2);
    const struct {
        QWidget* control;
        const char *name, *label, *tip;
    } rows[] = {
        {components_, "sampleComponents", "Components", "Draw only from these; none chosen: from all"},
        {count_, "sampleCount", "Number", "How many to draw"},
        {temperature_, "sampleTemperature", "Temperature",
         "1: as spread as the data; below: closer to each component's centre; above: stranger"},
        {seed_, "sampleSeed", "Seed", "The same seed draws the same samples"}};
    int line = 0;
    for (const auto& row : rows) {
        auto* label = mutedLabel(row.label, box);
        label->setBuddy(row.control);
        row.control->setObjectName(row.name);
        row.control->setAccessibleName(row.label);
        row.control->setToolTip(row.tip);
        grid->addWidget(label, line, 0, line == 0 ? Qt::AlignTop : Qt::AlignVCenter);
        grid->addWidget(row.control, line, 1, 1, line == 3 ? 1 : 2);
        ++line;
    }
    auto* dice = new QToolButton(box);
    dice->setObjectName("sampleNextSeed");
    dice->setIcon(icon(Icon::Dice));
    dice->setToolTip("Another seed, and draw");
    dice->setAccessibleName("Another seed, and draw");
    grid->addWidget(dice, 3, 2);
    connect(dice, &QToolButton::clicked, this, [this] {
        seed_->setValue(seed_->value() + 1);
        draw();
    });
    grid->setColumnStretch(1, 1);
    grid->addLayout(buildButtons(), 4, 0, 1, 3);
    for (QSpinBox* spin : {count_, seed_})
        connect(spin, &QSpinBox::valueChanged, this, &SamplePanel::pushSettings);
    connect(temperature_, &QDoubleSpinBox::valueChanged, this, &SamplePanel::pushSettings);
    return box;
}

QLayout* SamplePanel::buildButtons() {
    auto* buttons = new QHBoxLayout;
    drawButton_->setObjectName("drawButton");
    drawButton_->setProperty("primary", true);
    drawButton_->setToolTip("Draw samples (Ctrl+D)");
    export_->setObjectName("exportSamples");
    export_->setProperty("boxed", true);
    export_->setText(QString::fromUtf8("Export ▾"));
    export_->setToolTip("Write the samples to files");
    export_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(export_);
    const struct {
        Format format;
        const char *name, *text;
    } formats[] = {{Format::Sheet, "exportSheet", "Contact sheet (PNG) …"},
                   {Format::Singles, "exportSingles", "One PNG each …"},
                   {Format::Fits, "exportFits", "FITS cube …"},
                   {Format::FitsExtensions, "exportFitsExtensions", "FITS, one extension each …"},
                   {Format::FitsFiles, "exportFitsFiles", "Folder with one FITS each …"},
                   {Format::Hdf5, "exportHdf5", "HDF5 with latents …"}};
    for (const auto& entry : formats)
        menu->addAction(QString::fromUtf8(entry.text), this, [this, f = entry.format] { askAndExport(f); })
            ->setObjectName(entry.name);
    export_->setMenu(menu);
    buttons->addWidget(drawButton_, 1);
    buttons->addWidget(export_);
    return buttons;
}

void SamplePanel::rebuildComponents() {
    for (QToolButton* button : componentButtons_)
        delete button;
    componentButtons_.clear();
    const ModelPtr& model = document_.model().model;
    const bool usable = model && model->card().can("decode");
    empty_->setVisible(!usable);
    content_->setVisible(usable);
    draw_->setEnabled(usable);
    const SampleSource source(document_);
    const int64_t components = source.components();
    origin_->setText("Drawn from " + source.name + ".");
    for (int64_t k = 0; k < components; ++k) {
        auto* button = new QToolButton(components_);
        button->setObjectName(QString("sampleComponent%1").arg(k + 1));
        constexpr int room = 64; // pixels for a name: four stand in a row
        button->setText(
            button->fontMetrics().elidedText(document_.componentShortName(k), Qt::ElideRight, room));
        button->setAccessibleName("Draw from " + document_.componentName(k));
        button->setToolTip(plainToolTip(QString("%1: %2 % of the mixture")
                                            .arg(document_.componentName(k))
                                            .arg(100 * source.weight(k), 0, 'f', 1)));
        QPixmap dot(10, 10);
        dot.fill(document_.componentColour(k));
        button->setIcon(dot);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setCheckable(true);
        button->setProperty("boxed", true);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        connect(button, &QToolButton::toggled, this, &SamplePanel::pushSettings);
        componentGrid_->addWidget(button, static_cast<int>(k) / 4, static_cast<int>(k) % 4);
        componentButtons_.push_back(button);
    }
    prior_->setVisible(components == 0);
    showSettings();
}

void SamplePanel::showSettings() {
    filling_ = true;
    const SampleSettings& settings = document_.sampleSettings();
    count_->setValue(static_cast<int>(settings.count));
    seed_->setValue(static_cast<int>(settings.seed));
    temperature_->setValue(settings.temperature);
    for (size_t k = 0; k < componentButtons_.size(); ++k)
        componentButtons_[k]->setChecked(std::find(settings.components.begin(), settings.components.end(),
                                                   static_cast<int64_t>(k)) != settings.components.end());
    filling_ = false;
}

void SamplePanel::pushSettings() {
    if (filling_)
        return;
    SampleSettings settings;
    settings.count = count_->value();
    settings.seed = static_cast<uint64_t>(seed_->value());
    settings.temperature = temperature_->value();
    for (size_t k = 0; k < componentButtons_.size(); ++k)
        if (componentButtons_[k]->isChecked())
            settings.components.push_back(static_cast<int64_t>(k));
    commands::setSampleSettings(document_, settings);
}

void SamplePanel::draw() {
    const ModelPtr model = document_.model().model;
    if (!model || !model->card().can("decode"))
        return;
    if (job_)
        workspace_.jobs.cancel(job_);
    job_ = workspace_.jobs.start<SampleSetPtr>(
        "Drawing samples", this,
        [model, source = SampleSource(document_),
         settings = document_.sampleSettings()](const StopToken& stop, ProgressSink& progress) {
            return drawSamples(*model, source, settings, stop, progress);
        },
        [this, model](const SampleSetPtr& samples) {
            if (document_.model().model == model)
                commands::setSamples(document_, samples);
        });
}

void SamplePanel::showSamples() {
    const SampleSetPtr samples = document_.samples();
    export_->setEnabled(samples != nullptr);
    std::vector<int64_t> rows(samples ? static_cast<size_t>(samples->images.dim(0)) : 0);
    for (size_t i = 0; i < rows.size(); ++i)
        rows[i] = static_cast<int64_t>(i);
    if (samples)
        loader_.setProvider([samples, source = PictureSource(document_)](const std::vector<int64_t>& wanted,
                                                                         ThumbnailMode, const StopToken&) {
            std::vector<QImage> pictures;
            for (const int64_t row : wanted)
                pictures.push_back(source.draw(samples->images.row(row)));
            return pictures;
        });
    else
        loader_.setProvider({});
    model_.setRows(std::move(rows));
    summary_->setVisible(samples != nullptr);
    if (samples)
        summary_->setText(
            QString::fromUtf8("%1 samples of %2 · temperature %3 · seed %4%5")
                .arg(samples->settings.count)
                .arg(samples->origin)
                .arg(samples->settings.temperature)
                .arg(samples->settings.seed)
                .arg(canPlace(document_.map()) ? QString::fromUtf8(" · shown on the map") : QString()));
}

void SamplePanel::askAndExport(Format format) {
    static const char* const names[] = {"samples.png",  "sample.png", "samples.fits",
                                        "samples.fits", "samples",    "samples.h5"};
    static const char* const filters[] = {"PNG (*.png)", "PNG (*.png)", "FITS (*.fits)", "FITS (*.fits)", "",
                                          "HDF5 (*.h5)"};
    const auto which = static_cast<size_t>(format);
    const QString path = QFileDialog::getSaveFileName(this, "Export samples", names[which], filters[which]);
    if (!path.isEmpty())
        exportTo(path, format);
}

void SamplePanel::exportTo(const QString& path, Format format) {
    const SampleSetPtr samples = document_.samples();
    if (!samples || !document_.model().model)
        return;
    workspace_.jobs.start<bool>(
        "Exporting samples", this,
        [samples, path, format, display = document_.display(), provenance = Provenance::of(document_),
         input = document_.model().model->card().input,
         bottomUp = drawnFromBelow(document_)](const StopToken&, ProgressSink&) {
            switch (format) {
            case Format::Sheet:
                exportSheet(*samples, display, path, bottomUp);
                break;
            case Format::Singles:
                exportSingles(*samples, display, path, bottomUp);
                break;
            case Format::Fits:
                exportSamplesFits(*samples, provenance, input, ImageLayout::Cube, bottomUp, path);
                break;
            case Format::FitsExtensions:
                exportSamplesFits(*samples, provenance, input, ImageLayout::Extensions, bottomUp, path);
                break;
            case Format::FitsFiles:
                exportSamplesFits(*samples, provenance, input, ImageLayout::Files, bottomUp, path);
                break;
            case Format::Hdf5:
                exportSamplesHdf5(*samples, provenance, input, path);
                break;
            }
            return true;
        },
        [this, path](bool) {
            workspace_.log.info("Wrote " + shown(path.toStdString()));
            Q_EMIT exported(path);
        });
}

} // namespace galatea
