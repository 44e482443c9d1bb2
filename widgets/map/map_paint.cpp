// Drawing: the life of the OpenGL objects, what is sent to the scene, and the frame itself.
#include "widgets/charts/ticks.h"
#include "widgets/map/map_view_p.h"
#include "widgets/map/palette.h"

#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

constexpr Rgba darkGround{14, 18, 26, 255}, lightGround{250, 251, 253, 255};

} // namespace

QSize MapView::Private::deviceSize() const {
    const double ratio = view.devicePixelRatioF();
    return {qRound(view.width() * ratio), qRound(view.height() * ratio)};
}

void MapView::Private::initialise() {
    scene.initialise();
    overlay.initialise();
    placesDirty = coloursDirty = samplesDirty = sceneDirty = true;
}

void MapView::Private::release() {
    if (!scene.ready())
        return;
    overlay.release();
    scene.release();
}

void MapView::paintEvent(QPaintEvent* event) {
    d_->drawFrame();
    QPainter painter(this);
    if (d_->frame.isNull()) {
        painter.fillRect(rect(), palette().window());
        painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("The map needs OpenGL 3.2, which this display does not offer."));
        return;
    }
    const double ratio = devicePixelRatioF();
    const QRectF part = event->rect();
    painter.drawImage(part, d_->frame, QRectF(part.topLeft() * ratio, part.size() * ratio));
}

void MapView::Private::drawFrame() {
    const QSize size = deviceSize();
    if ((!frameDirty && frame.size() == size) || size.isEmpty())
        return;
    if (frame.size() != size)
        sceneDirty = true;
    frameDirty = false;
    frame = canvas.draw(size);
    Q_EMIT view.frameDrawn();
    if (overlay.wantsAnotherFrame())
        redrawOverlay();
}

void MapView::Private::paintFrame(unsigned framebuffer) {
    const QSize size = deviceSize();
    if (sceneDirty)
        renderScene();
    scene.copyTo(framebuffer);
    canvas.context()->functions()->glViewport(0, 0, size.width(), size.height());
    const OverlayAnswer answer = overlay.paint(content());
    // Signals wait until the frame is done: who hears them may do anything, even open a dialogue.
    QMetaObject::invokeMethod(
        &view, [this, answer] { apply(answer); }, Qt::QueuedConnection);
}

