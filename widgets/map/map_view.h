#pragma once
// The map: every object a point, in two or three dimensions, drawn by VTK with a Dear ImGui overlay in the
// same frame. Plain types only at this border: neither VTK nor ImGui is seen by those who include it.

#include "core/array.h"
#include "widgets/map/map_types.h"

#include <QColor>
#include <QImage>
#include <QJsonObject>
#include <QPointF>
#include <QRectF>
#include <QStringList>
#include <QWidget>

#include <array>
#include <memory>
#include <vector>

namespace galatea {

class MapView : public QWidget {
    Q_OBJECT

  public:
    explicit MapView(QWidget* parent = nullptr);
    ~MapView() override;

    // ---- The points --------------------------------------------------------------------------------
    /// Shows the rows of `coordinates` [N,2] or [N,3] and, if `fit`, moves the view so that the bulk of them
    /// (1st to 99th percentile, with a margin) fills it. Rows with a coordinate that is not finite are never
    /// drawn nor picked but keep their number. Drops classes, values, colours and selection if N changed.
    /// Throws std::invalid_argument on any other shape.
    void setPoints(const Array& coordinates, bool fit = true);
    qint64 pointCount() const; ///< of the points set last, be they shown yet or not
    int dimensions() const;    ///< 2 or 3; likewise
    /// Whether what concerns very many points (their tiles, colours, classes, selection) is made ready away
    /// from this thread while the picture before stays. Off at first: all is there when a setter returns.
    void setDeferring(bool deferring);
    bool preparing() const;       ///< something of that is still to be shown
    bool isShowingPoints() const; ///< there are points on show, be they those set last or not
    void setAxisNames(const QStringList& names);

    // ---- Colour: the last one set is shown; setColouring goes back to an earlier one ------------------
    void setUniformColour(const QColor& colour);
    /// `classOf[row]` indexes `classes`; any other number means "no class": drawn grey, not in the legend,
    /// and gone while one class is shown alone.
    void setClasses(std::vector<int> classOf, const std::vector<MapClass>& classes);
    /// Continuous colouring with a colour bar; NaN is drawn grey. The range defaults to the finite values'
    /// 1st to 99th percentile.
    void setValues(std::vector<double> values, const QString& name, MapColourMap map = MapColourMap::Viridis);
    void setColouring(MapColouring colouring);
    MapColouring colouring() const;

    // ---- Which classes show -------------------------------------------------------------------------
    int classCount() const;
    void setClassVisible(int index, bool visible);
    void setClassesVisible(const std::vector<bool>& visible); ///< one per class, else nothing happens
    bool isClassVisible(int index) const;
    void isolateClass(int index); ///< show it alone; again: show all
    void showAllClasses();
    /// A further filter by row, as from the table: true = may be shown. Empty: no filter.
    void setRowFilter(std::vector<bool> shown);
    bool isRowVisible(qint64 row) const; ///< finite, not filtered, class shown

    // ---- Layers -------------------------------------------------------------------------------------
    void setEllipses(const std::vector<MapEllipse>& ellipses);
    /// Extra points, drawn as diamonds above the others: [M,2|3] with as many columns as the map.
    void setSampleLayer(const Array& coordinates, const QColor& colour = {});
    void setMarker(const std::array<double, 3>& place, const QString& label = {}); ///< the moving point
    void clearMarker();
    /// A second data set, drawn in one colour above the points and below what is selected, with its name and
    /// number below: [M,2|3] with as many columns as the map. It is neither picked nor selected. An empty
    /// array removes it.
    void setDataLayer(const Array& coordinates, const QString& name, const QColor& colour = {});
    /// How it is drawn; hidden, only its name stays. An opacity of 0 is the points' own.
    void setDataLayerLook(const QString& name, const QColor& colour, double opacity, bool shown);
    qint64 dataLayerCount() const;
    /// A line through [M,2|3]: a traversal or an interpolation. An empty array removes it.
    void setPath(const Array& coordinates, const QColor& colour = {});

    // ---- Selection ----------------------------------------------------------------------------------
    /// Rows in ascending order; the others stay as grey context while this is not empty. Emits nothing.
    void setSelection(std::vector<qint64> rows);
    const std::vector<qint64>& selection() const;
    /// Rings one row, as when it is hovered or current elsewhere; -1 for none.
    void setHighlighted(qint64 row);

    // ---- Hover card ---------------------------------------------------------------------------------
    /// Answers hovered(row). Ignored unless `row` is what the mouse is on now, so late answers do no harm.
    /// Row -1 shows a card beside the cursor while it is on no point.
    void setHoverCard(qint64 row, const MapHoverCard& card);
    void setHoverDecoded(qint64 row, const QImage& decoded, const QString& distance = {});
    void clearHoverCard();
    qint64 hoveredRow() const;

    // ---- Pictures at the points ---------------------------------------------------------------------
    /// Somebody answers thumbnailsWanted(): where few points are in view, their pictures are shown.
    void setThumbnailsOffered(bool offered);
    void setThumbnail(qint64 row, const QImage& picture);
    void clearThumbnails(); ///< all are asked for anew
    /// Rows whose pictures the last frame showed.
    const std::vector<qint64>& thumbnailsShown() const;

