#include "widgets/map/map_view.h"

#include <QPolygonF>

#include <limits>
#include <stdexcept>

namespace galatea {

class MapView::Private {
  public:
    Array points;
    std::vector<qint64> selection;
    std::vector<MapClass> classes;
    std::vector<bool> classVisible;
    MapColouring colouring = MapColouring::Uniform;
    MapTheme theme = MapTheme::Dark;
    MapTool tool = MapTool::Navigate;
    double pointSize = 5, opacity = 0.8;
};

MapEllipse MapEllipse::planar(QPointF centre, double xx, double xy, double yy, QColor colour, QString label) {
    MapEllipse ellipse;
    ellipse.centre = {centre.x(), centre.y(), 0};
    ellipse.covariance = {xx, xy, 0, xy, yy, 0, 0, 0, 0};
    ellipse.colour = colour;
    ellipse.label = std::move(label);
    return ellipse;
}

MapView::MapView(QWidget* parent) : QOpenGLWidget(parent), d_(std::make_unique<Private>()) {}
MapView::~MapView() = default;

void MapView::setPoints(const Array& coordinates, bool) {
    if (coordinates.rank() != 2 || coordinates.dim(1) < 2 || coordinates.dim(1) > 3)
        throw std::invalid_argument("A map takes coordinates of the shape [N,2] or [N,3].");
    d_->points = coordinates;
}
qint64 MapView::pointCount() const {
    return d_->points.empty() ? 0 : d_->points.dim(0);
}
int MapView::dimensions() const {
    return d_->points.empty() ? 2 : static_cast<int>(d_->points.dim(1));
}
void MapView::setAxisNames(const QStringList&) {}
void MapView::setUniformColour(const QColor&) {}
void MapView::setColours(const std::vector<QRgb>&) {}
void MapView::setColourIndices(const std::vector<quint8>&, const std::vector<QColor>&) {}
void MapView::setClasses(const std::vector<int>&, const std::vector<MapClass>& classes) {
    d_->classes = classes;
    d_->classVisible.assign(classes.size(), true);
}
void MapView::setValues(const std::vector<double>&, const QString&, MapColourMap) {}
void MapView::setValueRange(double, double) {}
void MapView::setColouring(MapColouring colouring) {
    d_->colouring = colouring;
}
MapColouring MapView::colouring() const {
    return d_->colouring;
}
int MapView::classCount() const {
    return static_cast<int>(d_->classes.size());
}
void MapView::setClassVisible(int index, bool visible) {
    d_->classVisible.at(size_t(index)) = visible;
}
bool MapView::isClassVisible(int index) const {
    return d_->classVisible.at(size_t(index));
}
void MapView::isolateClass(int) {}
void MapView::showAllClasses() {}
void MapView::setRowFilter(const std::vector<bool>&) {}
bool MapView::isRowVisible(qint64) const {
    return true;
}
void MapView::setEllipses(const std::vector<MapEllipse>&) {}
void MapView::setSampleLayer(const Array&, const QColor&) {}
void MapView::setMarker(const std::array<double, 3>&, const QString&) {}
void MapView::clearMarker() {}
void MapView::setPath(const Array&, const QColor&) {}
void MapView::setSelection(const std::vector<qint64>& rows) {
    d_->selection = rows;
}
const std::vector<qint64>& MapView::selection() const {
    return d_->selection;
}
void MapView::setHighlighted(qint64) {}
void MapView::setHoverCard(qint64, const MapHoverCard&) {}
void MapView::setHoverDecoded(qint64, const QImage&, const QString&) {}
void MapView::clearHoverCard() {}
qint64 MapView::hoveredRow() const {
    return -1;
}
void MapView::setTheme(MapTheme theme) {
    d_->theme = theme;
}
MapTheme MapView::theme() const {
    return d_->theme;
}
void MapView::setPointSize(double size) {
    d_->pointSize = size;
}
double MapView::pointSize() const {
    return d_->pointSize;
}
void MapView::setOpacity(double opacity) {
    d_->opacity = opacity;
}
double MapView::opacity() const {
    return d_->opacity;
}
void MapView::setLegendVisible(bool) {}
void MapView::setDisplayPanelVisible(bool) {}
void MapView::setEllipsesVisible(bool) {}
void MapView::setTool(MapTool tool) {
    d_->tool = tool;
}
MapTool MapView::tool() const {
    return d_->tool;
}
void MapView::fitToData() {}
void MapView::fitToSelection() {}
void MapView::centreOn(qint64) {}
QPointF MapView::mapToScreen(const std::array<double, 3>&) const {
    return {};
}
QPointF MapView::rowToScreen(qint64) const {
    return {};
}
std::array<double, 3> MapView::screenToMap(QPointF) const {
    return {};
}
qint64 MapView::pick(QPointF, double) const {
    return -1;
}
std::vector<qint64> MapView::rowsInside(const QPolygonF&) const {
    return {};
}
QJsonObject MapView::viewState() const {
    return {};
}
void MapView::setViewState(const QJsonObject&) {}
QImage MapView::grabImage() {
    return grabFramebuffer();
}
double MapView::lastFrameMilliseconds() const {
    return 0;
}
QRectF MapView::legendRect() const {
    return {};
}
QRectF MapView::legendRowRect(int) const {
    return {};
}
QRectF MapView::displayPanelRect() const {
    return {};
}
QRectF MapView::hoverCardRect() const {
    return {};
}
QRectF MapView::colourBarRect() const {
    return {};
}
void MapView::initializeGL() {}
void MapView::resizeGL(int, int) {}
void MapView::paintGL() {}
bool MapView::event(QEvent* event) {
    return QOpenGLWidget::event(event);
}
void MapView::mousePressEvent(QMouseEvent*) {}
void MapView::mouseMoveEvent(QMouseEvent*) {}
void MapView::mouseReleaseEvent(QMouseEvent*) {}
void MapView::mouseDoubleClickEvent(QMouseEvent*) {}
void MapView::wheelEvent(QWheelEvent*) {}
void MapView::keyPressEvent(QKeyEvent*) {}
void MapView::leaveEvent(QEvent*) {}

} // namespace galatea
