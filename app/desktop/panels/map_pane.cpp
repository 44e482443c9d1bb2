#include "app/desktop/panels/map_pane.h"

#include <algorithm>

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/clustering.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"

namespace galatea {

MapPane::MapPane(Workspace& workspace, int number, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), bar_(buildBar(number)),
      view_(new MapView(this)), guidance_(new QLabel(view_)), hoverPicture_(workspace.reader, 10),
      hoverDecoded_(workspace.inference, priority::hover), markerPlace_(workspace.inference, priority::hover),
      samplePlaces_(workspace.inference, priority::hover), shapesWanted_(workspace.reader, 10),
      pictures_(workspace.reader, workspace.inference) {
    setObjectName(QString("mapPane%1").arg(number));
    view_->setObjectName(number == 1 ? QString("mapView") : QString("mapView%1").arg(number));
    view_->setAccessibleName("Map of the latent space");
    view_->setMinimumSize(240, 180);
    view_->setDeferring(true);
    guidance_->setObjectName(number == 1 ? QString("mapGuidance") : QString("mapGuidance%1").arg(number));
    guidance_->setAlignment(Qt::AlignCenter);
    guidance_->setWordWrap(true);
    guidance_->setTextFormat(Qt::PlainText);
    guidance_->setProperty("muted", true);
    guidance_->setAttribute(Qt::WA_TransparentForMouseEvents);
    view_->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(bar_);
    column->addWidget(view_, 1);
    bar_->hide();
    connectDocument();
    connectView();
    connectPictures();
    fillChoice();
    offerPictures();
    showPoints();
    updateGuidance();
}

QWidget* MapPane::buildBar(int number) {
    auto* bar = new QWidget(this);
    bar->setObjectName(QString("mapPaneBar%1").arg(number));
    bar->setProperty("panel", true);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(8, 3, 4, 3);
    row->setSpacing(4);
    const auto named = [number](const char* name) { return (QString(name) + "%1").arg(number).toUtf8(); };
    choice_ = new QComboBox(bar);
    describe(choice_, named("mapPaneChoice"), "Map shown here", "Which of the maps is shown here");
    choice_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    choice_->setMinimumWidth(120);
    more_ = new QToolButton(bar);
    describe(more_, named("mapPaneMore"), "This map", "Rename this map, make it the present one, or drop it");
    more_->setText(QString::fromUtf8("⋯"));
    more_->setPopupMode(QToolButton::InstantPopup);
    more_->setMenu(new QMenu(more_));
    close_ = new QToolButton(bar);
    describe(close_, named("mapPaneClose"), "Close this view", "Close this view; its map is kept");
    close_->setIcon(icon(Icon::Close));
    for (QToolButton* button : {more_, close_})
        button->setFocusPolicy(Qt::StrongFocus);
    row->addWidget(choice_);
    row->addWidget(more_);
    row->addStretch(1);
    row->addWidget(close_);
    connect(choice_, &QComboBox::activated, this, [this](int index) {
        const auto& kept = document_.keptMaps();
        const auto at = static_cast<size_t>(index - 1);
        setKept(index > 0 && at < kept.size() ? kept[at].content : nullptr);
    });
    connect(more_->menu(), &QMenu::aboutToShow, this, &MapPane::fillMenu);
    connect(close_, &QToolButton::clicked, this, &MapPane::closeRequested);
    return bar;
}

void MapPane::setBarVisible(bool visible, bool closable) {
    bar_->setVisible(visible);
    close_->setVisible(closable);
}

int MapPane::indexOfKept() const {
    const auto& maps = document_.keptMaps();
    const auto found =
        std::find_if(maps.begin(), maps.end(), [this](const KeptMap& map) { return map.content == kept_; });
    return kept_ && found != maps.end() ? static_cast<int>(found - maps.begin()) : -1;
}

void MapPane::fillChoice() {
    const QSignalBlocker block(choice_);
    choice_->clear();
    choice_->addItem("Present map: " + mapTitle(document_.map()));
    for (const KeptMap& map : document_.keptMaps())
        choice_->addItem(map.name);
    choice_->setCurrentIndex(indexOfKept() + 1);
    more_->setVisible(kept_ != nullptr);
}

void MapPane::fillMenu() {
    QMenu* menu = more_->menu();
    menu->clear();
    const int index = indexOfKept();
    if (index < 0)
        return;
    const auto at = static_cast<size_t>(index);
    menu->addAction("Make it the present map", this, [this, at] { commands::showKeptMap(document_, at); })
        ->setObjectName("mapPaneShow");
    menu->addAction(QString::fromUtf8("Rename …"), this, [this, at] { askForName(at); })
        ->setObjectName("mapPaneRename");
    menu->addAction("Drop this map", this, [this, at] { commands::dropKeptMap(document_, at); })
        ->setObjectName("mapPaneDrop");
}

void MapPane::askForName(size_t index) {
    bool good = false;
    const QString name = QInputDialog::getText(this, "Rename the map", "Name", QLineEdit::Normal,
                                               document_.keptMaps()[index].name, &good);
    if (good)
        commands::renameKeptMap(document_, index, name);
}

void MapPane::setKept(const std::shared_ptr<const MapContent>& kept) {
    if (kept == kept_)
        return;
    kept_ = kept;
    fillChoice();
    showPoints();
    updateGuidance();
}

void MapPane::connectDocument() {
    connect(&document_, &Document::mapChanged, this, [this] {
        fillChoice();
        if (!kept_)
            showPoints();
    });
    connect(&document_, &Document::keptMapsChanged, this, &MapPane::fillChoice);
    connect(&document_, &Document::contentChanged, this, &MapPane::updateGuidance);
    for (const auto busy : {&JobRunner::changed, &JobRunner::becameIdle})
        connect(&workspace_.jobs, busy, this, &MapPane::updateGuidance);
    // A fitted mixture and other latents bring colouringChanged() with them.
    connect(&document_, &Document::colouringChanged, this, &MapPane::showColours);
    connect(&document_, &Document::componentLooksChanged, this, [this] {
        if (document_.colouring().kind == ColourBy::Kind::Component)
            showColours();
    });
    connect(&document_, &Document::hiddenClassesChanged, this, &MapPane::showHidden);
    connect(&document_, &Document::filterChanged, this, &MapPane::showFilter);
    connect(&document_, &Document::selectionChanged, this, &MapPane::showSelection);
    connect(&document_, &Document::samplesChanged, this, &MapPane::showSamples);
    connect(&document_, &Document::dataLayerChanged, this, &MapPane::showLayer);
    connect(&document_, &Document::traverseChanged, this, &MapPane::markerMoved);
    markerTimer_.setSingleShot(true);
    connect(&markerTimer_, &QTimer::timeout, this, [this] {
        constexpr int soon = 5, patience = 40; // ms and tries: the picture first, the map between two of them
        if (!workspace_.inference.idle() && ++markerWaits_ < patience)
            return markerTimer_.start(soon);
        markerWaits_ = 0;
        showMarker();
    });
    connect(&document_, &Document::hoveredChanged, this,
            [this](qint64 row) { view_->setHighlighted(row >= 0 ? row : document_.current()); });
    connect(&document_, &Document::currentChanged, view_, &MapView::setHighlighted);
}

void MapPane::connectView() {
    connect(view_, &MapView::hovered, this, &MapPane::hover);
    connect(view_, &MapView::clicked, this, [this](qint64 row, Qt::KeyboardModifiers modifiers) {
        std::vector<int64_t> rows = document_.selection();
        if (row < 0 || !(modifiers & (Qt::ShiftModifier | Qt::ControlModifier))) {
            if (row >= 0)
                document_.setCurrent(row);
            return;
        }
        std::erase(rows, row);
        if (modifiers & Qt::ShiftModifier)
            rows.push_back(row);
        commands::select(document_, std::move(rows));
    });
    connect(view_, &MapView::doubleClicked, this, [this](qint64 row) {
        if (row >= 0)
            commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
    });
    connect(view_, &MapView::selectionRequested, this, &MapPane::requestSelection);
    connect(view_, &MapView::classVisibilityChanged, this, &MapPane::hideClasses);
    connect(view_, &MapView::dataLayerToggled, this, &MapPane::toggleLayer);
    connect(view_, &MapView::placeHovered, this, &MapPane::hoverPlace);
    connect(view_, &MapView::placeLeft, this, [this] {
        hoverDecoded_.cancel();
        view_->clearHoverCard();
    });
    // What has places of its own follows the points, so that it never lies on the map before.
    connect(view_, &MapView::pointsShown, this, [this] {
        showEllipses();
        showSamples();
        showMarker();
        showLayer();
        Q_EMIT pointsShown();
    });
    connect(view_, &MapView::preparingChanged, this, &MapPane::updateGuidance);
    connect(view_, &MapView::preparingFailed, this,
            [this] { workspace_.log.error("There is not enough memory for what the map was to show"); });
}

void MapPane::hideClasses() {
    if (updating_)
        return;
    std::set<int> hidden;
    for (int k = 0; k < view_->classCount(); ++k)
        if (!view_->isClassVisible(k))
            hidden.insert(k);
    commands::hideClasses(document_, hidden);
}

void MapPane::toggleLayer() {
    if (!document_.dataLayer())
        return;
    DataLayer layer = *document_.dataLayer();
    layer.shown = !layer.shown;
    commands::changeDataLayer(document_, layer);
}

void MapPane::requestSelection(const std::vector<qint64>& rows, MapSelectionMode mode) {
    const SelectionChange how = mode == MapSelectionMode::Add        ? SelectionChange::Add
                                : mode == MapSelectionMode::Subtract ? SelectionChange::Subtract
                                                                     : SelectionChange::Replace;
    commands::select(document_, {rows.begin(), rows.end()}, how);
}

void MapPane::connectPictures() {
    connect(view_, &MapView::thumbnailsWanted, this, [this](const std::vector<qint64>& rows) {
        std::vector<int64_t> lacking;
        for (const qint64 row : rows)
            if (const QImage picture = pictures_.thumbnail(row); !picture.isNull())
                view_->setThumbnail(row, picture);
            else
                lacking.push_back(row);
        pictures_.want(lacking);
    });
    connect(&pictures_, &ThumbnailLoader::loaded, this, [this](const std::vector<int64_t>& rows) {
        for (const int64_t row : rows)
            view_->setThumbnail(row, pictures_.thumbnail(row)); // a null one is not asked for again
    });
    connect(&pictures_, &ThumbnailLoader::failedWith, &workspace_.log, &MessageLog::warning);
    connect(&document_, &Document::contentChanged, this, &MapPane::offerPictures);
    connect(&document_, &Document::displayChanged, this, &MapPane::offerPictures);
}

/// The objects' own images, or what the model draws of them where there are none.
void MapPane::offerPictures() {
    const bool original = document_.hasImages();
    const bool drawn = document_.model().model && document_.model().model->card().can("decode") &&
                       document_.latents().latents;
    view_->setThumbnailsOffered(original || drawn);
    view_->clearThumbnails();
    pictures_.setMode(original ? ThumbnailMode::Original : ThumbnailMode::Reconstruction);
    if (!original && !drawn)
        return pictures_.setProvider({});
    pictures_.setProvider([source = PictureSource(document_)](const std::vector<int64_t>& rows,
                                                              ThumbnailMode mode, const StopToken& stop) {
        return source.thumbnails(rows, mode, stop);
    });
}

/// What is missing for a map, and how to come by it; empty where there is one.
QString MapPane::guidance() const {
    const Array& places = map().map.coordinates;
    if (view_->preparing() && !view_->isShowingPoints())
        return QString("Laying out %1 objects.").arg(QLocale().toString(view_->pointCount()));
    if (!places.empty() && places.dim(1) >= 2)
        return {};
    const ModelPtr& model = document_.model().model;
    const LatentsPtr& latents = document_.latents().latents;
    const bool coming = latents || (model && document_.data().data);
    if (coming && !workspace_.jobs.idle())
        return "The map appears here when the work in the status bar is done.";
    if (latents && latents->mean.dim(1) < 2)
        return "These latents have one number per object: a map needs two. Colour and sort the gallery by it "
               "instead.";
    if (latents)
        return "There is no map of these latents yet: Model, Map by principal components.";
    if (model && !model->card().can("encode"))
        return "This model cannot place images on a map: it draws or scores them only. Open a model that "
               "encodes, or latents of your own.";
    if (document_.data().data && model)
        return "The images have no places on the map yet: Model, Embed the data.";
    if (document_.data().data)
        return QString::fromUtf8(
            "A map needs a model: drop its file here (.safetensors, .pt), or make one of "
            "these images under Train.");
    if (model)
        return "A map needs images: drop a data set here. Traverse and Sample draw from the model without "
               "any.";
    return "Drop images and a model here to see every object on a map.";
}

void MapPane::updateGuidance() {
    const QString text = guidance();
    guidance_->setText(text);
    guidance_->setVisible(!text.isEmpty());
    guidance_->setGeometry(view_->rect().adjusted(60, 20, -60, -20));
}

bool MapPane::eventFilter(QObject* watched, QEvent* event) {
    if (watched == view_ && event->type() == QEvent::Resize)
        updateGuidance();
    return QWidget::eventFilter(watched, event);
}

} // namespace galatea
