#include "app/desktop/panels/map_panel.h"

#include <algorithm>
#include <cmath>

#include <QActionGroup>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/export.h"
#include "app/desktop/icons.h"
#include "app/desktop/pictures.h"
#include "io/atomic_file.h"

namespace galatea {

MapPanel::MapPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), view_(new MapView(this)),
      colourBy_(new QComboBox(this)), count_(new QLabel(this)), guidance_(new QLabel(view_)),
      hoverPicture_(workspace.reader, 10), hoverDecoded_(workspace.inference, priority::hover),
      markerPlace_(workspace.inference, priority::hover), samplePlaces_(workspace.inference, priority::hover),
      pictures_(workspace.reader, workspace.inference) {
    setObjectName("mapPanel");
    setProperty("panel", true);
    view_->setObjectName("mapView");
    view_->setAccessibleName("Map of the latent space");
    view_->setMinimumSize(240, 180);
    guidance_->setObjectName("mapGuidance");
    guidance_->setAlignment(Qt::AlignCenter);
    guidance_->setWordWrap(true);
    guidance_->setTextFormat(Qt::PlainText);
    guidance_->setProperty("muted", true);
    guidance_->setAttribute(Qt::WA_TransparentForMouseEvents);
    view_->installEventFilter(this);
    buildActions();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    column->addWidget(view_, 1);
    connectDocument();
    connectView();
    connectPictures();
}

void MapPanel::buildActions() {
    auto* group = new QActionGroup(this);
    const struct {
        MapTool tool;
        const char *name, *text, *key, *tip;
        Icon icon;
    } tools[] = {{MapTool::Navigate, "toolNavigate", "Navigate", "V",
                  "Move and zoom; click an object to look at it", Icon::Navigate},
                 {MapTool::Rectangle, "toolRectangle", "Select by rectangle", "R",
                  "Drag a rectangle; Shift adds, Ctrl subtracts", Icon::Rectangle},
                 {MapTool::Lasso, "toolLasso", "Select by lasso", "L",
                  "Draw around objects; Shift adds, Ctrl subtracts", Icon::Lasso},
                 {MapTool::Brush, "toolBrush", "Select by brush", "B",
                  "Paint over objects; [ and ] change its size; Shift adds, Ctrl subtracts", Icon::Brush}};
    for (const auto& tool : tools) {
        auto* action = new QAction(icon(tool.icon), tool.text, this);
        action->setObjectName(tool.name);
        action->setShortcut(QKeySequence(tool.key));
        action->setToolTip(QString("%1 (%2)\n%3").arg(tool.text, tool.key, tool.tip));
        action->setCheckable(true);
        action->setChecked(tool.tool == MapTool::Navigate);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, which = tool.tool] { view_->setTool(which); });
        tools_ << action;
    }
    fit_ = new QAction(icon(Icon::Fit), "Show the whole map", this);
    fit_->setObjectName("mapFit");
    fit_->setShortcut(QKeySequence("F"));
    fit_->setToolTip("Show the whole map (F)");
    connect(fit_, &QAction::triggered, this, [this] { view_->fitToData(); });
    fitSelection_ = new QAction("Zoom to the selection", this);
    fitSelection_->setObjectName("mapFitSelection");
    fitSelection_->setShortcut(QKeySequence("Shift+F"));
    connect(fitSelection_, &QAction::triggered, this, [this] { view_->fitToSelection(); });
    three_ = new QAction(icon(Icon::Layers), "Three dimensions", this);
    three_->setObjectName("mapThreeDimensions");
    three_->setShortcut(QKeySequence("Ctrl+3")); // the digits alone give labels
    three_->setCheckable(true);
    three_->setToolTip("Map in two or three dimensions (Ctrl+3)");
    connect(three_, &QAction::toggled, this, [this](bool on) { setDimensions(on ? 3 : 2); });
}

