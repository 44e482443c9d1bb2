// Mouse and keys.
#include "widgets/map/map_view_p.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

constexpr double dragThreshold = 4; // logical pixels a press may tremble and still be a click
constexpr int placeInterval = 34;   // milliseconds between two placeHovered
constexpr double zoomPerNotch = 1.2;

} // namespace

MapSelectionMode selectionMode(Qt::KeyboardModifiers modifiers) {
    if (modifiers.testFlag(Qt::ControlModifier))
        return MapSelectionMode::Subtract;
    return modifiers.testFlag(Qt::ShiftModifier) ? MapSelectionMode::Add : MapSelectionMode::Replace;
}

bool MapView::event(QEvent* event) {
    if (event->type() == QEvent::Resize) {
        d_->camera.setViewport(size());
        if (d_->untouched)
            d_->fit();
        d_->redraw();
    } else if (event->type() == QEvent::NativeGesture) {
        auto* gesture = static_cast<QNativeGestureEvent*>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture) {
            d_->camera.zoom(std::exp(gesture->value()), gesture->position());
            d_->cameraMoved();
            return true;
        }
    }
    return QWidget::event(event);
}

void MapView::Private::cameraMoved() {
    untouched = false;
    moving = true;
    settleTimer.start();
    redraw();
    Q_EMIT view.viewChanged();
}

double MapView::Private::hoverRadius() const {
    return std::max(8.0, 0.5 * pointSize + 3);
}

