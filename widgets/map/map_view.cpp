#include "widgets/map/map_view.h"

#include "widgets/map/map_view_p.h"

#include <QSurfaceFormat>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace galatea {

namespace {

std::vector<MapPlace> placesOf(const Array& coordinates, int dimensions) {
    std::vector<MapPlace> places;
    if (coordinates.empty())
        return places;
    if (coordinates.rank() != 2 || coordinates.dim(1) < dimensions)
        throw std::invalid_argument("A layer of the map has as many columns as the map.");
    for (int64_t row = 0; row < coordinates.dim(0); ++row) {
        MapPlace place{};
        for (int k = 0; k < dimensions; ++k)
            place[static_cast<size_t>(k)] = coordinates.at(row, k);
        places.push_back(place);
    }
    return places;
}

} // namespace

MapEllipse MapEllipse::planar(QPointF centre, double xx, double xy, double yy, QColor colour, QString label) {
    MapEllipse ellipse;
    ellipse.centre = {centre.x(), centre.y(), 0};
    ellipse.covariance = {xx, xy, 0, xy, yy, 0, 0, 0, 0};
    ellipse.colour = colour;
    ellipse.label = std::move(label);
    return ellipse;
}

MapView::Private::Private(MapView& owner)
    : view(owner), changes(
                       [this] {
                           PointState copy = state;
                           copy.dark = theme == MapTheme::Dark;
                           return copy;
                       },
                       [this](std::optional<PointState> changed) { takeOver(std::move(changed)); }),
      canvas({[this] { initialise(); }, [this](unsigned target) { paintFrame(target); },
              [this] { release(); }}) {
    settleTimer.setSingleShot(true);
    settleTimer.setInterval(120);
    placeTimer.setSingleShot(true);
    QObject::connect(&settleTimer, &QTimer::timeout, &view, [this] {
        moving = false;
        goOn();
        askForPictures();
    });
    QObject::connect(&placeTimer, &QTimer::timeout, &view, [this] {
        if (mouseInside)
            tellPlace(mouse);
    });
}

MapView::MapView(QWidget* parent) : QWidget(parent), d_(std::make_unique<Private>(*this)) {
    setObjectName(QStringLiteral("map"));
    setAccessibleName(tr("Map"));
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(160, 120);
}

MapView::~MapView() = default;

// ---- The points
// ----------------------------------------------------------------------------------------------------

void MapView::setAxisNames(const QStringList& names) {
    d_->axisNames = names;
    d_->redrawOverlay();
}

void MapView::Private::chooseLooks() {
    const auto count = static_cast<double>(std::max<int64_t>(1, store.count()));
    // From eight pixels for a handful to two for a million: about constant ink on the screen.
    if (!sizeChosen)
        pointSize = std::clamp(8.5 - 1.15 * std::max(0.0, std::log10(count) - 1.6) * 1.25, 2.0, 8.0);
    if (!opacityChosen)
        opacity = std::clamp(0.92 - 0.11 * std::max(0.0, std::log10(count) - 3.5), 0.45, 0.9);
}

// ---- Layers
// --------------------------------------------------------------------------------------------------------

void MapView::setEllipses(const std::vector<MapEllipse>& ellipses) {
    d_->ellipses = ellipses;
    d_->redrawOverlay();
}

void MapView::setSampleLayer(const Array& coordinates, const QColor& colour) {
    d_->samples = layerColumns(coordinates, dimensions());
    d_->sampleColour = colour;
    d_->samplesDirty = true;
    d_->redraw();
}

void MapView::setDataLayerLook(const QString& name, const QColor& colour, double opacity, bool shown) {
    d_->layerName = name;
    d_->layerColour = colour;
    d_->layerOpacity = opacity > 0 ? std::clamp(opacity, 0.02, 1.0) : 0;
    d_->layerShown = shown;
    d_->samplesDirty = true;
    d_->redraw();
}

void MapView::setMarker(const std::array<double, 3>& place, const QString& label) {
    d_->marker = place;
    d_->markerLabel = label;
    d_->redrawOverlay();
}

void MapView::clearMarker() {
    d_->marker.reset();
    d_->redrawOverlay();
}