    // ---- Looks --------------------------------------------------------------------------------------
    void setTheme(MapTheme theme);
    MapTheme theme() const;
    void setPointSize(double logicalPixels); ///< 1 to 30
    double pointSize() const;
    void setOpacity(double opacity); ///< 0.02 to 1
    double opacity() const;
    void setShading(MapShading shading);
    MapShading shading() const;
    void setLegendVisible(bool visible);
    void setThumbnailsVisible(bool visible);
    void setDisplayPanelVisible(bool visible);
    void setEllipsesVisible(bool visible);
    void setTool(MapTool tool);
    MapTool tool() const;
    void setBrushRadius(double logicalPixels); ///< 4 to 150
    double brushRadius() const;

    // ---- View ---------------------------------------------------------------------------------------
    void fitToData(); ///< what setPoints does; also turns a 3-D map back to its first direction
    void fitToSelection();
    void centreOn(qint64 row);
    MapFraming framing() const;
    /// Looks at the same part of this map; of one of other dimensions nothing is taken. Emits nothing.
    void setFraming(const MapFraming& framing);
    /// Logical pixels from the top left corner of the widget; outside it for places out of view. NaN for a
    /// place behind the eye.
    QPointF mapToScreen(const std::array<double, 3>& place) const;
    QPointF rowToScreen(qint64 row) const;
    /// The place under a screen position; on a 3-D map, in the plane through the point looked at.
    std::array<double, 3> screenToMap(QPointF position) const;
    /// The nearest visible row within `radius` logical pixels (of its centre), or -1.
    qint64 pick(QPointF position, double radius = 10) const;
    /// Visible rows whose screen position lies inside the polygon by the even-odd rule, ascending.
    std::vector<qint64> rowsInside(const QPolygonF& polygon) const;
    /// Visible rows no farther than `radius` from the line through these points, ascending.
    std::vector<qint64> rowsUnder(const QPolygonF& stroke, double radius) const;

    /// Camera, point size, opacity, tool, colouring and hidden classes; enough to draw the same view again
    /// from the same data.
    QJsonObject viewState() const;
    /// Takes what it understands and leaves the rest as it is; never throws. Does not emit viewChanged().
    void setViewState(const QJsonObject& state);
    /// The view as it looks now, overlay included, in device pixels.
    QImage grabImage();
    double lastFrameMilliseconds() const;
    /// Of the points that can lie in view, how many the picture shows: below 1 while the view moves and until
    /// the rest has followed.
    double detail() const;
    /// Time for drawing points within one frame of a moving view; 24 ms if never set.
    void setFrameBudget(double milliseconds);
    /// Memory the view holds for its points.
    qint64 pointBytes() const;

    // ---- Pictures for publication (map_export.cpp) --------------------------------------------------
    /// What the view shows, all of it drawn, at any size: axes, legend, ellipses, path and layers, without
    /// tools and cards. `scale` enlarges text, points and lines: 2 suits a picture twice as large.
    QImage renderImage(const QSize& pixels, double scale = 1);
    /// The same as SVG: axes, legend, ellipses and paths as shapes and text; the points too where at most
    /// `vectorPoints` are in view, else as a picture of `scale` pixels a unit.
    QByteArray renderSvg(const QSize& size, double scale = 2, qint64 vectorPoints = 4000);

    // ---- For tests: where the overlay's parts were last drawn, in logical pixels; empty if not shown ----
    /// By name: "legend.row.3", "panel.settings", "panel.size", "tool.lasso", "card.decoded", ...
    QRectF overlayRect(const QString& part) const;
    QRectF legendRect() const;
    QRectF legendRowRect(int index) const;
    QRectF displayPanelRect() const;
    QRectF hoverCardRect() const;
    QRectF colourBarRect() const;

  Q_SIGNALS:
    void hovered(qint64 row);                                  ///< -1: the mouse left the last one
    void clicked(qint64 row, Qt::KeyboardModifiers modifiers); ///< -1: on empty ground
    void doubleClicked(qint64 row);
    void selectionRequested(const std::vector<qint64>& rows, galatea::MapSelectionMode mode);
    /// Map coordinates under the mouse, at most 30 times a second; 2-D maps only.
    void placeHovered(QPointF place);
    void placeLeft();
    /// Pictures that the view has room for and has not got, the most wanted first. Each row once.
    void thumbnailsWanted(const std::vector<qint64>& rows);
    void viewChanged(); ///< somebody moved the view
    void pointsShown(); ///< the points set last are those on show
    void preparingChanged(bool preparing);
    void preparingFailed();  ///< for want of memory; the points are as before, or gone if they were others
    void dataLayerToggled(); ///< its name was clicked: to be shown, or hidden
    void toolChanged(galatea::MapTool tool);
    void classVisibilityChanged();
    void frameDrawn();     ///< the picture was drawn anew
    void displayChanged(); ///< point size, opacity or an overlay switch was changed in the view

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    class Private;
    std::unique_ptr<Private> d_;
};

} // namespace galatea
