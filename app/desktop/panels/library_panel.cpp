#include "app/desktop/panels/library_panel.h"

#include <numeric>

#include <QFileDialog>
#include <QFileInfo>
#include <QFrame>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/display_choice.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/layer_card.h"
#include "app/desktop/panels/panel_parts.h"
#include "core/text.h"

namespace galatea {

namespace {

QString count(int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

QString fileName(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

} // namespace

LibraryPanel::LibraryPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document) {
    setObjectName("libraryPanel");
    QVBoxLayout* column = makeScrolled(this);
    column->setSpacing(10);
    data_ = addCard(column, "data", "Data", static_cast<int>(Icon::Picture));
    model_ = addCard(column, "model", "Model", static_cast<int>(Icon::Model));
    latents_ = addCard(column, "latents", "Latents", static_cast<int>(Icon::Points));
    map_ = addCard(column, "map", "Map", static_cast<int>(Icon::Map));
    layer_ = new LayerCard(workspace, this);
    column->addWidget(layer_);
    column->addStretch(1);
    for (const Card* card : {&data_, &model_}) {
        card->action->setText(QString::fromUtf8("Open …"));
        card->action->setToolTip("Open files (Ctrl+O); they can be dropped anywhere on the window as well");
        connect(card->action, &QToolButton::clicked, this, &LibraryPanel::openRequested);
        card->save->hide();
    }
    latents_.action->setText("Embed");
    latents_.action->setToolTip("Send every image through the model's encoder");
    map_.action->setText("Project");
    map_.action->setToolTip("Principal components of the latents");
    connect(latents_.action, &QToolButton::clicked, this, &LibraryPanel::embedRequested);
    connect(map_.action, &QToolButton::clicked, this, &LibraryPanel::projectRequested);
    connect(latents_.save, &QToolButton::clicked, this, &LibraryPanel::saveLatents);
    connect(map_.save, &QToolButton::clicked, this, &LibraryPanel::saveMap);
    connect(&document_, &Document::contentChanged, this, &LibraryPanel::refresh);
    refresh();
}

LibraryPanel::Card LibraryPanel::addCard(QVBoxLayout* column, const QString& id, const QString& heading,
                                         int which) {
    Card card;
    auto* frame = new QFrame(this);
    frame->setObjectName(id + "Card");
    frame->setProperty("card", true);
    auto* inside = new QVBoxLayout(frame);
    inside->setContentsMargins(10, 8, 10, 10);
    inside->setSpacing(4);
    auto* top = new QHBoxLayout;
    auto* symbol = new QToolButton(frame);
    symbol->setIcon(icon(static_cast<Icon>(which)));
    symbol->setIconSize({18, 18});
    symbol->setEnabled(false);
    symbol->setFocusPolicy(Qt::NoFocus);
    auto* title = new QLabel(heading, frame);
    title->setProperty("section", true);
    card.action = new QToolButton(frame);
    card.action->setObjectName(id + "Action");
    card.action->setAccessibleName(heading + " action");
    card.save = new QToolButton(frame);
    card.save->setObjectName(id + "Save");
    card.save->setIcon(icon(Icon::Export));
    card.save->setIconSize({15, 15});
    card.save->setToolTip("Save as a file …");
    card.save->setAccessibleName("Save " + heading.toLower());
    top->addWidget(symbol);
    top->addWidget(title, 1);
    top->addWidget(card.action);
    top->addWidget(card.save);
    card.name = new QLabel(frame);
    card.name->setObjectName(id + "Name");
    card.name->setTextFormat(Qt::PlainText);
    card.name->setProperty("heading", true);
    card.name->setWordWrap(true);
    card.details = new QLabel(frame);
    card.details->setObjectName(id + "Details");
    card.details->setTextFormat(Qt::PlainText);
    card.details->setProperty("muted", true);
    card.details->setWordWrap(true);
    inside->addLayout(top);
    inside->addWidget(card.name);
    inside->addWidget(card.details);
    column->addWidget(frame);
    return card;
}

void LibraryPanel::refresh() {
    auto fill = [](Card& card, const QString& name, const QString& details) {
        card.name->setText(name);
        card.name->setVisible(!name.isEmpty());
        card.details->setText(details);
    };
    const DataContent& content = document_.data();
    fill(data_,
         content.data ? (content.path.isEmpty() ? shown(content.data->info().name) : fileName(content.path))
                      : QString(),
         dataDetails());
    data_.name->setToolTip(plainToolTip(shown(content.path.toStdString())));
    const ModelContent& model = document_.model();
    QString modelTitle;
    if (model.model) {
        modelTitle = shown(model.model->card().name);
        if (modelTitle.isEmpty())
            modelTitle = fileName(model.path);
    }
    fill(model_, modelTitle, modelDetails());
    model_.name->setToolTip(plainToolTip(shown(model.path.toStdString())));
    const LatentContent& latents = document_.latents();
    fill(latents_, latents.path.isEmpty() ? QString() : fileName(latents.path), latentDetails());
    latents_.action->setVisible(!latents.latents && content.data && model.model &&
                                model.model->card().can("encode"));
    latents_.save->setVisible(latents.latents != nullptr);
    fill(map_, document_.map().path.isEmpty() ? QString() : fileName(document_.map().path), mapDetails());
    const bool mapped = !document_.map().map.coordinates.empty();
    map_.action->setVisible(latents.latents && !mapped);
    map_.save->setVisible(mapped);
}

QString LibraryPanel::dataDetails() const {
    const DataContent& content = document_.data();
    if (!content.data)
        return "Nothing open. A folder of pictures, a CSV list or an HDF5 file.";
    const DatasetInfo& info = content.source->info();
    QStringList lines;
    lines << QString("%1 images").arg(count(content.data->size()));
    QString shape = QString::fromUtf8("%1 × %2 pixels").arg(info.width).arg(info.height);
    if (!info.bands.empty())
        shape += ", " + shown(joined(info.bands, " "));
    else
        shape += QString(", %1 band%2").arg(info.channels).arg(info.channels == 1 ? "" : "s");
    lines << shape;
    if (!info.unit.empty())
        lines << "in " + shown(info.unit);
    if (content.transform.any())
        lines << "seen as: " + transformText(content.transform);
    const auto columns = content.data->catalog().columns().size();
    if (columns > 1)
        lines << QString("%1 catalogue columns").arg(columns);
    return lines.join('\n');
}

QString LibraryPanel::modelDetails() const {
    const ModelPtr& model = document_.model().model;
    if (!model)
        return "Nothing open. A .safetensors model, or TorchScript (.pt).";
    const ModelCard& card = model->card();
    QStringList lines;
    lines << shown(card.family);
    lines << QString::fromUtf8("input %1 × %2 × %3")
                 .arg(card.input.channels)
                 .arg(card.input.height)
                 .arg(card.input.width);
    QString latent = QString("%1 latents").arg(card.latent);
    if (!card.mixture.empty())
        latent += QString(", %1 components").arg(card.mixture.components);
    lines << latent;
    QStringList methods;
    for (const std::string& method : card.methods)
        methods << shown(method);
    lines << "can " + methods.join(", ");
    return lines.join('\n');
}

QString LibraryPanel::latentDetails() const {
    const LatentsPtr& latents = document_.latents().latents;
    if (!latents)
        return "Made from data and model.";
    QStringList lines;
    lines << QString::fromUtf8("%1 × %2").arg(count(latents->size())).arg(latents->mean.dim(1));
    const auto& errors = latents->reconstructionError;
    if (!errors.empty())
        lines << QString("mean squared error %1")
                     .arg(std::accumulate(errors.begin(), errors.end(), 0.0) /
                              static_cast<double>(errors.size()),
                          0, 'g', 3);
    return lines.join('\n');
}

QString LibraryPanel::mapDetails() const {
    const MapContent& map = document_.map();
    if (map.map.coordinates.empty())
        return "Made from the latents.";
    if (map.map.method != "pca")
        return shown(map.map.method) + QString(", %1 dimensions").arg(map.map.coordinates.dim(1));
    QString text = "principal components";
    if (map.pca && map.pca->totalVariance > 0 && map.pca->explainedVariance.size() >= 2) {
        const auto& variance = map.pca->explainedVariance;
        text += QString("\nthe first two hold %1 % of the variance")
                    .arg(100 * (variance[0] + variance[1]) / map.pca->totalVariance, 0, 'f', 0);
    }
    return text;
}

void LibraryPanel::saveLatents() {
    const QString path = QFileDialog::getSaveFileName(this, "Save latents", "latents.h5", "HDF5 (*.h5)");
    if (path.isEmpty())
        return;
    workspace_.jobs.start<bool>(
        "Saving latents", this,
        [path, latents = document_.latents().latents](const StopToken&, ProgressSink&) {
            writeLatents(*latents, path.toStdString());
            return true;
        },
        [this, path](bool) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
}

void LibraryPanel::saveMap() {
    const QString path = QFileDialog::getSaveFileName(this, "Save map", "map.h5", "HDF5 (*.h5)");
    if (path.isEmpty())
        return;
    workspace_.jobs.start<bool>(
        "Saving the map", this,
        [path, map = document_.settledMap().map](const StopToken&, ProgressSink&) {
            writeMap(map, path.toStdString());
            return true;
        },
        [this, path](bool) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
}

} // namespace galatea