double MapView::Private::fractionNow() const {
    constexpr double budget = 45; // milliseconds: a moving view stays fluid
    if (!moving || fullMilliseconds <= budget || store.count() < 50'000)
        return 1;
    return std::clamp(budget / fullMilliseconds, std::min(1.0, 5e4 / static_cast<double>(store.count())),
                      1.0);
}

void MapView::Private::renderScene() {
    QElapsedTimer clock;
    clock.start();
    synchronise();
    const double synchronised = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
    const QSize size = deviceSize();
    scene.resize(size.width(), size.height());
    scene.setCamera(camera);
    lastFraction = fractionNow();
    scene.render(lastFraction);
    // The time is that of the drawing, not of handing over the commands.
    canvas.context()->functions()->glFinish();
    frameMilliseconds = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
    fullMilliseconds = (frameMilliseconds - synchronised) / lastFraction;
    sceneDirty = false;
}

void MapView::Private::synchronise() {
    scene.setOrigin(origin);
    if (placesDirty)
        sendPlaces();
    if (placesDirty || coloursDirty)
        sendColours();
    if (samplesDirty || placesDirty)
        sendSamples();
    placesDirty = coloursDirty = samplesDirty = false;
    sendGrid();
    SceneLook look;
    look.background = theme == MapTheme::Dark ? darkGround : lightGround;
    look.pointSize = pointSize * view.devicePixelRatioF();
    look.sampleSize = std::max(9.0, 1.6 * pointSize) * view.devicePixelRatioF();
    look.opacity = opacity;
    scene.setLook(look);
}

void MapView::Private::sendPlaces() {
    ScenePoints points;
    points.places.resize(static_cast<size_t>(3 * store.count()));
    points.colours.assign(static_cast<size_t>(store.count()), Rgba{0, 0, 0, 0});
    for (int64_t i = 0; i < store.count(); ++i) {
        const int64_t row = store.rowDrawn(i);
        if (!store.finite(row))
            continue;
        const float* place = store.place(row);
        for (int k = 0; k < 3; ++k)
            points.places[static_cast<size_t>(3 * i + k)] =
                static_cast<float>(place[k] - origin[static_cast<size_t>(k)]);
    }
    scene.setPoints(VtkScene::Layer::Points, std::move(points));
}

void MapView::Private::sendColours() {
    const bool dark = theme == MapTheme::Dark;
    const std::vector<Rgba> rows = colouring.rows(store, dark);
    Rgba context = toRgba(contextColour(dark));
    context.a = 120;
    std::vector<uint8_t> selected(selection.empty() ? 0 : rows.size(), 0);
    for (const qint64 row : selection)
        selected[static_cast<size_t>(row)] = 1;
    std::vector<Rgba> drawn(rows.size(), Rgba{0, 0, 0, 0});
    for (int64_t i = 0; i < store.count(); ++i) {
        const auto row = static_cast<size_t>(store.rowDrawn(i));
        if (!store.isVisible(static_cast<int64_t>(row)))
            continue;
        if (selected.empty())
            drawn[static_cast<size_t>(i)] = rows[row];
        else if (!selected[row])
            drawn[static_cast<size_t>(i)] = context;
    }
    scene.setColours(VtkScene::Layer::Points, std::move(drawn));

    ScenePoints chosen;
    for (const qint64 row : selectedVisible()) {
        for (size_t k = 0; k < 3; ++k)
            chosen.places.push_back(static_cast<float>(store.place(row)[k] - origin[k]));
        chosen.colours.push_back(rows[static_cast<size_t>(row)]);
    }
    scene.setPoints(VtkScene::Layer::Selected, std::move(chosen));
}

void MapView::Private::sendSamples() {
    ScenePoints points;
    const QColor fallback = theme == MapTheme::Dark ? QColor(255, 255, 255) : QColor(20, 28, 40);
    const Rgba colour = toRgba(sampleColour.isValid() ? sampleColour : fallback);
    for (int64_t row = 0; !samples.empty() && row < samples.dim(0); ++row) {
        std::array<float, 3> place{};
        for (int k = 0; k < store.dimensions(); ++k)
            place[static_cast<size_t>(k)] = samples.at(row, k);
        const bool good = std::all_of(place.begin(), place.end(), [](float v) { return std::isfinite(v); });
        for (size_t k = 0; k < 3; ++k)
            points.places.push_back(good ? static_cast<float>(place[k] - origin[k]) : 0);
        points.colours.push_back(good ? colour : Rgba{0, 0, 0, 0});
    }
    scene.setPoints(VtkScene::Layer::Samples, std::move(points));
}

/// Lines at the ticks of a 2-D map; on a 3-D one, a frame about the bulk of the points and a grid on its
/// floor.
void MapView::Private::sendGrid() {
    std::vector<SceneLine> lines;
    const Rgba faint = theme == MapTheme::Dark ? Rgba{255, 255, 255, 13} : Rgba{15, 23, 42, 15};
    const Rgba strong = theme == MapTheme::Dark ? Rgba{255, 255, 255, 34} : Rgba{15, 23, 42, 38};
    const auto add = [&](MapPlace from, MapPlace to, const Rgba& colour) {
        SceneLine line;
        for (size_t k = 0; k < 3; ++k) {
            line.from[k] = static_cast<float>(from[k] - origin[k]);
            line.to[k] = static_cast<float>(to[k] - origin[k]);
        }
        line.colour = colour;
        lines.push_back(line);
    };
    if (store.count() == 0) {
        scene.setGrid({});
        return;
    }
    if (store.dimensions() == 2) {
        const QSizeF size = camera.viewport();
        const MapPlace low = camera.unproject({0, size.height()}), high = camera.unproject({size.width(), 0});
        for (const double x : roundTicks(low[0], high[0], size.width() / gridSpacing).values)
            add({x, low[1], 0}, {x, high[1], 0}, x == 0 ? strong : faint);
        for (const double y : roundTicks(low[1], high[1], size.height() / gridSpacing).values)
            add({low[0], y, 0}, {high[0], y, 0}, y == 0 ? strong : faint);
    } else {
        MapPlace low, high;
        store.bulk(low, high);
        for (const double x : roundTicks(low[0], high[0], 6).values)
            add({x, low[1], low[2]}, {x, high[1], low[2]}, faint);
        for (const double y : roundTicks(low[1], high[1], 6).values)
            add({low[0], y, low[2]}, {high[0], y, low[2]}, faint);
        for (size_t axis = 0; axis < 3; ++axis)
            for (int corner = 0; corner < 4; ++corner) {
                MapPlace from = low;
                from[(axis + 1) % 3] = corner & 1 ? high[(axis + 1) % 3] : low[(axis + 1) % 3];
                from[(axis + 2) % 3] = corner & 2 ? high[(axis + 2) % 3] : low[(axis + 2) % 3];
                MapPlace to = from;
                to[axis] = high[axis];
                add(from, to, strong);
            }
    }
    scene.setGrid(std::move(lines));
}

OverlayContent MapView::Private::content() const {
    OverlayContent shown(store, colouring, camera);
    shown.size = view.size();
    shown.pixelRatio = view.devicePixelRatioF();
    shown.theme = theme;
    shown.tool = tool;
    shown.pointSize = pointSize;
    shown.opacity = opacity;
    shown.frameMilliseconds = frameMilliseconds;
    shown.legendVisible = legendVisible;
    shown.panelVisible = panelVisible;
    shown.ellipsesVisible = ellipsesVisible;
    shown.classShown = classShown;
    shown.selected = static_cast<int64_t>(selection.size());
    shown.axisNames = axisNames;
    shown.ellipses = ellipses;
    shown.marker = marker;
    shown.markerLabel = markerLabel;
    shown.path = path;
    shown.pathColour = pathColour;
    shown.hovered = hovered;
    shown.highlighted = highlighted;
    if (card && drag == Drag::None && cardRow == hovered && mouseInside) {
        shown.card = card;
        shown.cardAt = hovered >= 0 ? view.rowToScreen(hovered) : mouse;
    }
    if (drag == Drag::Rectangle || drag == Drag::Lasso) {
        shown.outline = outline;
        shown.outlineMode = selectionMode(dragModifiers);
    }
    return shown;
}

void MapView::Private::apply(const OverlayAnswer& answer) {
    const auto within = [&](const std::optional<int>& index) {
        return index && static_cast<size_t>(*index) < classShown.size();
    };
    if (within(answer.isolateClass))
        isolate(*answer.isolateClass, answer.shownBefore);
    else if (within(answer.toggleClass))
        view.setClassVisible(*answer.toggleClass, !classShown[static_cast<size_t>(*answer.toggleClass)]);
    if (answer.showAllClasses)
        view.showAllClasses();
    if (answer.fit)
        view.fitToData();
    if (answer.tool)
        view.setTool(*answer.tool);
    if (answer.pointSize ||
        answer.opacity) { // a slider in motion: a part of many points will do, as in a drag
        moving = true;
        settleTimer.start();
    }
    if (answer.pointSize)
        view.setPointSize(*answer.pointSize);
    if (answer.opacity)
        view.setOpacity(*answer.opacity);
    if (answer.ellipsesVisible)
        view.setEllipsesVisible(*answer.ellipsesVisible);
    if (answer.legendVisible)
        view.setLegendVisible(*answer.legendVisible);
    if (answer.pointSize || answer.opacity || answer.ellipsesVisible || answer.legendVisible)
        Q_EMIT view.displayChanged();
}

void MapView::Private::redraw() {
    sceneDirty = true;
    redrawOverlay();
}

void MapView::Private::redrawOverlay() {
    frameDirty = true;
    view.update();
}

void MapView::Private::coloursChanged() {
    coloursDirty = true;
    redraw();
}

QImage MapView::grabImage() {
    d_->moving = false;
    if (d_->lastFraction < 1)
        d_->sceneDirty = true;
    d_->frameDirty = true;
    d_->drawFrame();
    for (int frame = 0; frame < 4 && d_->overlay.wantsAnotherFrame(); ++frame) {
        d_->frameDirty = true;
        d_->drawFrame();
    }
    return d_->frame.convertToFormat(QImage::Format_RGB32);
}

} // namespace galatea
