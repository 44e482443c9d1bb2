#include "widgets/charts/density_chart.h"

#include <algorithm>

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

namespace galatea {

DensityChart::DensityChart(QWidget* parent) : Chart(parent) {
    setToolTip(
        "Drag over objects to select them (Shift adds, Ctrl takes away). Right-click: save as PNG, SVG or "
        "CSV");
}

/// A cell's colour is the mean of its rows' layers, its opacity the logarithm of their number.
QImage DensityChart::paintDensity(const Content& content) {
    QImage picture(content.columns, content.rows, QImage::Format_ARGB32);
    picture.fill(Qt::transparent);
    const auto cells = static_cast<size_t>(content.columns) * static_cast<size_t>(content.rows);
    std::vector<double> total(cells, 0), red(cells, 0), green(cells, 0), blue(cells, 0);
    double most = 1;
    for (const DensityLayer& layer : content.layers)
        for (size_t cell = 0; cell < cells; ++cell) {
            const double number = layer.counts[cell];
            total[cell] += number;
            red[cell] += number * layer.colour.red();
            green[cell] += number * layer.colour.green();
            blue[cell] += number * layer.colour.blue();
            most = std::max(most, total[cell]);
        }
    const bool chosen = !content.selected.empty();
    for (size_t cell = 0; cell < cells; ++cell) {
        if (total[cell] <= 0)
            continue;
        const double part = (1 + std::log(total[cell])) / (1 + std::log(most));
        const bool grey = chosen && content.selected[cell] == 0; // context of what is selected
        const int opacity =
            chosen && !grey ? 255 : static_cast<int>((grey ? 40 : 90) + (grey ? 60 : 165) * part);
        const auto mean = [&](const std::vector<double>& sums) {
            return grey ? 140 : static_cast<int>(sums[cell] / total[cell]);
        };
        const QRgb pixel = qRgba(mean(red), mean(green), mean(blue), opacity);
        const auto columns = static_cast<size_t>(content.columns);
        picture.setPixel(static_cast<int>(cell % columns),
                         content.rows - 1 - static_cast<int>(cell / columns), pixel);
    }
    return picture;
}

void DensityChart::setContent(Content content, const QImage& picture) {
    content_ = std::move(content);
    picture_ = picture;
    findRanges();
    update();
}

void DensityChart::findRanges() {
    x_ = content_.x;
    y_ = content_.y;
}

std::vector<LegendEntry> DensityChart::legend() const {
    std::vector<LegendEntry> entries;
    for (const DensityLayer& layer : content_.layers)
        entries.push_back({layer.name, layer.colour, false, true});
    return entries;
}

void DensityChart::paintContent(QPainter& painter, const QRectF& area) const {
    painter.save();
    painter.setClipRect(area);
    if (content_.points.empty()) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(area, picture_);
        painter.restore();
        return;
    }
    const bool chosen = !content_.selected.empty();
    const double radius = content_.points.size() > 4000 ? 1.3 : 2.2;
    painter.setPen(Qt::NoPen);
    for (const bool selected : {false, true}) // what is selected lies above
        for (const DensityPoint& point : content_.points) {
            if (point.selected != selected)
                continue;
            QColor colour = chosen && !selected ? QColor(140, 140, 150)
                                                : content_.layers[static_cast<size_t>(point.layer)].colour;
            colour.setAlphaF(selected ? 1.0F : chosen ? 0.35F : 0.7F);
            painter.setBrush(colour);
            painter.drawEllipse(position(point.place), radius, radius);
        }
    painter.restore();
}

void DensityChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (stroke_.size() > 1) {
        QColor tint = palette().color(QPalette::Highlight);
        painter.setPen(QPen(tint, 1.4));
        tint.setAlpha(40);
        painter.setBrush(tint);
        painter.drawPolygon(stroke_);
    } else if (reading_) {
        const QPointF at = valueAt(mouse_);
        paintBox(painter, area, mouse_.x(), {figure(at.x()) + ", " + figure(at.y())});
    }
}

void DensityChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && !isEmpty() && plot().contains(event->position()))
        stroke_ = {{event->position()}};
}

void DensityChart::mouseMoveEvent(QMouseEvent* event) {
    const QRectF area = plot();
    reading_ = area.contains(event->position());
    mouse_ = event->position();
    if (!stroke_.isEmpty()) {
        const QPointF at(std::clamp(mouse_.x(), area.left(), area.right()),
                         std::clamp(mouse_.y(), area.top(), area.bottom()));
        const QPointF from = stroke_.first();
        if (lasso_)
            stroke_ << at;
        else
            stroke_ = QPolygonF({from, {at.x(), from.y()}, at, {from.x(), at.y()}});
    }
    update();
}

void DensityChart::mouseReleaseEvent(QMouseEvent* event) {
    const QPolygonF stroke = std::exchange(stroke_, {});
    update();
    const QRectF box = stroke.boundingRect();
    if (stroke.size() < 3 || std::max(box.width(), box.height()) < 4)
        return;
    QPolygonF outline;
    for (const QPointF& corner : stroke)
        outline << valueAt(corner);
    Q_EMIT brushed(outline, brushMode(event->modifiers()));
}

void DensityChart::leaveEvent(QEvent*) {
    reading_ = false;
    update();
}

QString DensityChart::csv() const {
    QString text;
    const auto quoted = [](QString name) { return '"' + name.replace('"', "\"\"") + '"'; };
    if (!content_.points.empty()) {
        text = "class,x,y,selected\n";
        for (const DensityPoint& point : content_.points)
            text += quoted(content_.layers[static_cast<size_t>(point.layer)].name) + ',' +
                    QString::number(point.place.x(), 'g', 17) + ',' +
                    QString::number(point.place.y(), 'g', 17) + (point.selected ? ",1\n" : ",0\n");
        return text;
    }
    text = "class,x_low,y_low,x_high,y_high,count\n";
    const double dx = (content_.x.high - content_.x.low) / std::max(1, content_.columns),
                 dy = (content_.y.high - content_.y.low) / std::max(1, content_.rows);
    for (const DensityLayer& layer : content_.layers)
        for (size_t cell = 0; cell < layer.counts.size(); ++cell) {
            if (layer.counts[cell] == 0)
                continue;
            const double x = content_.x.low +
                             dx * static_cast<double>(cell % static_cast<size_t>(content_.columns)),
                         y = content_.y.low +
                             dy * static_cast<double>(cell / static_cast<size_t>(content_.columns));
            text += quoted(layer.name) + QString(",%1,%2,%3,%4,%5\n")
                                             .arg(x, 0, 'g', 12)
                                             .arg(y, 0, 'g', 12)
                                             .arg(x + dx, 0, 'g', 12)
                                             .arg(y + dy, 0, 'g', 12)
                                             .arg(layer.counts[cell]);
        }
    return text;
}

} // namespace galatea
