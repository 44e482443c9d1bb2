#pragma once
// The view's state, shared by the files that make it up: map_view.cpp (what others set), map_paint.cpp
// (drawing), map_interaction.cpp (mouse and keys) and map_state.cpp (views kept as JSON).

#include "widgets/map/colouring.h"
#include "widgets/map/map_camera.h"
#include "widgets/map/map_canvas.h"
#include "widgets/map/map_view.h"
#include "widgets/map/overlay.h"
#include "widgets/map/picking.h"
#include "widgets/map/point_store.h"
#include "widgets/map/vtk_scene.h"

#include <QElapsedTimer>
#include <QPolygonF>
#include <QTimer>

#include <optional>

namespace galatea {

class MapView::Private {
  public:
    explicit Private(MapView& owner);

    // ---- Drawing (map_paint.cpp) ----
    void initialise();
    void release();
    void drawFrame(); ///< anew, if something has changed
    void paintFrame(unsigned framebuffer);
    QSize deviceSize() const;
    void synchronise(); ///< sends to the scene what has changed since the last frame
    void sendPlaces();
    void sendColours();
    void sendSamples();
    void sendGrid();
    double fractionNow() const;
    void renderScene();
    OverlayContent content() const;
    void apply(const OverlayAnswer& answer);
    void redraw();        ///< scene and overlay, at the next paint event
    void redrawOverlay(); ///< overlay only
    void coloursChanged();

    // ---- View (map_view.cpp) ----
    void fit();
    void setShown(std::vector<bool> shown);
    void isolate(int index, const std::vector<bool>& before);
    void chooseLooks();
    std::vector<qint64> selectedVisible() const;

    // ---- Interaction (map_interaction.cpp) ----
    void cameraMoved();
    void hover(const QPointF& position);
    void setHovered(qint64 row);
    void tellPlace(const QPointF& position);
    void dragTo(const QPointF& position);
    void finishDrag(const QPointF& position, Qt::KeyboardModifiers modifiers);
    void cancelDrag();
    double hoverRadius() const;
    void updateCursor();

    MapView& view;
    PointStore store;
    Colouring colouring;
    MapCamera camera;
    VtkScene scene;
    Overlay overlay;
    mutable PickIndex picker;

    std::vector<bool> classShown;
    std::vector<qint64> selection;
    std::vector<MapEllipse> ellipses;
    Array samples;
    QColor sampleColour, pathColour;
    std::optional<MapPlace> marker;
    QString markerLabel;
    std::vector<MapPlace> path;
    QStringList axisNames;
    MapTheme theme = MapTheme::Dark;
    MapTool tool = MapTool::Navigate;
    double pointSize = 5, opacity = 0.85;
    bool sizeChosen = false, opacityChosen = false;
    bool legendVisible = true, panelVisible = true, ellipsesVisible = true;
    MapPlace origin{};     ///< what places sent to the scene are relative to
    bool untouched = true; ///< the view is as fit() left it, and follows the widget's size

    bool placesDirty = true, coloursDirty = true, samplesDirty = true, sceneDirty = true;
    bool moving = false; ///< the view is being moved: a part of the points will do
    double fullMilliseconds = 0, frameMilliseconds = 0, lastFraction = 1;
    QTimer settleTimer;

    qint64 hovered = -1, highlighted = -1;
    std::optional<MapHoverCard> card;
    qint64 cardRow = -1;
    QPointF mouse;
    bool mouseInside = false, overOverlay = false;
    QElapsedTimer placeClock;
    QTimer placeTimer;

    enum class Drag { None, Undecided, Pan, Orbit, Rectangle, Lasso };
    Drag drag = Drag::None;
    Qt::MouseButton dragButton = Qt::NoButton;
    Qt::KeyboardModifiers dragModifiers;
    QPointF dragStart, dragLast;
    QPolygonF outline;
    bool afterDoubleClick = false;
    QImage frame;           ///< what the view shows, in device pixels
    bool frameDirty = true; ///< something in it has changed
    MapCanvas canvas;       ///< last, so that it ends while what it draws is still there
};

MapSelectionMode selectionMode(Qt::KeyboardModifiers modifiers);

} // namespace galatea
