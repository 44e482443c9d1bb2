// What the document says, put on the map: points, colours, ellipses, samples, the second data set, the moving
// point.

#include <algorithm>
#include <cmath>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/map_pane.h"

namespace galatea {

int64_t MapPane::availableDimensions() const {
    const Array& places = map().map.coordinates;
    return places.rank() == 2 ? places.dim(1) : 0;
}

void MapPane::setDimensions(int dimensions) {
    if (dimensions == dimensions_)
        return;
    dimensions_ = dimensions;
    showPoints();
}

/// As many columns as are shown; shares the places.
Array MapPane::columnsOf(const Array& places) const {
    if (places.empty())
        return {};
    const int64_t shownDims = std::min<int64_t>(dimensions_, places.dim(1));
    return shownDims == places.dim(1) ? places : places.permuted({1, 0}).slice(0, shownDims).permuted({1, 0});
}

void MapPane::showPoints() {
    const LatentMap& shownMap = map().map;
    const qint64 before = view_->pointCount();
    if (availableDimensions() < 2) {
        view_->setPoints(Array({0, 2}), true);
    } else {
        QStringList names;
        for (int64_t d = 0; d < availableDimensions(); ++d)
            names << QString(shownMap.method == "pca" ? "PC %1" : "%1").arg(d + 1);
        view_->setPoints(columnsOf(shownMap.coordinates), true);
        view_->setAxisNames(names.mid(0, dimensions_));
    }
    if (view_->pointCount() == before)
        return; // what is known by row stays with as many
    filtered_ = false;
    showColours();
    showFilter();
    showSelection();
}

void MapPane::showFilter() {
    const RowFilter& filter = document_.filter();
    if (view_->pointCount() != document_.objectCount() || (filter.empty() && !filtered_))
        return;
    filtered_ = !filter.empty();
    view_->setRowFilter(filter.keep ? std::vector<bool>(filter.keep->begin(), filter.keep->end())
                                    : std::vector<bool>());
}

void MapPane::showColours() {
    if (view_->pointCount() == 0 || view_->pointCount() != document_.objectCount())
        return;
    const ColourBy& colouring = document_.colouring();
    updating_ = true;
    std::vector<int> classOf;
    QStringList names;
    if (colouring.kind == ColourBy::Kind::Uniform) {
        view_->setColouring(MapColouring::Uniform);
    } else if (document_.classesOf(colouring, classOf, names)) {
        const std::vector<QColor> colours = document_.classColours(colouring);
        std::vector<MapClass> classes;
        for (const QString& name : names) {
            const size_t k = classes.size();
            classes.push_back({name, k < colours.size() ? colours[k] : QColor()});
        }
        view_->setClasses(std::move(classOf), classes);
    } else {
        auto values = document_.valuesOf(colouring);
        if (static_cast<qint64>(values.size()) == view_->pointCount())
            view_->setValues(std::move(values), colouringName(colouring));
    }
    updating_ = false;
    showHidden();
    showEllipses();
}

void MapPane::showHidden() {
    std::vector<bool> shownClasses(static_cast<size_t>(view_->classCount()), true);
    for (const int k : document_.hiddenClasses())
        if (k >= 0 && static_cast<size_t>(k) < shownClasses.size())
            shownClasses[static_cast<size_t>(k)] = false;
    updating_ = true;
    view_->setClassesVisible(shownClasses);
    updating_ = false;
}

void MapPane::showEllipses() {
    constexpr int64_t mostHere = 100'000; // objects looked at without a thread for it
    shapesWanted_.cancel();
    const LatentsPtr& latents = document_.latents().latents;
    if (!latents || map().map.coordinates.empty() || latents->size() != map().map.coordinates.dim(0) ||
        document_.colouring().kind != ColourBy::Kind::Component)
        return view_->setEllipses({});
    const auto draw = [this](const std::vector<ComponentShape>& shapes) {
        std::vector<MapEllipse> ellipses;
        for (const ComponentShape& shape : shapes) {
            MapEllipse ellipse;
            ellipse.centre = shape.centre;
            ellipse.covariance = shape.covariance;
            ellipse.colour = document_.componentColour(shape.component);
            ellipse.label = document_.componentShortName(shape.component);
            ellipses.push_back(ellipse);
        }
        view_->setEllipses(ellipses);
    };
    if (map().pca || latents->size() <= mostHere)
        return draw(componentShapes(map(), *latents, document_.mixture()));
    shapesWanted_.request<std::vector<ComponentShape>>(
        [content = map(), latents, mixture = document_.mixture()](const StopToken&) {
            return componentShapes(content, *latents, mixture);
        },
        draw);
}

void MapPane::showSamples() {
    const SampleSetPtr& samples = document_.samples();
    samplePlaces_.cancel();
    if (!samples || map().pca || !canPlace(map()))
        return view_->setSampleLayer(
            columnsOf(samples ? placeOnMap(map(), samples->latents.latents) : Array()));
    samplePlaces_.request<Array>(
        [content = map(), samples](const StopToken& stop) {
            return placeOnMap(content, samples->latents.latents, stop);
        },
        [this](const Array& places) { view_->setSampleLayer(columnsOf(places)); });
}

void MapPane::showLayer() {
    const DataLayerPtr& layer = document_.dataLayer();
    const Array& places = map().map.coordinates;
    const bool placed = layer && layer->latents == layer_.latents &&
                        std::as_const(layer_.map).data() == places.data() && !places.empty();
    if (placed) {
        if (!layer_.places.empty() && view_->dataLayerCount() == 0)
            view_->setDataLayer(columnsOf(layer_.places), layer->name, layer->colour);
        return view_->setDataLayerLook(layer->name, layer->colour, layer->opacity, layer->shown);
    }
    if (placing_)
        workspace_.jobs.cancel(placing_);
    placing_ = 0;
    layer_ = {};
    view_->setDataLayer(Array(), {});
    if (!layer || !canPlace(map()))
        return;
    layer_.latents = layer->latents;
    layer_.map = places;
    const auto id = std::make_shared<JobId>(0);
    *id = placing_ = workspace_.jobs.start<Array>(
        "Placing " + layer->name + " on the map", this,
        [content = map(), latents = layer->latents](const StopToken& stop, ProgressSink&) {
            return placeOnMap(content, latents->mean, stop);
        },
        [this, id](const Array& found) {
            if (placing_ != *id)
                return; // of a map or layer before
            placing_ = 0;
            layer_.places = found;
            showLayer();
        },
        [this, id](const JobError& error) {
            if (placing_ == *id) { // to be placed when the map or the layer comes again
                placing_ = 0;
                layer_ = {};
            }
            if (!error.cancelled)
                workspace_.log.error("The layer: " + error.text());
        });
}

void MapPane::markerMoved() {
    // Drawing the map must not take the processor from the picture being decoded: where frames are slow (no
    // graphics card) they are made seldom.
    if (!markerTimer_.isActive())
        markerTimer_.start(static_cast<int>(std::clamp(4 * view_->lastFrameMilliseconds(), 16.0, 250.0)));
}

void MapPane::showMarker() {
    const TraverseState& state = document_.traverse();
    const bool shown = !state.empty() && canPlace(map());
    if (!shown || map().pca)
        markerPlace_.cancel();
    if (!shown)
        return view_->clearMarker();
    const auto mark = [this](const Array& place) {
        std::array<double, 3> at{};
        for (int64_t d = 0; d < std::min<int64_t>(dimensions_, place.dim(1)); ++d)
            at[static_cast<size_t>(d)] = place.at(0, d);
        view_->setMarker(at, {});
    };
    if (map().pca)
        return mark(placeOnMap(map(), asRow(state.point)));
    markerPlace_.request<Array>([content = map(), point = asRow(state.point)](
                                    const StopToken& stop) { return placeOnMap(content, point, stop); },
                                mark);
}

void MapPane::showSelection() {
    if (view_->pointCount() != document_.objectCount())
        return;
    const auto& rows = document_.selection();
    view_->setSelection(std::vector<qint64>(rows.begin(), rows.end()));
}

} // namespace galatea