void MapView::setPath(const Array& coordinates, const QColor& colour) {
    d_->path = placesOf(coordinates, dimensions());
    d_->pathColour = colour;
    d_->redrawOverlay();
}

void MapView::setHighlighted(qint64 row) {
    d_->highlighted = row;
    d_->redrawOverlay();
}

// ---- Hover card
// ----------------------------------------------------------------------------------------------------

void MapView::setHoverCard(qint64 row, const MapHoverCard& card) {
    if (row != d_->hovered || !d_->mouseInside)
        return;
    d_->card = card;
    d_->cardRow = row;
    d_->redrawOverlay();
}

void MapView::setHoverDecoded(qint64 row, const QImage& decoded, const QString& distance) {
    if (!d_->card || row != d_->cardRow || row != d_->hovered)
        return;
    d_->card->decoded = decoded;
    d_->card->decodePending = false;
    if (!distance.isEmpty())
        d_->card->distance = distance;
    d_->redrawOverlay();
}

void MapView::clearHoverCard() {
    d_->card.reset();
    d_->redrawOverlay();
}

qint64 MapView::hoveredRow() const {
    return d_->hovered;
}

// ---- Looks
// ---------------------------------------------------------------------------------------------------------

void MapView::setTheme(MapTheme theme) {
    if (theme == d_->theme)
        return;
    d_->theme = theme;
    d_->samplesDirty = true;
    d_->coloursChanged();
}

MapTheme MapView::theme() const {
    return d_->theme;
}

void MapView::setPointSize(double logicalPixels) {
    d_->pointSize = std::clamp(logicalPixels, 1.0, 30.0);
    d_->sizeChosen = true;
    d_->redraw();
}

double MapView::pointSize() const {
    return d_->pointSize;
}

void MapView::setOpacity(double opacity) {
    d_->opacity = std::clamp(opacity, 0.02, 1.0);
    d_->opacityChosen = true;
    d_->redraw();
}

double MapView::opacity() const {
    return d_->opacity;
}

void MapView::setShading(MapShading shading) {
    if (shading == d_->shading)
        return;
    d_->shading = shading;
    d_->redraw();
}

MapShading MapView::shading() const {
    return d_->shading;
}

void MapView::setThumbnailsVisible(bool visible) {
    d_->thumbnailsVisible = visible;
    d_->redrawOverlay();
}

void MapView::setBrushRadius(double logicalPixels) {
    d_->brushRadius = std::clamp(logicalPixels, 4.0, 150.0);
    d_->redrawOverlay();
}

double MapView::brushRadius() const {
    return d_->brushRadius;
}

void MapView::setLegendVisible(bool visible) {
    d_->legendVisible = visible;
    d_->redrawOverlay();
}

void MapView::setDisplayPanelVisible(bool visible) {
    d_->panelVisible = visible;
    d_->redrawOverlay();
}

void MapView::setEllipsesVisible(bool visible) {
    d_->ellipsesVisible = visible;
    d_->redrawOverlay();
}

void MapView::setTool(MapTool tool) {
    if (tool == d_->tool)
        return;
    d_->cancelDrag();
    d_->tool = tool;
    d_->updateCursor();
    d_->redrawOverlay();
    Q_EMIT toolChanged(tool);
}

MapTool MapView::tool() const {
    return d_->tool;
}

// ---- View
// ----------------------------------------------------------------------------------------------------------

MapCamera MapView::Private::fittedCamera() const {
    MapCamera fitted = camera;
    fitted.setViewport(view.size());
    // Room for the axes and for what the overlay puts at the edges, where the widget is large enough to spare
    // it.
    const bool roomy = view.width() > 700 && view.height() > 400;
    const double side = roomy ? 64 : 24;
    const double right = roomy && !colouring.classes.empty() && legendVisible ? 200 : side;
    fitted.fit(store.bulkLow(), store.bulkHigh(), side, roomy ? 64 : 24, right, roomy ? 56 : 24);
    return fitted;
}

void MapView::Private::fit() {
    camera = fittedCamera();
    untouched = true;
    sceneDirty = true;
}

void MapView::fitToData() {
    d_->fit();
    d_->redraw();
    Q_EMIT viewChanged();
}

std::vector<qint64> MapView::Private::selectedVisible() const {
    std::vector<qint64> rows;
    std::copy_if(selection().begin(), selection().end(), std::back_inserter(rows),
                 [&](qint64 row) { return store.isVisible(row); });
    return rows;
}

