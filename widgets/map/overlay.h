#pragma once
// The overlay: Dear ImGui in a context of its own for each view, drawn over the scene in the same frame. It
// is told what to show in one struct and answers with what the person asked for in another; it changes
// nothing itself.

#include "widgets/map/colouring.h"
#include "widgets/map/map_camera.h"
#include "widgets/map/map_types.h"
#include "widgets/map/point_store.h"

#include <QHash>
#include <QPolygonF>
#include <QRectF>
#include <QSizeF>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace galatea {

/// What the colours of a density stand for: points a pixel.
struct OverlayDensity {
    double least = 1, most = 1;
    MapColourMap map = MapColourMap::Magma;
};

/// A picture at a point.
struct OverlayThumbnail {
    int64_t row = -1;
    QImage picture;
    QPointF at; ///< its middle
    Rgba colour;
};

/// What there is to show; the references are to the view's own state and outlive the frame.
struct OverlayContent {
    OverlayContent(const PointStore& points, const Colouring& colours, const MapCamera& eye)
        : store(points), colouring(colours), camera(eye) {}

    const PointStore& store;
    const Colouring& colouring;
    const MapCamera& camera;
    QSizeF size; ///< logical pixels
    double pixelRatio = 1;
    MapTheme theme = MapTheme::Dark;
    MapTool tool = MapTool::Navigate;
    MapShading shading = MapShading::Points;
    std::optional<OverlayDensity> density;
    bool thumbnailsOffered = false, thumbnailsVisible = true;
    double thumbnailSide = 0;
    std::vector<OverlayThumbnail> thumbnails;
    QString layerName; ///< of a second data set; its number of points 0: none
    QColor layerColour;
    int64_t layerCount = 0;
    bool layerShown = true;
    double brushRadius = 0; ///< 0: no brush at the cursor
    QPointF brushAt;
    bool brushing = false; ///< the outline is a brush's way
    double pointSize = 5, opacity = 1, frameMilliseconds = 0;
    bool legendVisible = true, panelVisible = true, ellipsesVisible = true;
    std::vector<bool> classShown;
    int64_t selected = 0;
    QStringList axisNames;
    std::vector<MapEllipse> ellipses;
    std::optional<MapPlace> marker;
    QString markerLabel;
    std::vector<MapPlace> path;
    QColor pathColour;
    int64_t hovered = -1, highlighted = -1;
    std::optional<MapHoverCard> card;
    QPointF cardAt;    ///< what the card belongs to, on the screen
    QPolygonF outline; ///< rectangle or lasso being drawn
    MapSelectionMode outlineMode = MapSelectionMode::Replace;
};

/// What the person asked for in this frame.
struct OverlayAnswer {
    std::optional<int> toggleClass, isolateClass;
    std::vector<bool> shownBefore; ///< with isolateClass: classes shown before the click that began it
    bool showAllClasses = false, fit = false, toggleLayer = false;
    std::optional<double> pointSize, opacity;
    std::optional<MapTool> tool;
    std::optional<bool> ellipsesVisible, legendVisible, thumbnailsVisible;
    std::optional<MapShading> shading;
};

class Overlay {
  public:
    Overlay();
    ~Overlay();

    void initialise(); ///< with the OpenGL context current
    void release();    ///< with the OpenGL context current
    OverlayAnswer paint(const OverlayContent& content);

    // Input, in logical pixels. True if the overlay keeps it from the map.
    bool mouseMoved(const QPointF& position);
    bool mousePressed(const QPointF& position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers,
                      bool doubleClick);
    bool mouseReleased(const QPointF& position, Qt::MouseButton button);
    bool wheelTurned(const QPointF& position, double notches);
    void mouseLeft();
    /// Input waits for a frame of its own, or an animation runs: paint once more.
    bool wantsAnotherFrame() const;

    /// Where a part was last drawn: "legend", "legend.row.3", "panel", "panel.size", "tool.lasso", "card",
    /// ...
    QRectF rect(const QString& part) const;

  private:
    class Private;
    std::unique_ptr<Private> d_;
};

} // namespace galatea
