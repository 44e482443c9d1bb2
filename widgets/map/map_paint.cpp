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

QSize MapView::Private::deviceSize() const {
    const double ratio = view.devicePixelRatioF();
    return {qRound(view.width() * ratio), qRound(view.height() * ratio)};
}

void MapView::Private::initialise() {
    scene.initialise();
    overlay.initialise();
    sceneDirty = true;
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
    planPictures();
    frame = canvas.draw(size);
    wantWhole = false;
    Q_EMIT view.frameDrawn();
    if (!moving) {
        goOn();
        askForPictures();
    }
    if (overlay.wantsAnotherFrame())
        redrawOverlay();
}

void MapView::Private::paintFrame(unsigned framebuffer) {
    const QSize size = deviceSize();
    if (sceneDirty || grown || wantWhole)
        renderScene();
    scene.copyTo(framebuffer);
    canvas.context()->functions()->glViewport(0, 0, size.width(), size.height());
    const OverlayAnswer answer = overlay.paint(content());
    // Signals wait until the frame is done: who hears them may do anything, even open a dialogue.
    QMetaObject::invokeMethod(
        &view, [this, answer] { apply(answer); }, Qt::QueuedConnection);
}

void MapView::Private::renderScene() {
    QElapsedTimer clock;
    clock.start();
    if (sceneDirty)
        synchronise();
    paintPoints();
    const QSize size = deviceSize();
    scene.resize(size.width(), size.height());
    scene.setCamera(camera);
    scene.render();
    // The time is that of the drawing, not of handing over the commands.
    canvas.context()->functions()->glFinish();
    frameMilliseconds = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
}

void MapView::Private::synchronise() {
    scene.setOrigin(origin);
    tintAll();
    scene.setGrid(gridLines(camera, origin));
    scene.setGround(groundColour(theme == MapTheme::Dark));
}

void MapView::Private::tintAll() {
    painter.stop();
    if (coloursDirty) {
        colouring.tint(store, theme == MapTheme::Dark);
        state.tinting = ++tintings;
    }
    if (samplesDirty) {
        sendSamples();
        sendLayer();
        state.layerTinting = ++layerTintings;
    }
    coloursDirty = samplesDirty = false;
}

void MapView::Private::sendSamples() {
    sampleStore.setCoordinates(samples);
    const QColor fallback = theme == MapTheme::Dark ? QColor(255, 255, 255) : QColor(20, 28, 40);
    const Rgba colour = toRgba(sampleColour.isValid() ? sampleColour : fallback);
    sampleStore.setTints([&](uint32_t, uint32_t) { return colour; });
}

void MapView::Private::sendLayer() {
    const Rgba colour = toRgba(layerColour);
    layerStore.setTints([&](uint32_t, uint32_t) { return colour; });
}

/// Lines at the ticks of a 2-D map; on a 3-D one, a frame about the bulk of the points and a grid on its
/// floor.
std::vector<SceneLine> MapView::Private::gridLines(const MapCamera& from, const MapPlace& relativeTo) const {
    std::vector<SceneLine> lines;
    const Rgba faint = theme == MapTheme::Dark ? Rgba{255, 255, 255, 13} : Rgba{15, 23, 42, 15};
    const Rgba strong = theme == MapTheme::Dark ? Rgba{255, 255, 255, 34} : Rgba{15, 23, 42, 38};
    const auto add = [&](MapPlace begin, MapPlace end, const Rgba& colour) {
        SceneLine line;
        for (size_t k = 0; k < 3; ++k) {
            line.from[k] = static_cast<float>(begin[k] - relativeTo[k]);
            line.to[k] = static_cast<float>(end[k] - relativeTo[k]);
        }
        line.colour = colour;
        lines.push_back(line);
    };
    if (store.count() == 0)
        return lines;
    if (store.dimensions() == 2) {
        const QSizeF size = from.viewport();
        const MapPlace low = from.unproject({0, size.height()}), high = from.unproject({size.width(), 0});
        for (const double x : roundTicks(low[0], high[0], size.width() / gridSpacing).values)
            add({x, low[1], 0}, {x, high[1], 0}, x == 0 ? strong : faint);
        for (const double y : roundTicks(low[1], high[1], size.height() / gridSpacing).values)
            add({low[0], y, 0}, {high[0], y, 0}, y == 0 ? strong : faint);
    } else {
        const MapPlace &low = store.bulkLow(), &high = store.bulkHigh();
        for (const double x : roundTicks(low[0], high[0], 6).values)
            add({x, low[1], low[2]}, {x, high[1], low[2]}, faint);
        for (const double y : roundTicks(low[1], high[1], 6).values)
            add({low[0], y, low[2]}, {high[0], y, low[2]}, faint);
        for (size_t axis = 0; axis < 3; ++axis)
            for (int corner = 0; corner < 4; ++corner) {
                MapPlace begin = low;
                begin[(axis + 1) % 3] = corner & 1 ? high[(axis + 1) % 3] : low[(axis + 1) % 3];
                begin[(axis + 2) % 3] = corner & 2 ? high[(axis + 2) % 3] : low[(axis + 2) % 3];
                MapPlace end = begin;
                end[axis] = high[axis];
                add(begin, end, strong);
            }
    }
    return lines;
}

