#pragma once
// The view's state, shared by the files that make it up: map_view.cpp and map_changes.cpp (what others set),
// map_paint.cpp and map_points.cpp (drawing), map_interaction.cpp (mouse and keys) and map_state.cpp (views
// kept as JSON).

#include "widgets/map/colouring.h"
#include "widgets/map/density_shading.h"
#include "widgets/map/map_camera.h"
#include "widgets/map/map_canvas.h"
#include "widgets/map/map_view.h"
#include "widgets/map/overlay.h"
#include "widgets/map/picking.h"
#include "widgets/map/point_changes.h"
#include "widgets/map/point_painter.h"
#include "widgets/map/point_store.h"
#include "widgets/map/thumbnail_plan.h"
#include "widgets/map/vtk_scene.h"

#include <QElapsedTimer>
#include <QHash>
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
    void sendSamples();
    void sendLayer();
    void tintAll();    ///< colours all points that are to be drawn, if that is needed
    class Publication; ///< map_export.cpp
    std::vector<SceneLine> gridLines(const MapCamera& from, const MapPlace& relativeTo) const;
    void renderScene();
    // ---- The points (map_points.cpp) ----
    PaintEye eye(const MapCamera& from, double ratio, const QSize& pixels) const;
    std::vector<Stratum> strata(double ratio) const;
    void paintPoints();
    /// All that is painted, as premultiplied pixels.
    void resolve(PointPainter& painted, DensityShading& density, uint8_t* rgba) const;
    void goOn(); ///< with a picture that is not complete, away from this thread
    OverlayContent content() const;
    void describeMap(OverlayContent& shown) const; ///< what is written on the screen and on a picture alike
    void describeHand(OverlayContent& shown) const;
    void apply(const OverlayAnswer& answer);
    void redraw();        ///< scene and overlay, at the next paint event
    void redrawOverlay(); ///< overlay only
    void coloursChanged();

    // ---- What concerns every point (map_changes.cpp) ----
    void change(PointChange kind, int64_t rows, PointChanges::Change what);
    void takeOver(std::optional<PointState> changed);
    void tellPreparing();
    void arrived();
    void pointsArrived(const PointState::News& news);

    // ---- View (map_view.cpp) ----
    MapCamera fittedCamera() const;
    void fit();
    void setShown(std::vector<bool> shown);
    void hideNamed(const QJsonArray& entries); ///< map_state.cpp
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
    PointState state;
    PointStore &store = state.store, &layerStore = state.layer;
    Colouring& colouring = state.colouring;
    std::vector<bool>& classShown = state.classShown;
    const std::vector<qint64>& selection() const { return *state.selection; }
    struct {
        int64_t count = 0;
        int dimensions = 2;
        int64_t layerCount = 0;
        MapColouring mode = MapColouring::Uniform;
        std::vector<bool> classShown;
    } asked; ///< of what was set last, be it shown yet or not
    bool deferring = false, saidPreparing = false;
    uint64_t tintings = 0, layerTintings = 0; ///< done so far: copies made before have the old colours
    std::optional<QJsonObject> awaitedView;   ///< to be taken when the points are there
    PointStore sampleStore;
    MapCamera camera;
    VtkScene scene;
    Overlay overlay;

    std::vector<MapEllipse> ellipses;
    Array samples;
    QColor sampleColour, pathColour, layerColour;
    QString layerName;
    double layerOpacity = 0; ///< 0: the points' own
    bool layerShown = true;
    std::optional<MapPlace> marker;
    QString markerLabel;
    std::vector<MapPlace> path;
    QStringList axisNames;
    MapTheme theme = MapTheme::Dark;
    MapTool tool = MapTool::Navigate;
    double pointSize = 5, opacity = 0.85;
    bool sizeChosen = false, opacityChosen = false;
    MapShading shading = MapShading::Points;
    bool legendVisible = true, panelVisible = true, ellipsesVisible = true, thumbnailsVisible = true;
    double brushRadius = 18;
    MapPlace origin{};     ///< what places sent to the scene are relative to
    bool untouched = true; ///< the view is as fit() left it, and follows the widget's size

    bool coloursDirty = true, samplesDirty = true, sceneDirty = true;
    bool moving = false;    ///< the view is being moved: a part of the points will do
    bool wantWhole = false; ///< the next frame shows every point, however long that takes
    bool grown = false;     ///< more points are drawn than the frame shows
    double frameMilliseconds = 0;
    double budget = 24; ///< milliseconds for the points of a frame: with all else it stays below 50
    std::vector<uint8_t> pointPicture;
    PointPainter painter;
    DensityShading density;
    double resolveMilliseconds = 0; ///< to put the last picture together from what was painted
    double shownDetail = 1;         ///< share of the points in the frame
    quint64 pictureNumber = 0;      ///< tells a late slice from one of this picture
    QTimer settleTimer;

    qint64 hovered = -1, highlighted = -1;
    std::optional<MapHoverCard> card;
    qint64 cardRow = -1;
    QPointF mouse;
    bool mouseInside = false, overOverlay = false;
    QElapsedTimer placeClock;
    QTimer placeTimer;

    ThumbnailPlan planned;
    QHash<qint64, QImage> thumbnails;
    std::vector<qint64> wantedThumbnails, shownThumbnails;
    bool thumbnailsOffered = false;
    void planPictures();
    void askForPictures();
    void clearPictures();

    enum class Drag { None, Undecided, Pan, Orbit, Rectangle, Lasso, Brush };
    Drag drag = Drag::None;
    Qt::MouseButton dragButton = Qt::NoButton;
    Qt::KeyboardModifiers dragModifiers;
    QPointF dragStart, dragLast;
    QPolygonF outline;
    bool afterDoubleClick = false;
    QImage frame;           ///< what the view shows, in device pixels
    bool frameDirty = true; ///< something in it has changed
    PointChanges changes;
    MapCanvas canvas; ///< last, so that it ends while what it draws is still there
};

MapSelectionMode selectionMode(Qt::KeyboardModifiers modifiers);
/// A layer's places, without columns the map has not. Throws std::invalid_argument if it has too few.
Array layerColumns(const Array& coordinates, int dimensions);

} // namespace galatea
