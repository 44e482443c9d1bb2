// What concerns every point: set here, made at once where it is little, else away from the window's thread.
#include "widgets/map/map_view_p.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace galatea {

namespace {

constexpr int64_t mostAtOnce = int64_t{1} << 18; // rows: a few milliseconds

void requireRows(size_t given, int64_t count, const char* what) {
    if (static_cast<int64_t>(given) != count)
        throw std::invalid_argument(std::string("A map takes one ") + what + " per point.");
}

/// Ascending, each once, and only rows there are.
void tidy(std::vector<qint64>& rows, int64_t count) {
    if (!std::is_sorted(rows.begin(), rows.end()))
        std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::erase_if(rows, [count](qint64 row) { return row < 0 || row >= count; });
}

void takePoints(PointState& state, const Array& coordinates, bool fit, const StopToken& stop) {
    const int64_t rows = state.store.count();
    const int dimensions = state.store.dimensions();
    state.store.setCoordinates(coordinates, stop);
    state.news.points = true;
    state.news.fit = state.news.fit || fit;
    if (state.store.count() != rows) {
        state.news.rows = true;
        state.colouring.values.reset();
        state.colouring.classes.clear();
        state.colouring.mode = MapColouring::Uniform;
        state.classShown.clear();
        state.selection.reset();
    }
    if (state.store.dimensions() != dimensions) {
        state.news.dimensions = true;
        state.layer = {};
    }
}

} // namespace

Array layerColumns(const Array& coordinates, int dimensions) {
    if (coordinates.empty())
        return {};
    if (coordinates.rank() != 2 || coordinates.dim(1) < dimensions)
        throw std::invalid_argument("A layer of the map has as many columns as the map.");
    return coordinates.permuted({1, 0}).slice(0, dimensions).permuted({1, 0});
}

// ---- How a change is made
// --------------------------------------------------------------------------------------------

void MapView::Private::change(PointChange kind, int64_t rows, PointChanges::Change what) {
    if (deferring && (changes.busy() || std::max(rows, store.count()) > mostAtOnce)) {
        changes.ask(kind, std::move(what));
    } else {
        painter.stop();
        what(state, {});
        arrived();
    }
    tellPreparing();
}

void MapView::Private::tellPreparing() {
    const bool preparing = changes.busy();
    if (std::exchange(saidPreparing, preparing) != preparing)
        Q_EMIT view.preparingChanged(preparing);
}

void MapView::Private::takeOver(std::optional<PointState> changed) {
    const bool failed = !changed;
    if (failed && asked.count != store.count()) { // those on show are of other rows: rather none
        changed = state;
        takePoints(*changed, Array({0, 2}), true, {});
    }
    if (changed) {
        painter.stop();
        changes.discard(std::exchange(state, std::move(*changed)));
    }
    if (failed) {
        asked = {store.count(), store.dimensions(), layerStore.count(), colouring.mode, classShown};
        awaitedView.reset();
    }
    if (changed)
        arrived();
    tellPreparing();
    if (failed)
        Q_EMIT view.preparingFailed();
    else if (awaitedView && !changes.busy())
        view.setViewState(*std::exchange(awaitedView, std::nullopt));
}

void MapView::Private::arrived() {
    const PointState::News news = std::exchange(state.news, {});
    const bool tinted = std::exchange(state.tinted, false) && state.dark == (theme == MapTheme::Dark);
    // Colours that were given meanwhile to what was on show have still to be given to this.
    coloursDirty = news.points || news.colours ? !tinted : coloursDirty || state.tinting != tintings;
    samplesDirty = samplesDirty || news.layer || state.layerTinting != layerTintings;
    state.tinting = tintings;
    state.layerTinting = layerTintings;
    if (news.points)
        pointsArrived(news);
    if (news.classes && untouched)
        fit(); // the legend takes its room
    if (hovered >= 0 && !view.isRowVisible(hovered))
        setHovered(-1);
    redraw();
    if (news.points)
        Q_EMIT view.pointsShown();
}

