#include "widgets/charts/box_chart.h"

#include <algorithm>
#include <limits>

#include <QMouseEvent>
#include <QPainter>

namespace galatea {

BoxChart::BoxChart(QWidget* parent) : Chart(parent) {
    setToolTip("Click a box to select its class (Shift adds, Ctrl takes away). Right-click: save as PNG, SVG "
               "or CSV");
}

void BoxChart::setBoxes(std::vector<BoxSeries> boxes) {
    boxes_ = std::move(boxes);
    QStringList names;
    for (const BoxSeries& box : boxes_)
        names << (box.name.isEmpty() ? QString("all") : box.name);
    setTickNames(names, {});
    under_ = -1;
    findRanges();
    update();
}

void BoxChart::findRanges() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const BoxSeries& box : boxes_)
        for (const double value : box.quantiles)
            if (box.count > 0 && std::isfinite(drawn(value))) {
                low = std::min(low, drawn(value));
                high = std::max(high, drawn(value));
            }
    x_ = {0.5, static_cast<double>(std::max<size_t>(1, boxes_.size())) + 0.5};
    if (!(low <= high)) {
        low = 0;
        high = 1;
    }
    const double room = high > low ? 0.06 * (high - low) : std::max(1e-9, 0.1 * std::fabs(high));
    y_ = {low - room, high + room};
}

void BoxChart::paintContent(QPainter& painter, const QRectF& area) const {
    const double width = std::min(46.0, 0.6 * area.width() / static_cast<double>(boxes_.size()));
    for (size_t k = 0; k < boxes_.size(); ++k) {
        const BoxSeries& box = boxes_[k];
        if (!(box.count > 0))
            continue;
        const auto place = [&](size_t q) { return position({static_cast<double>(k + 1), box.quantiles[q]}); };
        if (!std::isfinite(place(0).y()) || !std::isfinite(place(4).y()))
            continue;
        const double x = place(2).x();
        painter.setPen(QPen(box.colour, 1.4));
        painter.drawLine(place(0), place(1));
        painter.drawLine(place(3), place(4));
        for (const size_t end : {size_t{0}, size_t{4}})
            painter.drawLine(QPointF(x - width / 4, place(end).y()), QPointF(x + width / 4, place(end).y()));
        QColor fill = box.colour;
        fill.setAlphaF(static_cast<int>(k) == under_ ? 0.6F : 0.35F);
        painter.setBrush(fill);
        painter.drawRect(QRectF(QPointF(x - width / 2, place(3).y()), QPointF(x + width / 2, place(1).y())));
        painter.setPen(QPen(palette().color(QPalette::WindowText), 2));
        painter.drawLine(QPointF(x - width / 2, place(2).y()), QPointF(x + width / 2, place(2).y()));
        if (box.selected > 0) { // how much of the class is selected, along the foot
            painter.fillRect(QRectF(x - width / 2, area.bottom() - 4, width * box.selected / box.count, 4),
                             palette().color(QPalette::Highlight));
        }
    }
}

void BoxChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (under_ < 0)
        return;
    const BoxSeries& box = boxes_[static_cast<size_t>(under_)];
    QStringList lines{box.name.isEmpty() ? QString("all") : box.name,
                      QString::number(box.count, 'f', 0) + " objects"};
    if (box.selected > 0)
        lines << QString::number(box.selected, 'f', 0) + " selected";
    const char* names[] = {"5 %", "25 %", "median", "75 %", "95 %"};
    for (size_t q = 0; q < 5 && box.count > 0; ++q)
        lines << QString("%1 %2").arg(names[q], figure(box.quantiles[q]));
    paintBox(painter, area, position({under_ + 1.0, box.quantiles[2]}).x(), lines);
}

int BoxChart::boxAt(const QPointF& at) const {
    if (isEmpty() || !plot().contains(at))
        return -1;
    return std::clamp(static_cast<int>(std::lround(valueAt(at).x())) - 1, 0,
                      static_cast<int>(boxes_.size()) - 1);
}

void BoxChart::mouseMoveEvent(QMouseEvent* event) {
    under_ = boxAt(event->position());
    update();
}

void BoxChart::mousePressEvent(QMouseEvent* event) {
    if (const int box = boxAt(event->position()); event->button() == Qt::LeftButton && box >= 0)
        Q_EMIT picked(box, brushMode(event->modifiers()));
}

void BoxChart::leaveEvent(QEvent*) {
    under_ = -1;
    update();
}

QString BoxChart::csv() const {
    QString text = "class,p5,p25,median,p75,p95,count,selected\n";
    for (const BoxSeries& box : boxes_) {
        QString name = box.name;
        text += '"' + name.replace('"', "\"\"") + '"';
        for (const double value : box.quantiles)
            text += ',' + (box.count > 0 ? QString::number(value, 'g', 17) : QString());
        text += QString(",%1,%2\n").arg(box.count, 0, 'f', 0).arg(box.selected, 0, 'f', 0);
    }
    return text;
}

} // namespace galatea
