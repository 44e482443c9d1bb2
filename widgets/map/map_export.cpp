// Pictures for publication: the map at any size, as pixels or as shapes.
#include "widgets/charts/svg_device.h"
#include "widgets/map/map_annotations.h"
#include "widgets/map/map_view_p.h"

#include <QPainter>

#include <algorithm>
#include <stdexcept>

namespace galatea {

namespace {

constexpr int mostPixels = 16384; // a side

QColor toQColor(const Rgba& colour, double opacity = 1) {
    return {colour.r, colour.g, colour.b, static_cast<int>(colour.a * opacity + 0.5)};
}

/// A point as a shape.
struct DrawnPoint {
    QPointF at;
    double depth = 0, diameter = 0;
    QColor colour;
};

/// The points of a stratum in the order they are laid over one another; false if there are more than `most`.
bool collect(const PaintEye& eye, const Stratum& stratum, size_t most, std::vector<DrawnPoint>& points) {
    const TileOrder& order = stratum.store->order();
    const size_t first = points.size();
    for (uint32_t round = 0; round < order.rounds; ++round)
        for (const Tile& tile : order.tiles) {
            if (!boundsOf(tile, eye.projector).meets(0, 0, eye.width, eye.height))
                continue;
            const uint32_t end = order.slotAfter(tile, round + 1);
            for (uint32_t slot = order.slotAfter(tile, round); slot < end; ++slot) {
                double x = 0, y = 0, depth = 0;
                if ((stratum.store->flags()[slot] & stratum.mask) != stratum.wanted ||
                    !eye.projector(order.x[slot], order.y[slot], order.z.empty() ? 0.0F : order.z[slot], x, y,
                                   depth) ||
                    x < 0 || y < 0 || x >= eye.width || y >= eye.height)
                    continue;
                if (points.size() == most)
                    return false;
                const Rgba tint = stratum.colour ? *stratum.colour : stratum.store->tints()[slot];
                points.push_back({{x, y}, depth, stratum.diameter, toQColor(tint, stratum.opacity)});
            }
        }
    if (!eye.inSpace())
        return true;
    std::stable_sort(points.begin() + static_cast<std::ptrdiff_t>(first), points.end(),
                     [](const DrawnPoint& a, const DrawnPoint& b) { return a.depth > b.depth; });
    for (size_t k = first; k < points.size(); ++k)
        points[k].diameter *=
            std::clamp(eye.reference / points[k].depth, PaintEye::leastScale, PaintEye::mostScale);
    return true;
}

void drawShapes(QPainter& painter, const Stratum& stratum, const std::vector<DrawnPoint>& points) {
    painter.setPen(Qt::NoPen);
    for (const DrawnPoint& point : points) {
        painter.setBrush(point.colour);
        const double r = point.diameter / 2;
        if (stratum.diamond)
            painter.drawPolygon(QPolygonF{point.at + QPointF(0, -r), point.at + QPointF(r, 0),
                                          point.at + QPointF(0, r), point.at + QPointF(-r, 0)});
        else
            painter.drawEllipse(point.at, r, r);
    }
    painter.setBrush(Qt::NoBrush);
}

} // namespace

/// Everything of a picture but its points: what lies below them, and what is written above.
class MapView::Private::Publication {
  public:
    Publication(Private& view, const QSizeF& size) : view_(view), camera_(view.camera), size_(size) {
        camera_.setViewport(size);
        if (view_.coloursDirty || view_.samplesDirty)
            view_.tintAll();
    }
    const MapCamera& camera() const { return camera_; }

    void paintGround(QPainter& painter) const {
        painter.setRenderHint(QPainter::Antialiasing);
        const MapProjector projector = camera_.projector();
        for (const SceneLine& line : view_.gridLines(camera_, view_.origin)) {
            QPointF ends[2];
            bool front = true;
            for (int end = 0; end < 2; ++end) {
                const auto& place = end == 0 ? line.from : line.to;
                double x = 0, y = 0, depth = 0;
                front = projector(place[0] + view_.origin[0], place[1] + view_.origin[1],
                                  place[2] + view_.origin[2], x, y, depth) &&
                        front;
                ends[end] = {x, y};
            }
            painter.setPen(QPen(toQColor(line.colour), 1));
            if (front)
                painter.drawLine(ends[0], ends[1]);
        }
    }