QWidget* MapPanel::buildHeader() {
    auto* header = new QWidget(this);
    header->setObjectName("mapHeader");
    header->setProperty("panel", true);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(4);
    auto* label = new QLabel("Colour by", header);
    label->setProperty("muted", true);
    row->addWidget(label);
    colourBy_->setObjectName("colourBy");
    colourBy_->setAccessibleName("Colour the map by");
    colourBy_->setToolTip("What the points' colour shows");
    colourBy_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    colourBy_->setMinimumWidth(150);
    label->setBuddy(colourBy_);
    row->addSpacing(4);
    row->addWidget(colourBy_);
    row->addSpacing(12);
    auto addButton = [&](QAction* action) {
        auto* button = new QToolButton(header);
        button->setDefaultAction(action);
        button->setObjectName(action->objectName() + "Button");
        button->setAccessibleName(action->text());
        button->setIconSize({18, 18});
        row->addWidget(button);
    };
    addButton(three_); // the other tools are in the map itself
    auto* save = new QAction(icon(Icon::Export), "Save the map as a picture", this);
    save->setObjectName("mapSavePicture");
    save->setToolTip("Save the map as a picture (PNG or SVG)");
    connect(save, &QAction::triggered, this, &MapPanel::askAndSavePicture);
    addButton(save);
    row->addStretch(1);
    count_->setObjectName("mapCount");
    count_->setProperty("muted", true);
    row->addWidget(count_);
    return header;
}

void MapPanel::connectDocument() {
    connect(&document_, &Document::mapChanged, this, &MapPanel::showPoints);
    for (const auto changed : {&Document::latentsChanged, &Document::mixtureChanged})
        connect(&document_, changed, this, [this] {
            sortedLikelihood_ = document_.latents().logLikelihood;
            std::sort(sortedLikelihood_.begin(), sortedLikelihood_.end());
        });
    connect(&document_, &Document::contentChanged, this, [this] {
        fillColourings();
        updateCount();
        updateGuidance();
    });
    for (const auto busy : {&JobRunner::changed, &JobRunner::becameIdle})
        connect(&workspace_.jobs, busy, this, &MapPanel::updateGuidance);
    connect(&document_, &Document::colouringChanged, this, [this] {
        fillColourings();
        showColours();
    });
    connect(&document_, &Document::hiddenClassesChanged, this, &MapPanel::showHidden);
    connect(&document_, &Document::filterChanged, this, &MapPanel::showFilter);
    connect(&document_, &Document::selectionChanged, this, &MapPanel::showSelection);
    connect(&document_, &Document::samplesChanged, this, &MapPanel::showSamples);
    connect(&document_, &Document::traverseChanged, this, &MapPanel::markerMoved);
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
    connect(colourBy_, &QComboBox::activated, this, [this](int index) {
        const auto possible = document_.possibleColourings();
        if (index >= 0 && static_cast<size_t>(index) < possible.size())
            commands::colourBy(document_, possible[static_cast<size_t>(index)]);
    });
}

void MapPanel::connectView() {
    connect(view_, &MapView::hovered, this, &MapPanel::hover);
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
    connect(view_, &MapView::selectionRequested, this, &MapPanel::requestSelection);
    connect(view_, &MapView::placeHovered, this, &MapPanel::hoverPlace);
    connect(view_, &MapView::placeLeft, this, [this] {
        hoverDecoded_.cancel();
        view_->clearHoverCard();
    });
    connect(view_, &MapView::toolChanged, this,
            [this](MapTool tool) { tools_[static_cast<int>(tool)]->setChecked(true); });
    connect(view_, &MapView::classVisibilityChanged, this, [this] {
        if (updating_)
            return;
        std::set<int> hidden;
        for (int k = 0; k < view_->classCount(); ++k)
            if (!view_->isClassVisible(k))
                hidden.insert(k);
        commands::hideClasses(document_, hidden);
    });
}

void MapPanel::requestSelection(const std::vector<qint64>& rows, MapSelectionMode mode) {
    std::vector<int64_t> before = document_.selection(), chosen;
    if (mode == MapSelectionMode::Replace)
        before.clear();
    std::sort(before.begin(), before.end());
    if (mode == MapSelectionMode::Subtract)
        std::set_difference(before.begin(), before.end(), rows.begin(), rows.end(),
                            std::back_inserter(chosen));
    else
        std::set_union(before.begin(), before.end(), rows.begin(), rows.end(), std::back_inserter(chosen));
    commands::select(document_, std::move(chosen));
}

