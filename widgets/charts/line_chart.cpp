#include "widgets/charts/line_chart.h"

#include <algorithm>
#include <limits>

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

namespace galatea {

LineChart::LineChart(QWidget* parent) : Chart(parent) {}

void LineChart::setSeries(std::vector<ChartSeries> series) {
    series_ = std::move(series);
    findRanges();
    QStringList names;
    for (const ChartSeries& one : series_)
        if (!one.name.isEmpty())
            names << one.name;
    setAccessibleDescription(names.join(", "));
    update();
}

void LineChart::setFixedRanges(const std::optional<AxisRange>& x, const std::optional<AxisRange>& y) {
    fixedX_ = x;
    fixedY_ = y;
    findRanges();
    update();
}

void LineChart::findRanges() {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    x_ = y_ = {infinite, -infinite};
    for (const ChartSeries& one : series_)
        for (const QPointF& point : one.points) {
            const double h = drawn(point.y()), x = drawnX(point.x());
            if (!std::isfinite(x) || !std::isfinite(h))
                continue;
            x_ = {std::min(x_.low, x), std::max(x_.high, x)};
            y_ = {std::min(y_.low, h), std::max(y_.high, h)};
        }
    any_ = x_.low <= x_.high;
    if (!any_) {
        x_ = y_ = {};
        return;
    }
    if (x_.low == x_.high)
        x_ = {x_.low - 0.5, x_.high + 0.5};
    const double room =
        y_.high > y_.low ? 0.06 * (y_.high - y_.low) : std::max(1e-9, 0.1 * std::fabs(y_.high));
    y_ = {y_.low - room, y_.high + room};
    x_ = fixedX_.value_or(x_);
    y_ = fixedY_.value_or(y_);
}

std::vector<LegendEntry> LineChart::legend() const {
    std::vector<LegendEntry> entries;
    for (const ChartSeries& one : series_)
        entries.push_back({one.name, one.colour, one.dashed, one.dots});
    return entries;
}

void LineChart::paintContent(QPainter& painter, const QRectF& area) const {
    painter.save();
    painter.setClipRect(area.adjusted(-4, -4, 4, 4));
    for (const ChartSeries& one : series_)
        paintLine(painter, one);
    painter.restore();
}

void LineChart::paintLine(QPainter& painter, const ChartSeries& one) const {
    QPen pen(one.colour, 1.8);
    if (one.dashed)
        pen.setDashPattern({4, 3});
    pen.setJoinStyle(Qt::RoundJoin);
    QPainterPath path;
    std::vector<QPointF> dots;
    bool drawing = false;
    for (const QPointF& point : one.points) {
        if (!std::isfinite(drawnX(point.x())) || !std::isfinite(drawn(point.y()))) {
            drawing = false;
            continue;
        }
        dots.push_back(position(point));
        drawing ? path.lineTo(dots.back()) : path.moveTo(dots.back());
        drawing = true;
    }
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    if (!one.dots)
        painter.drawPath(path);
    if (!one.dots && dots.size() != 1) // one point makes no line yet
        return;
    painter.setBrush(one.colour);
    for (const QPointF& dot : dots)
        painter.drawEllipse(dot, one.dots ? 3.5 : 2.5, one.dots ? 3.5 : 2.5);
}

/// The nearest point of each series to the mouse, beside it.
void LineChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (!hasReading_)
        return;
    QStringList lines;
    double at = 0;
    for (const ChartSeries& one : series_) {
        const QPointF* nearest = nullptr;
        for (const QPointF& point : one.points)
            if (std::isfinite(drawn(point.y())) && std::isfinite(drawnX(point.x())) &&
                (!nearest ||
                 std::fabs(position(point).x() - reading_) < std::fabs(position(*nearest).x() - reading_)))
                nearest = &point;
        if (!nearest || one.name.isEmpty())
            continue;
        if (lines.isEmpty())
            lines << xTitle() + " " + figure(nearest->x());
        lines << one.name + " " + figure(nearest->y());
        at = position(*nearest).x();
        painter.setPen(Qt::NoPen);
        painter.setBrush(one.colour);
        painter.drawEllipse(position(*nearest), 3, 3);
    }
    if (!lines.isEmpty())
        paintBox(painter, area, at, lines);
}

void LineChart::mouseMoveEvent(QMouseEvent* event) {
    reading_ = event->position().x();
    hasReading_ = any_ && plot().contains(event->position());
    update();
}

void LineChart::setPickable(bool on) {
    pickable_ = on;
    setCursor(on ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void LineChart::mousePressEvent(QMouseEvent* event) {
    if (!pickable_ || event->button() != Qt::LeftButton || !plot().contains(event->position()))
        return Chart::mousePressEvent(event);
    const QPointF* nearest = nullptr;
    const auto away = [&](const QPointF& point) {
        return std::fabs(position(point).x() - event->position().x());
    };
    for (const ChartSeries& one : series_)
        for (const QPointF& point : one.points)
            if (std::isfinite(drawnX(point.x())) && (!nearest || away(point) < away(*nearest)))
                nearest = &point;
    if (nearest)
        Q_EMIT picked(nearest->x());
}

void LineChart::leaveEvent(QEvent*) {
    hasReading_ = false;
    update();
}

QString LineChart::csv() const {
    QString text = "series,x,y\n";
    for (const ChartSeries& one : series_) {
        QString name = one.name;
        name.replace('"', "\"\"");
        for (const QPointF& point : one.points)
            text += '"' + name + "\"," + QString::number(point.x(), 'g', 17) + ',' +
                    QString::number(point.y(), 'g', 17) + '\n';
    }
    return text;
}

} // namespace galatea