    /// The points at `ratio` pixels a logical one.
    QImage points(double ratio, const QSize& pixels) const {
        PointPainter painter;
        DensityShading shading;
        painter.begin(view_.eye(camera_, ratio, pixels), view_.strata(ratio));
        painter.paintAll();
        QImage image(pixels, QImage::Format_RGBA8888_Premultiplied);
        view_.resolve(painter, shading, image.bits());
        density_ = {shading.least(), shading.most(), MapColourMap::Magma};
        return image;
    }

    void paintAbove(QPainter& painter) const {
        OverlayContent content(view_.store, view_.colouring, camera_);
        view_.describeMap(content);
        content.size = size_;
        if (!view_.layerShown)
            content.layerCount = 0;
        if (view_.shading == MapShading::Density && view_.store.visibleCount() > 0)
            content.density = density_;
        paintAnnotations(painter, content);
    }

    /// As shapes, if they are no more than `most`.
    bool paintShapes(QPainter& painter, size_t most) const {
        if (view_.shading == MapShading::Density)
            return false;
        const PaintEye eye = view_.eye(camera_, 1, size_.toSize());
        const std::vector<Stratum> strata = view_.strata(1);
        std::vector<std::vector<DrawnPoint>> points(strata.size());
        for (size_t k = 0; k < strata.size(); ++k) {
            if (!collect(eye, strata[k], most, points[k]))
                return false;
            most -= points[k].size();
        }
        for (size_t k = 0; k < strata.size(); ++k)
            drawShapes(painter, strata[k], points[k]);
        return true;
    }

  private:
    Private& view_;
    MapCamera camera_;
    QSizeF size_;
    mutable OverlayDensity density_;
};

QImage MapView::renderImage(const QSize& pixels, double scale) {
    if (pixels.isEmpty() || pixels.width() > mostPixels || pixels.height() > mostPixels || !(scale > 0))
        throw std::invalid_argument("A picture of the map has 1 to 16,384 pixels a side.");
    const Private::Publication publication(*d_, QSizeF(pixels) / scale);
    const Rgba ground = groundColour(d_->theme == MapTheme::Dark);
    QImage image(pixels, QImage::Format_RGB32);
    image.fill(QColor(ground.r, ground.g, ground.b));
    QPainter painter(&image);
    painter.scale(scale, scale);
    publication.paintGround(painter);
    painter.resetTransform();
    painter.drawImage(0, 0, publication.points(scale, pixels));
    painter.scale(scale, scale);
    publication.paintAbove(painter);
    return image;
}

QByteArray MapView::renderSvg(const QSize& size, double scale, qint64 vectorPoints) {
    const QSize pixels = size * scale;
    if (size.isEmpty() || pixels.width() > mostPixels || pixels.height() > mostPixels || !(scale > 0))
        throw std::invalid_argument("A picture of the map has 1 to 16,384 pixels a side.");
    const Private::Publication publication(*d_, size);
    const Rgba ground = groundColour(d_->theme == MapTheme::Dark);
    SvgDevice device(size);
    {
        QPainter painter(&device);
        painter.fillRect(QRect(QPoint(), size), QColor(ground.r, ground.g, ground.b));
        publication.paintGround(painter);
        if (!publication.paintShapes(painter, static_cast<size_t>(std::max<qint64>(0, vectorPoints))))
            painter.drawImage(QRectF(QPointF(), QSizeF(size)), publication.points(scale, pixels),
                              QRectF(QPointF(), QSizeF(pixels)));
        publication.paintAbove(painter);
    }
    return device.document();
}

} // namespace galatea