void MapView::Private::pointsArrived(const PointState::News& news) {
    if (news.rows)
        highlighted = -1;
    if (news.dimensions) {
        ellipses.clear();
        samples = Array();
        path.clear();
        marker.reset();
    }
    samplesDirty = true;
    card.reset();
    setHovered(-1);
    cancelDrag();
    chooseLooks();
    MapPlace centre{};
    double square = 0;
    for (size_t k = 0; k < 3; ++k) {
        origin[k] = 0.5 * (store.bulkLow()[k] + store.bulkHigh()[k]);
        centre[k] = 0.5 * (store.lowest()[k] + store.highest()[k]);
        const double half = 0.5 * (store.highest()[k] - store.lowest()[k]);
        square += half * half;
    }
    if (camera.dimensions() != store.dimensions())
        camera.setDimensions(store.dimensions());
    camera.setExtent(centre, std::sqrt(square));
    clearPictures();
    if (news.fit || news.dimensions)
        fit(); // nobody moved the view: viewChanged() is not for this
}

void MapView::setDeferring(bool deferring) {
    d_->deferring = deferring;
}

bool MapView::preparing() const {
    return d_->changes.busy();
}

bool MapView::isShowingPoints() const {
    return d_->store.count() > 0;
}

// ---- The points
// ------------------------------------------------------------------------------------------------------

void MapView::setPoints(const Array& coordinates, bool fit) {
    PointStore::checkShape(coordinates);
    const int64_t count = coordinates.rank() == 0 ? 0 : coordinates.dim(0);
    if (count != d_->asked.count) {
        d_->changes.drop();
        d_->asked.classShown.clear();
        d_->asked.mode = MapColouring::Uniform;
        d_->awaitedView.reset();
    }
    if (const int dimensions = coordinates.rank() == 0 ? 2 : static_cast<int>(coordinates.dim(1));
        dimensions != d_->asked.dimensions)
        d_->asked.layerCount = 0; // it goes with the dimensions
    d_->asked.count = count;
    d_->asked.dimensions = coordinates.rank() == 0 ? 2 : static_cast<int>(coordinates.dim(1));
    d_->change(PointChange::Points, count, [coordinates, fit](PointState& state, const StopToken& stop) {
        takePoints(state, coordinates, fit, stop);
    });
}

qint64 MapView::pointCount() const {
    return d_->asked.count;
}

int MapView::dimensions() const {
    return d_->asked.dimensions;
}

// ---- Colour
// ----------------------------------------------------------------------------------------------------------

void MapView::setUniformColour(const QColor& colour) {
    d_->asked.mode = MapColouring::Uniform;
    d_->change(PointChange::Uniform, d_->asked.count, [colour](PointState& state, const StopToken&) {
        state.colouring.uniform = colour;
        state.colouring.mode = MapColouring::Uniform;
        state.news.colours = true;
    });
}

void MapView::setClasses(std::vector<int> classOf, const std::vector<MapClass>& classes) {
    requireRows(classOf.size(), d_->asked.count, "class");
    d_->asked.mode = MapColouring::Classes;
    d_->asked.classShown.assign(classes.size(), true);
    auto given = std::make_shared<std::vector<int>>(std::move(classOf));
    d_->change(PointChange::Classes, d_->asked.count, [given, classes](PointState& state, const StopToken&) {
        state.colouring.classes = classes;
        state.colouring.mode = MapColouring::Classes;
        state.store.setClasses(*given, static_cast<int>(classes.size()));
        state.classShown.assign(classes.size(), true);
        state.news.colours = state.news.classes = true;
    });
}

void MapView::setValues(std::vector<double> values, const QString& name, MapColourMap map) {
    requireRows(values.size(), d_->asked.count, "value");
    d_->asked.mode = MapColouring::Values;
    auto given = std::make_shared<std::vector<double>>(std::move(values));
    d_->change(PointChange::Values, d_->asked.count, [given, name, map](PointState& state, const StopToken&) {
        state.colouring.setValues(std::move(*given), name, map);
        state.news.colours = true;
    });
}

