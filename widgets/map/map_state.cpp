// A view kept as JSON: what a session writes down to show the same picture again.
#include "widgets/map/map_view_p.h"

#include <QJsonArray>
#include <QJsonObject>

namespace galatea {

namespace {

template <size_t N>
QJsonArray toJson(const std::array<double, N>& numbers) {
    QJsonArray array;
    for (const double number : numbers)
        array.append(number);
    return array;
}

template <size_t N>
bool fromJson(const QJsonValue& value, std::array<double, N>& numbers) {
    const QJsonArray array = value.toArray();
    if (array.size() != static_cast<qsizetype>(N))
        return false;
    for (size_t k = 0; k < N; ++k) {
        const QJsonValue number = array.at(static_cast<qsizetype>(k));
        if (!number.isDouble())
            return false;
        numbers[k] = number.toDouble();
    }
    return true;
}

const std::array<const char*, 3> colouringNames{"uniform", "classes", "values"};
const std::array<const char*, 4> toolNames{"navigate", "rectangle", "lasso", "brush"};

const std::array<const char*, 2> shadingNames{"points", "density"};

template <class Value, size_t N>
bool named(const std::array<const char*, N>& names, const QJsonValue& value, Value& found) {
    for (size_t k = 0; k < N; ++k)
        if (value.toString() == QLatin1String(names[k])) {
            found = static_cast<Value>(k);
            return true;
        }
    return false;
}

} // namespace

QJsonObject MapView::viewState() const {
    const Private& d = *d_;
    if (d.awaitedView)
        return *d.awaitedView;
    QJsonArray hidden;
    for (size_t index = 0; index < d.classShown.size(); ++index)
        if (!d.classShown[index])
            hidden.append(
                QJsonObject{{"index", static_cast<int>(index)}, {"name", d.colouring.classes[index].name}});
    return {{"dimensions", d.store.dimensions()}, // of what is shown, as is the camera
            {"focus", toJson(d.camera.focus())},
            {"axes", toJson(d.camera.axes())},
            {"visibleHeight", d.camera.visibleHeight()},
            {"fitted", d.untouched},
            {"pointSize", d.pointSize},
            {"opacity", d.opacity},
            {"shading", shadingNames[static_cast<size_t>(d.shading)]},
            {"thumbnails", d.thumbnailsVisible},
            {"brushRadius", d.brushRadius},
            {"legend", d.legendVisible},
            {"ellipses", d.ellipsesVisible},
            {"colouring", colouringNames[static_cast<size_t>(colouring())]},
            {"tool", toolNames[static_cast<size_t>(d.tool)]},
            {"hiddenClasses", hidden}};
}

/// By number where the name still agrees, else by name: classes may have been added or merged since.
void MapView::Private::hideNamed(const QJsonArray& entries) {
    std::vector<bool> shown(classShown.size(), true);
    for (const QJsonValue& entry : entries) {
        const QString name = entry["name"].toString();
        const auto index = static_cast<size_t>(std::max(0, entry["index"].toInt(0)));
        if (index < shown.size() && colouring.classes[index].name == name) {
            shown[index] = false;
            continue;
        }
        for (size_t k = 0; k < shown.size(); ++k)
            if (colouring.classes[k].name == name)
                shown[k] = false;
    }
    setShown(std::move(shown));
}

void MapView::setViewState(const QJsonObject& state) {
    Private& d = *d_;
    if (preparing()) {
        d.awaitedView = state;
        return;
    }
    if (state["pointSize"].isDouble())
        setPointSize(state["pointSize"].toDouble());
    if (state["opacity"].isDouble())
        setOpacity(state["opacity"].toDouble());
    if (state["brushRadius"].isDouble())
        setBrushRadius(state["brushRadius"].toDouble());
    setThumbnailsVisible(state["thumbnails"].toBool(d.thumbnailsVisible));
    if (MapShading shading{}; named(shadingNames, state["shading"], shading))
        setShading(shading);
    setLegendVisible(state["legend"].toBool(d.legendVisible));
    setEllipsesVisible(state["ellipses"].toBool(d.ellipsesVisible));
    if (MapColouring colouring{}; named(colouringNames, state["colouring"], colouring))
        setColouring(colouring);
    if (MapTool tool{}; named(toolNames, state["tool"], tool))
        setTool(tool);
    if (state["hiddenClasses"].isArray())
        d.hideNamed(state["hiddenClasses"].toArray());
    MapPlace focus{};
    std::array<double, 9> axes{};
    if (state["dimensions"].toInt() != dimensions() || !fromJson(state["focus"], focus) ||
        !fromJson(state["axes"], axes))
        return;
    if (state["fitted"].toBool(false))
        d.fit();
    else if (d.camera.restore(focus, axes, state["visibleHeight"].toDouble(0)))
        d.untouched = false;
    else
        return;
    d.moving = false; // nobody is dragging: the whole picture at once
    d.settleTimer.start();
    d.redraw();
}

} // namespace galatea