void MapView::fitToSelection() {
    const std::vector<qint64> rows = d_->selectedVisible();
    if (rows.empty())
        return fitToData();
    MapPlace low, high;
    PointStore::bulkOf(d_->store, rows, low, high);
    const auto axes = d_->camera.axes();
    d_->camera.fit(low, high, 90, 90, 90, 90);
    if (dimensions() == 3)
        d_->camera.restore(d_->camera.focus(), axes, d_->camera.visibleHeight());
    d_->cameraMoved();
}

void MapView::centreOn(qint64 row) {
    if (row < 0 || row >= d_->store.count() || !d_->store.finite(row))
        return;
    d_->camera.centreOn(d_->store.placeOf(row));
    d_->cameraMoved();
}

MapFraming MapView::framing() const {
    const MapCamera whole = d_->fittedCamera();
    MapFraming framing;
    framing.dimensions = d_->store.dimensions();
    framing.zoom = whole.visibleHeight() / d_->camera.visibleHeight();
    for (size_t k = 0; k < 3; ++k)
        framing.offset[k] = (d_->camera.focus()[k] - whole.focus()[k]) / whole.visibleHeight();
    framing.axes = d_->camera.axes();
    framing.whole = d_->untouched;
    return framing;
}

void MapView::setFraming(const MapFraming& framing) {
    if (framing.dimensions != d_->store.dimensions() || d_->store.count() == 0)
        return;
    if (framing.whole) {
        d_->fit();
    } else {
        const MapCamera whole = d_->fittedCamera();
        MapPlace focus{};
        for (size_t k = 0; k < 3; ++k)
            focus[k] = whole.focus()[k] + framing.offset[k] * whole.visibleHeight();
        if (!d_->camera.restore(focus, framing.axes, whole.visibleHeight() / framing.zoom))
            return;
        d_->untouched = false;
    }
    d_->moving = true;
    d_->settleTimer.start();
    d_->redraw();
}

QPointF MapView::mapToScreen(const std::array<double, 3>& place) const {
    double x = 0, y = 0, depth = 0;
    if (!d_->camera.projector()(place[0], place[1], place[2], x, y, depth)) {
        const double nowhere = std::numeric_limits<double>::quiet_NaN();
        return {nowhere, nowhere};
    }
    return {x, y};
}

QPointF MapView::rowToScreen(qint64 row) const {
    return mapToScreen(d_->store.placeOf(row));
}
std::array<double, 3> MapView::screenToMap(QPointF position) const {
    return d_->camera.unproject(position);
}

qint64 MapView::pick(QPointF position, double radius) const {
    return nearestRow(d_->store, d_->camera.projector(), position, radius);
}

std::vector<qint64> MapView::rowsInside(const QPolygonF& polygon) const {
    return rowsInsidePolygon(d_->store, d_->camera.projector(), polygon);
}

std::vector<qint64> MapView::rowsUnder(const QPolygonF& stroke, double radius) const {
    return rowsUnderStroke(d_->store, d_->camera.projector(), stroke, radius);
}

double MapView::detail() const {
    return d_->sceneDirty ? 0 : d_->shownDetail;
}

void MapView::setFrameBudget(double milliseconds) {
    d_->budget = std::max(0.0, milliseconds);
}

qint64 MapView::pointBytes() const {
    return d_->store.bytes() + d_->colouring.bytes();
}

double MapView::lastFrameMilliseconds() const {
    return d_->frameMilliseconds;
}
QRectF MapView::overlayRect(const QString& part) const {
    return d_->overlay.rect(part);
}
QRectF MapView::legendRect() const {
    return overlayRect(QStringLiteral("legend"));
}
QRectF MapView::legendRowRect(int index) const {
    return overlayRect(QStringLiteral("legend.row.%1").arg(index));
}
QRectF MapView::displayPanelRect() const {
    return overlayRect(QStringLiteral("panel"));
}
QRectF MapView::hoverCardRect() const {
    return overlayRect(QStringLiteral("card"));
}
QRectF MapView::colourBarRect() const {
    return overlayRect(QStringLiteral("colourbar"));
}

} // namespace galatea