void MapPanel::connectPictures() {
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
    connect(&document_, &Document::contentChanged, this, &MapPanel::offerPictures);
    connect(&document_, &Document::displayChanged, this, &MapPanel::offerPictures);
}

/// The objects' own images, or what the model draws of them where there are none.
void MapPanel::offerPictures() {
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

void MapPanel::savePicture(const QString& path) {
    constexpr double finer = 2; // than the screen: for print
    if (QFileInfo(path).suffix().toLower() != "svg")
        return writePng(view_->renderImage(view_->size() * finer, finer), path);
    const QByteArray svg = view_->renderSvg(view_->size());
    AtomicFile file(path.toStdString());
    file.write(std::string_view(svg.constData(), static_cast<size_t>(svg.size())));
    file.commit();
}

void MapPanel::askAndSavePicture() {
    QString filter;
    QString path = QFileDialog::getSaveFileName(this, "Save the map as a picture", "map.png",
                                                "PNG (*.png);;SVG (*.svg)", &filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += filter.startsWith("SVG") ? ".svg" : ".png";
    try {
        savePicture(path);
    } catch (...) {
        workspace_.log.error(describeError(std::current_exception()).text());
    }
}

void MapPanel::setDark(bool dark) {
    view_->setTheme(dark ? MapTheme::Dark : MapTheme::Light);
}

void MapPanel::setDimensions(int dimensions) {
    if (dimensions == dimensions_)
        return;
    dimensions_ = dimensions;
    const QSignalBlocker block(three_);
    three_->setChecked(dimensions == 3);
    showPoints();
}

Array MapPanel::columnsOf(const Array& places) const {
    if (places.empty())
        return {};
    const int64_t shownDims = std::min<int64_t>(dimensions_, places.dim(1));
    return places.permuted({1, 0}).slice(0, shownDims).permuted({1, 0}).copy();
}

void MapPanel::showPoints() {
    const MapContent& map = document_.map();
    const int64_t available = map.map.coordinates.empty() ? 0 : map.map.coordinates.dim(1);
    three_->setEnabled(available >= 3);
    if (available < 2) {
        view_->setPoints(Array({0, 2}), true);
    } else {
        view_->setPoints(columnsOf(map.map.coordinates), true);
        QStringList names;
        for (int64_t d = 0; d < available; ++d)
            names << QString(map.map.method == "pca" ? "PC %1" : "%1").arg(d + 1);
        view_->setAxisNames(names.mid(0, dimensions_));
    }
    showColours();
    showEllipses();
    showSamples();
    showMarker();
    showFilter();
    showSelection();
    updateCount();
}

void MapPanel::showFilter() {
    const RowFilter& filter = document_.filter();
    if (view_->pointCount() != document_.objectCount() || (filter.empty() && !filtered_))
        return;
    filtered_ = !filter.empty();
    view_->setRowFilter(filter.keep ? std::vector<bool>(filter.keep->begin(), filter.keep->end())
                                    : std::vector<bool>());
    updateCount();
}

void MapPanel::showColours() {
    if (view_->pointCount() == 0 || view_->pointCount() != document_.objectCount())
        return;
    updating_ = true;
    std::vector<int> classOf;
    QStringList names;
    if (document_.colouring().kind == ColourBy::Kind::Uniform) {
        view_->setColouring(MapColouring::Uniform);
    } else if (document_.classesOf(document_.colouring(), classOf, names)) {
        std::vector<MapClass> classes;
        for (const QString& name : names)
            classes.push_back({name, {}});
        view_->setClasses(classOf, classes);
    } else {
        const auto values = document_.valuesOf(document_.colouring());
        if (static_cast<qint64>(values.size()) == view_->pointCount())
            view_->setValues(values, colouringName(document_.colouring()));
    }
    updating_ = false;
    showHidden();
    showEllipses();
}

void MapPanel::fillColourings() {
    const QSignalBlocker block(colourBy_);
    colourBy_->clear();
    int place = -1;
    for (const ColourBy& possible : document_.possibleColourings()) {
        QString name = colouringName(possible);
        if (possible.kind != ColourBy::Kind::Column && !name.isEmpty())
            name[0] = name[0].toUpper();
        if (possible == document_.colouring())
            place = colourBy_->count();
        colourBy_->addItem(name);
    }
    colourBy_->setCurrentIndex(place);
    colourBy_->setEnabled(colourBy_->count() > 1);
}

void MapPanel::showHidden() {
    updating_ = true;
    for (int k = 0; k < view_->classCount(); ++k)
        view_->setClassVisible(k, !document_.hiddenClasses().contains(k));
    updating_ = false;
}

void MapPanel::showEllipses() {
    std::vector<MapEllipse> ellipses;
    const LatentsPtr& latents = document_.latents().latents;
    if (latents && !document_.map().map.coordinates.empty() &&
        document_.colouring().kind == ColourBy::Kind::Component)
        for (const ComponentShape& shape : componentShapes(document_.map(), *latents, document_.mixture())) {
            MapEllipse ellipse;
            ellipse.centre = shape.centre;
            ellipse.covariance = shape.covariance;
            ellipse.label = QString::number(shape.component + 1);
            ellipses.push_back(ellipse);
        }
    view_->setEllipses(ellipses);
}

void MapPanel::showSamples() {
    const SampleSetPtr& samples = document_.samples();
    samplePlaces_.cancel();
    if (!samples || document_.map().pca || !canPlace(document_.map()))
        return view_->setSampleLayer(
            columnsOf(samples ? placeOnMap(document_.map(), samples->latents.latents) : Array()));
    samplePlaces_.request<Array>(
        [map = document_.map(), samples](const StopToken& stop) {
            return placeOnMap(map, samples->latents.latents, stop);
        },
        [this](const Array& places) { view_->setSampleLayer(columnsOf(places)); });
}

void MapPanel::markerMoved() {
    // Drawing the map must not take the processor from the picture being decoded: where frames are slow (no
    // graphics card) they are made seldom.
    if (!markerTimer_.isActive())
        markerTimer_.start(static_cast<int>(std::clamp(4 * view_->lastFrameMilliseconds(), 16.0, 250.0)));
}

void MapPanel::showMarker() {
    const TraverseState& state = document_.traverse();
    const MapContent& map = document_.map();
    const bool shown = !state.empty() && canPlace(map);
    if (!shown || map.pca)
        markerPlace_.cancel();
    if (!shown)
        return view_->clearMarker();
    const auto mark = [this](const Array& place) {
        std::array<double, 3> at{};
        for (int64_t d = 0; d < std::min<int64_t>(dimensions_, place.dim(1)); ++d)
            at[static_cast<size_t>(d)] = place.at(0, d);
        view_->setMarker(at, {});
    };
    if (map.pca)
        return mark(placeOnMap(map, asRow(state.point)));
    markerPlace_.request<Array>(
        [map, point = asRow(state.point)](const StopToken& stop) { return placeOnMap(map, point, stop); },
        mark);
}

void MapPanel::showSelection() {
    if (view_->pointCount() == document_.objectCount()) {
        const auto& rows = document_.selection();
        view_->setSelection(std::vector<qint64>(rows.begin(), rows.end()));
    }
    updateCount();
}

void MapPanel::updateCount() {
    const QLocale locale;
    const int64_t count = document_.objectCount();
    QString text = count > 0 ? locale.toString(qint64(count)) + " objects" : QString();
    if (!document_.filter().empty())
        text +=
            QString::fromUtf8(" · %1 pass the filter").arg(locale.toString(qint64(document_.filter().kept)));
    if (!document_.selection().empty())
        text +=
            QString::fromUtf8(" · %1 selected").arg(locale.toString(qint64(document_.selection().size())));
    count_->setText(text);
}

/// What is missing for a map, and how to come by it; empty where there is one.
QString MapPanel::guidance() const {
    const Array& places = document_.map().map.coordinates;
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

void MapPanel::updateGuidance() {
    const QString text = guidance();
    guidance_->setText(text);
    guidance_->setVisible(!text.isEmpty());
    guidance_->setGeometry(view_->rect().adjusted(60, 20, -60, -20));
}

bool MapPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == view_ && event->type() == QEvent::Resize)
        updateGuidance();
    return QWidget::eventFilter(watched, event);
}

} // namespace galatea
