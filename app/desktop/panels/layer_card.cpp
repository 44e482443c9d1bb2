#include "app/desktop/panels/layer_card.h"

#include <QCheckBox>
#include <QColorDialog>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/icons.h"
#include "app/desktop/layers.h"
#include "app/desktop/panels/panel_parts.h"

namespace galatea {

LayerCard::LayerCard(Workspace& workspace, QWidget* parent)
    : QFrame(parent), workspace_(workspace), document_(workspace.document), name_(new QLabel(this)),
      details_(new WrappedLabel("layerDetails", this)), add_(new QToolButton(this)),
      colour_(new QToolButton(this)), remove_(new QToolButton(this)), shown_(new QCheckBox("Shown", this)),
      opacity_(new QSlider(Qt::Horizontal, this)), look_(new QWidget(this)) {
    setObjectName("layerCard");
    setProperty("card", true);
    auto* inside = new QVBoxLayout(this);
    inside->setContentsMargins(10, 8, 10, 10);
    inside->setSpacing(4);
    auto* symbol = new QToolButton(this);
    symbol->setIcon(icon(Icon::Layers));
    symbol->setIconSize({18, 18});
    symbol->setEnabled(false);
    symbol->setFocusPolicy(Qt::NoFocus);
    auto* title = new QLabel("Layer", this);
    title->setProperty("section", true);
    describe(
        add_, "layerAdd", "Add a layer",
        "Show the objects of another data set above the map: latents made with the same model, or images");
    add_->setText(QString::fromUtf8("Add …"));
    describe(remove_, "layerRemove", "Remove the layer", "Remove the layer");
    remove_->setIcon(icon(Icon::Close));
    remove_->setIconSize({15, 15});
    auto* top = new QHBoxLayout;
    top->addWidget(symbol);
    top->addWidget(title, 1);
    top->addWidget(add_);
    top->addWidget(remove_);
    name_->setObjectName("layerName");
    name_->setTextFormat(Qt::PlainText);
    name_->setProperty("heading", true);
    name_->setWordWrap(true);
    details_->setProperty("muted", true);
    inside->addLayout(top);
    inside->addWidget(name_);
    inside->addWidget(details_);
    buildLook();
    inside->addWidget(look_);
    for (QToolButton* button : {add_, remove_, colour_})
        button->setFocusPolicy(Qt::StrongFocus);
    connect(add_, &QToolButton::clicked, this, &LayerCard::askAndAdd);
    connect(remove_, &QToolButton::clicked, this, [this] { commands::setDataLayer(document_, {}); });
    connect(&document_, &Document::dataLayerChanged, this, &LayerCard::refresh);
    connect(&document_, &Document::contentChanged, this, &LayerCard::refresh);
    refresh();
}

void LayerCard::buildLook() {
    auto* row = new QHBoxLayout(look_);
    row->setContentsMargins(0, 2, 0, 0);
    row->setSpacing(6);
    describe(shown_, "layerShown", "Show the layer",
             "Show or hide the layer; its entry in the map does the same");
    describe(colour_, "layerColour", "Colour of the layer", "Another colour");
    describe(opacity_, "layerOpacity", "Opacity of the layer", "How much of the map shows through the layer");
    opacity_->setRange(5, 100);
    row->addWidget(shown_);
    row->addWidget(colour_);
    row->addWidget(opacity_, 1);
    connect(shown_, &QCheckBox::toggled, this,
            [this](bool on) { change([on](DataLayer& layer) { layer.shown = on; }); });
    connect(opacity_, &QSlider::valueChanged, this, [this](int percent) {
        change([percent](DataLayer& layer) { layer.opacity = percent / 100.0; });
    });
    connect(colour_, &QToolButton::clicked, this, [this] {
        const DataLayerPtr& layer = document_.dataLayer();
        if (layer)
            setColour(QColorDialog::getColor(layer->colour, this, "Colour of the layer"));
    });
}

template <class Change>
void LayerCard::change(const Change& what) {
    if (filling_ || !document_.dataLayer())
        return;
    DataLayer layer = *document_.dataLayer();
    what(layer);
    commands::changeDataLayer(document_, layer);
}

void LayerCard::setColour(const QColor& colour) {
    if (colour.isValid())
        change([colour](DataLayer& layer) { layer.colour = colour; });
}

void LayerCard::askAndAdd() {
    const QString path = QFileDialog::getOpenFileName(
        this, "Add a layer", {},
        "Latents and images (*.h5 *.hdf5 *.fits *.fit *.npy *.npz *.csv);;All files (*)");
    if (!path.isEmpty())
        add(path);
}

void LayerCard::add(const QString& path) {
    const LatentsPtr latents = document_.latents().latents;
    if (!latents)
        return workspace_.log.warning(
            "A layer needs a map to lie on: open latents, or images and a model, first");
    if (job_)
        workspace_.jobs.cancel(job_);
    job_ = workspace_.jobs.start<DataLayerPtr>(
        "Reading the layer", this,
        [path, model = document_.model().model, width = latents->mean.dim(1)](const StopToken& stop,
                                                                              ProgressSink& progress) {
            return readLayer(path, model, width, stop, progress);
        },
        [this, latents](const DataLayerPtr& layer) {
            job_ = 0;
            if (document_.latents().latents &&
                document_.latents().latents->mean.dim(1) == latents->mean.dim(1))
                commands::setDataLayer(document_, layer);
        },
        [this](const JobError& error) {
            job_ = 0;
            if (!error.cancelled)
                workspace_.log.error(error.text());
        });
}

void LayerCard::refresh() {
    const DataLayerPtr& layer = document_.dataLayer();
    filling_ = true;
    name_->setVisible(layer != nullptr);
    look_->setVisible(layer != nullptr);
    remove_->setVisible(layer != nullptr);
    add_->setEnabled(document_.latents().latents != nullptr);
    details_->setText(layer ? QString("%1 objects").arg(QLocale().toString(qint64(layer->latents->size())))
                            : QString("Another data set above this map, to compare."));
    if (layer) {
        name_->setText(layer->name);
        name_->setToolTip(plainToolTip(shown(layer->path.toStdString())));
        shown_->setChecked(layer->shown);
        opacity_->setValue(qRound(100 * layer->opacity));
        QPixmap dot(14, 14);
        dot.fill(layer->colour);
        colour_->setIcon(dot);
    }
    filling_ = false;
}

} // namespace galatea