void MapView::Private::describeMap(OverlayContent& shown) const {
    shown.theme = theme;
    shown.classShown = classShown;
    shown.legendVisible = legendVisible;
    shown.ellipsesVisible = ellipsesVisible;
    shown.ellipses = ellipses;
    shown.axisNames = axisNames;
    shown.marker = marker;
    shown.markerLabel = markerLabel;
    shown.path = path;
    shown.pathColour = pathColour;
    shown.layerName = layerName;
    shown.layerColour = layerColour;
    shown.layerCount = layerStore.count();
    shown.layerShown = layerShown;
}

OverlayContent MapView::Private::content() const {
    OverlayContent shown(store, colouring, camera);
    describeMap(shown);
    shown.size = view.size();
    shown.pixelRatio = view.devicePixelRatioF();
    shown.tool = tool;
    shown.pointSize = pointSize;
    shown.opacity = opacity;
    shown.frameMilliseconds = frameMilliseconds;
    shown.shading = shading;
    shown.panelVisible = panelVisible;
    shown.selected = static_cast<int64_t>(selection().size());
    if (shading == MapShading::Density && store.visibleCount() > 0)
        shown.density = OverlayDensity{density.least(), density.most(), MapColourMap::Magma};
    shown.thumbnailsOffered = thumbnailsOffered;
    shown.thumbnailsVisible = thumbnailsVisible;
    shown.thumbnailSide = planned.side;
    for (const PlannedThumbnail& picture : planned.thumbnails)
        if (const auto known = thumbnails.constFind(picture.row);
            known != thumbnails.constEnd() && !known->isNull())
            shown.thumbnails.push_back({picture.row, *known, picture.at, store.tintOf(picture.row)});
    describeHand(shown);
    return shown;
}

/// What goes with the mouse.
void MapView::Private::describeHand(OverlayContent& shown) const {
    shown.hovered = hovered;
    shown.highlighted = highlighted;
    if (tool == MapTool::Brush && mouseInside && !overOverlay) {
        shown.brushRadius = brushRadius;
        shown.brushAt = mouse;
    }
    if (card && drag == Drag::None && cardRow == hovered && mouseInside) {
        shown.card = card;
        shown.cardAt = hovered >= 0 ? view.rowToScreen(hovered) : mouse;
    }
    shown.brushing = drag == Drag::Brush;
    if (drag == Drag::Rectangle || drag == Drag::Lasso || drag == Drag::Brush) {
        shown.outline = outline;
        shown.outlineMode = selectionMode(dragModifiers);
    }
}

void MapView::Private::apply(const OverlayAnswer& answer) {
    const auto within = [&](const std::optional<int>& index) {
        return index && static_cast<size_t>(*index) < classShown.size() &&
               classShown.size() == asked.classShown.size();
    };
    if (within(answer.isolateClass))
        isolate(*answer.isolateClass, answer.shownBefore);
    else if (within(answer.toggleClass))
        view.setClassVisible(*answer.toggleClass, !classShown[static_cast<size_t>(*answer.toggleClass)]);
    if (answer.toggleLayer)
        Q_EMIT view.dataLayerToggled();
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
    if (answer.shading)
        view.setShading(*answer.shading);
    if (answer.thumbnailsVisible)
        view.setThumbnailsVisible(*answer.thumbnailsVisible);
    if (answer.pointSize || answer.opacity || answer.ellipsesVisible || answer.legendVisible ||
        answer.shading || answer.thumbnailsVisible)
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
    d_->wantWhole = true;
    d_->frameDirty = true;
    d_->drawFrame();
    for (int frame = 0; frame < 4 && d_->overlay.wantsAnotherFrame(); ++frame) {
        d_->frameDirty = true;
        d_->drawFrame();
    }
    return d_->frame.convertToFormat(QImage::Format_RGB32);
}

} // namespace galatea