void MapView::Private::updateCursor() {
    if (drag == Drag::Pan || drag == Drag::Orbit)
        view.setCursor(Qt::ClosedHandCursor);
    else if (overOverlay)
        view.setCursor(Qt::ArrowCursor);
    else if (tool == MapTool::Brush)
        view.setCursor(Qt::BlankCursor); // the overlay draws it
    else if (tool != MapTool::Navigate)
        view.setCursor(Qt::CrossCursor);
    else
        view.setCursor(hovered >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void MapView::Private::setHovered(qint64 row) {
    if (row == hovered)
        return;
    hovered = row;
    card.reset();
    updateCursor();
    redrawOverlay();
    Q_EMIT view.hovered(row);
}

void MapView::Private::hover(const QPointF& position) {
    setHovered(view.pick(position, hoverRadius()));
    if (card && hovered < 0)
        redrawOverlay(); // the card goes with the mouse
    if (store.dimensions() != 2 || store.count() == 0)
        return;
    if (!placeClock.isValid() || placeClock.elapsed() >= placeInterval)
        tellPlace(position);
    else if (!placeTimer.isActive())
        placeTimer.start(placeInterval - static_cast<int>(placeClock.elapsed()));
}

void MapView::Private::tellPlace(const QPointF& position) {
    placeClock.start();
    const MapPlace place = camera.unproject(position);
    Q_EMIT view.placeHovered({place[0], place[1]});
}

void MapView::mousePressEvent(QMouseEvent* event) {
    Private& d = *d_;
    d.mouse = event->position();
    if (d.overlay.mousePressed(event->position(), event->button(), event->modifiers(), false)) {
        d.redrawOverlay();
        return;
    }
    if (d.drag != Private::Drag::None ||
        (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)) {
        event->ignore();
        return;
    }
    d.drag = Private::Drag::Undecided;
    d.dragButton = event->button();
    d.dragModifiers = event->modifiers();
    d.dragStart = d.dragLast = event->position();
    d.outline = QPolygonF{event->position()};
    d.afterDoubleClick = false;
}

void MapView::mouseDoubleClickEvent(QMouseEvent* event) {
    Private& d = *d_;
    if (d.overlay.mousePressed(event->position(), event->button(), event->modifiers(), true)) {
        d.redrawOverlay();
        return;
    }
    mousePressEvent(event);
    if (event->button() != Qt::LeftButton)
        return;
    d.afterDoubleClick = true;
    if (const qint64 row = pick(event->position(), d.hoverRadius()); row >= 0)
        Q_EMIT doubleClicked(row);
}

void MapView::Private::dragTo(const QPointF& position) {
    if (drag == Drag::Undecided) {
        const QPointF way = position - dragStart;
        if (std::hypot(way.x(), way.y()) < dragThreshold)
            return;
        const bool left = dragButton == Qt::LeftButton;
        if (left && tool == MapTool::Rectangle)
            drag = Drag::Rectangle;
        else if (left && tool == MapTool::Lasso)
            drag = Drag::Lasso;
        else if (left && tool == MapTool::Brush)
            drag = Drag::Brush;
        else if (left && store.dimensions() == 3 && !dragModifiers.testFlag(Qt::ShiftModifier))
            drag = Drag::Orbit;
        else
            drag = Drag::Pan;
        setHovered(-1);
        updateCursor();
    }
    const QPointF step = position - dragLast;
    dragLast = position;
    if (drag == Drag::Pan || drag == Drag::Orbit) {
        if (drag == Drag::Pan)
            camera.pan(step);
        else
            camera.orbit(step);
        cameraMoved();
        return;
    }
    if (drag == Drag::Rectangle)
        outline = QPolygonF(QRectF(dragStart, position).normalized());
    else if (step != QPointF())
        outline.append(position);
    redrawOverlay();
}

void MapView::mouseMoveEvent(QMouseEvent* event) {
    Private& d = *d_;
    d.mouse = event->position();
    d.mouseInside = true;
    if (d.drag != Private::Drag::None) {
        d.dragTo(event->position());
        return;
    }
    const bool over = d.overlay.mouseMoved(event->position());
    if (over || d.overOverlay || d.tool == MapTool::Brush)
        d.redrawOverlay(); // the brush goes with the mouse
    if (over != d.overOverlay) {
        d.overOverlay = over;
        d.updateCursor();
    }
    if (over)
        d.setHovered(-1);
    else
        d.hover(event->position());
}

void MapView::Private::finishDrag(const QPointF& position, Qt::KeyboardModifiers modifiers) {
    dragTo(position);
    const Drag what = drag;
    drag = Drag::None;
    updateCursor();
    const bool dab = what == Drag::Undecided && dragButton == Qt::LeftButton && tool == MapTool::Brush;
    if (what == Drag::Brush || dab) {
        const QPolygonF drawn = outline;
        outline.clear();
        redrawOverlay();
        Q_EMIT view.selectionRequested(view.rowsUnder(drawn, brushRadius), selectionMode(dragModifiers));
    } else if (what == Drag::Rectangle || what == Drag::Lasso) {
        const QPolygonF drawn = outline;
        outline.clear();
        redrawOverlay();
        Q_EMIT view.selectionRequested(view.rowsInside(drawn), selectionMode(dragModifiers));
    } else if (what == Drag::Undecided && dragButton == Qt::LeftButton && !afterDoubleClick) {
        Q_EMIT view.clicked(view.pick(position, hoverRadius()), modifiers);
    }
}

void MapView::mouseReleaseEvent(QMouseEvent* event) {
    Private& d = *d_;
    d.mouse = event->position();
    if (d.overlay.mouseReleased(event->position(), event->button())) {
        d.redrawOverlay();
        return;
    }
    if (d.drag == Private::Drag::None || event->button() != d.dragButton)
        return;
    d.finishDrag(event->position(), event->modifiers());
    if (rect().contains(event->position().toPoint()))
        d.hover(event->position());
}

void MapView::Private::cancelDrag() {
    drag = Drag::None;
    outline.clear();
    updateCursor();
    redrawOverlay();
}

void MapView::wheelEvent(QWheelEvent* event) {
    Private& d = *d_;
    const double notches = event->angleDelta().y() / 120.0;
    event->accept();
    if (d.overlay.wheelTurned(event->position(), notches)) {
        d.redrawOverlay();
        return;
    }
    if (notches == 0 || d.store.count() == 0)
        return;
    const double factor = std::pow(zoomPerNotch, notches);
    // In space the mouse may be on a point that is not in the plane looked at: then it is that point that
    // stays.
    const qint64 row = d.store.dimensions() == 3 ? pick(event->position(), d.hoverRadius()) : -1;
    if (row >= 0)
        d.camera.zoomAbout(factor, d.store.placeOf(row));
    else
        d.camera.zoom(factor, event->position());
    d.cameraMoved();
    if (d.drag == Private::Drag::None)
        d.hover(event->position());
}

void MapView::keyPressEvent(QKeyEvent* event) {
    Private& d = *d_;
    const bool plain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    const auto toggle = [&](MapTool tool) { setTool(d.tool == tool ? MapTool::Navigate : tool); };
    if (plain && event->key() == Qt::Key_R)
        toggle(MapTool::Rectangle);
    else if (plain && event->key() == Qt::Key_L)
        toggle(MapTool::Lasso);
    else if (plain && event->key() == Qt::Key_B)
        toggle(MapTool::Brush);
    else if (plain && event->key() == Qt::Key_BracketLeft)
        setBrushRadius(d.brushRadius / 1.25);
    else if (plain && event->key() == Qt::Key_BracketRight)
        setBrushRadius(d.brushRadius * 1.25);
    else if (plain && event->key() == Qt::Key_F)
        fitToData();
    else if (event->key() == Qt::Key_Escape && d.drag != Private::Drag::None)
        d.cancelDrag();
    else if (event->key() == Qt::Key_Escape && !d.selection().empty())
        Q_EMIT selectionRequested({}, MapSelectionMode::Replace);
    else if (event->key() == Qt::Key_Escape && d.tool != MapTool::Navigate)
        setTool(MapTool::Navigate);
    else
        event->ignore();
}

void MapView::leaveEvent(QEvent* event) {
    Private& d = *d_;
    d.mouseInside = false;
    d.overOverlay = false;
    d.overlay.mouseLeft();
    d.card.reset();
    d.placeTimer.stop();
    if (d.drag == Private::Drag::None)
        d.setHovered(-1);
    d.redrawOverlay();
    Q_EMIT placeLeft();
    QWidget::leaveEvent(event);
}

} // namespace galatea