void MapView::setColouring(MapColouring colouring) {
    d_->asked.mode = colouring;
    d_->change(PointChange::Mode, d_->asked.count, [colouring](PointState& state, const StopToken&) {
        state.colouring.mode = colouring;
        state.news.colours = true;
    });
}

MapColouring MapView::colouring() const {
    return d_->asked.mode;
}

// ---- Which rows show
// -------------------------------------------------------------------------------------------------

int MapView::classCount() const {
    return static_cast<int>(d_->asked.classShown.size());
}

void MapView::Private::setShown(std::vector<bool> shown) {
    if (shown == asked.classShown)
        return;
    asked.classShown = shown;
    change(PointChange::ClassesShown, asked.count,
           [shown = std::move(shown)](PointState& changed, const StopToken&) {
               if (changed.classShown.size() != shown.size())
                   return;
               changed.classShown = shown;
               changed.store.setClassShown(shown);
           });
    Q_EMIT view.classVisibilityChanged();
}

void MapView::Private::isolate(int index, const std::vector<bool>& before) {
    std::vector<bool> alone(asked.classShown.size(), false);
    alone.at(static_cast<size_t>(index)) = true;
    setShown(before == alone ? std::vector<bool>(alone.size(), true) : alone);
}

void MapView::setClassVisible(int index, bool visible) {
    std::vector<bool> shown = d_->asked.classShown;
    shown.at(static_cast<size_t>(index)) = visible;
    d_->setShown(std::move(shown));
}

void MapView::setClassesVisible(const std::vector<bool>& visible) {
    if (visible.size() == d_->asked.classShown.size())
        d_->setShown(visible);
}

bool MapView::isClassVisible(int index) const {
    return d_->asked.classShown.at(static_cast<size_t>(index));
}

void MapView::isolateClass(int index) {
    d_->isolate(index, d_->asked.classShown);
}

void MapView::showAllClasses() {
    d_->setShown(std::vector<bool>(d_->asked.classShown.size(), true));
}

void MapView::setRowFilter(std::vector<bool> shown) {
    if (!shown.empty())
        requireRows(shown.size(), d_->asked.count, "filter value");
    auto given = std::make_shared<std::vector<bool>>(std::move(shown));
    d_->change(PointChange::Filter, d_->asked.count,
               [given](PointState& state, const StopToken&) { state.store.setFilter(*given); });
}

bool MapView::isRowVisible(qint64 row) const {
    return row >= 0 && row < d_->store.count() && d_->store.isVisible(row);
}

// ---- Selection and second data set
// -----------------------------------------------------------------------------------

void MapView::setSelection(std::vector<qint64> rows) {
    auto given = std::make_shared<std::vector<qint64>>(std::move(rows));
    d_->change(PointChange::Selection, d_->asked.count, [given](PointState& state, const StopToken&) {
        tidy(*given, state.store.count());
        if (*given == *state.selection)
            return;
        state.store.setSelection(*given);
        state.selection.reset(std::move(*given));
    });
}

const std::vector<qint64>& MapView::selection() const {
    return d_->selection();
}

void MapView::setDataLayer(const Array& coordinates, const QString& name, const QColor& colour) {
    const Array places = layerColumns(coordinates, dimensions());
    d_->layerName = name;
    d_->layerColour = colour.isValid() ? colour : QColor(236, 72, 153);
    d_->layerOpacity = 0;
    d_->layerShown = true;
    const int64_t rows = places.empty() ? 0 : places.dim(0);
    d_->asked.layerCount = rows;
    d_->change(PointChange::Layer, rows, [places](PointState& state, const StopToken& stop) {
        state.layer.setCoordinates(places, stop);
        state.news.layer = true;
    });
}

qint64 MapView::dataLayerCount() const {
    return d_->asked.layerCount;
}

} // namespace galatea
