#include "widgets/charts/line_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include "widgets/charts/ticks.h"

namespace galatea {

namespace {

constexpr double legendLine = 18; // length of a sample line in the legend

QColor between(const QColor& a, const QColor& b, double part) {
    return QColor::fromRgbF(static_cast<float>(a.redF() + part * (b.redF() - a.redF())),
                            static_cast<float>(a.greenF() + part * (b.greenF() - a.greenF())),
                            static_cast<float>(a.blueF() + part * (b.blueF() - a.blueF())));
}

QString figure(double value) {
    return QString::number(value, 'g', 4);
}

} // namespace

LineChart::LineChart(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void LineChart::setTitles(const QString& x, const QString& y) {
    xTitle_ = x;
    yTitle_ = y;
    update();
}

void LineChart::setSeries(std::vector<ChartSeries> series) {
    series_ = std::move(series);
    findRanges();
    QStringList names;
    for (const ChartSeries& one : series_)
        names << one.name;
    setAccessibleDescription(names.join(", "));
    update();
}

void LineChart::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

void LineChart::setLogarithmic(bool on) {
    logarithmic_ = on;
    findRanges();
    update();
}

double LineChart::drawn(double y) const {
    if (!logarithmic_)
        return y;
    return y > 0 ? std::log10(y) : std::numeric_limits<double>::quiet_NaN();
}

void LineChart::findRanges() {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    x_ = y_ = {infinite, -infinite};
    for (const ChartSeries& one : series_)
        for (const QPointF& point : one.points) {
            const double h = drawn(point.y());
            if (!std::isfinite(point.x()) || !std::isfinite(h))
                continue;
            x_ = {std::min(x_.low, point.x()), std::max(x_.high, point.x())};
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
}

QRectF LineChart::plot() const {
    const QFontMetricsF metrics(font());
    const double left = metrics.horizontalAdvance("0.00000") + 10, line = metrics.height();
    return QRectF(left, 2 * line + 4, width() - left - 10, QWidget::height() - 4 * line - 10);
}

QPointF LineChart::position(const QPointF& point) const {
    const QRectF area = plot();
    return {area.left() + (point.x() - x_.low) / (x_.high - x_.low) * area.width(),
            area.bottom() - (drawn(point.y()) - y_.low) / (y_.high - y_.low) * area.height()};
}

void LineChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paint(painter);
}

QImage LineChart::picture(double scale) const {
    QImage image(size() * scale, QImage::Format_RGB32);
    image.fill(palette().color(QPalette::Base));
    QPainter painter(&image);
    painter.scale(scale, scale);
    paint(painter);
    return image;
}

void LineChart::paint(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    const QRectF area = plot();
    if (!any_) {
        painter.setPen(
            between(palette().color(QPalette::WindowText), palette().color(QPalette::Window), 0.45));
        painter.drawText(QRectF(rect()).adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyText_);
        return;
    }
    paintAxes(painter, area);
    paintSeries(painter);
    paintLegend(painter, area);
    if (hasReading_)
        paintReading(painter, area);
}

void LineChart::paintAxes(QPainter& painter, const QRectF& area) const {
    const QColor ink = palette().color(QPalette::WindowText), ground = palette().color(QPalette::Window);
    const QColor grid = between(ink, ground, 0.85), text = between(ink, ground, 0.35);
    const QFontMetricsF metrics(font());
    const Ticks xs = roundTicks(x_.low, x_.high, area.width() / 70),
                ys = roundTicks(y_.low, y_.high, area.height() / 40);
    for (const double x : xs.values) {
        const double at = area.left() + (x - x_.low) / (x_.high - x_.low) * area.width();
        painter.setPen(grid);
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        painter.setPen(text);
        painter.drawText(QRectF(at - 40, area.bottom() + 2, 80, metrics.height()), Qt::AlignHCenter,
                         QString::number(x, 'f', xs.decimals));
    }
    for (const double y : ys.values) {
        const double at = area.bottom() - (y - y_.low) / (y_.high - y_.low) * area.height();
        painter.setPen(grid);
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at));
        painter.setPen(text);
        painter.drawText(QRectF(0, at - metrics.height() / 2, area.left() - 6, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, figure(logarithmic_ ? std::pow(10, y) : y));
    }
    painter.setPen(text);
    painter.drawText(
        QRectF(area.left(), area.bottom() + metrics.height() + 1, area.width(), metrics.height()),
        Qt::AlignRight, xTitle_);
    painter.drawText(QRectF(4, metrics.height(), area.left() + area.width() / 2, metrics.height()),
                     Qt::AlignLeft, yTitle_);
}

void LineChart::paintSeries(QPainter& painter) const {
    for (const ChartSeries& one : series_) {
        QPen pen(one.colour, 1.8);
        if (one.dashed)
            pen.setDashPattern({4, 3});
        pen.setJoinStyle(Qt::RoundJoin);
        QPainterPath path;
        bool drawing = false;
        int points = 0;
        QPointF last;
        for (const QPointF& point : one.points) {
            if (!std::isfinite(point.x()) || !std::isfinite(drawn(point.y()))) {
                drawing = false;
                continue;
            }
            last = position(point);
            drawing ? path.lineTo(last) : path.moveTo(last);
            drawing = true;
            ++points;
        }
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path);
        if (points == 1) { // no line yet
            painter.setBrush(one.colour);
            painter.drawEllipse(last, 2.5, 2.5);
        }
    }
}

void LineChart::paintLegend(QPainter& painter, const QRectF& area) const {
    const QFontMetricsF metrics(font());
    double at = area.left();
    for (const ChartSeries& one : series_) {
        QPen pen(one.colour, 2);
        if (one.dashed)
            pen.setDashPattern({3, 2});
        painter.setPen(pen);
        painter.drawLine(QPointF(at, metrics.height() / 2), QPointF(at + legendLine, metrics.height() / 2));
        painter.setPen(palette().color(QPalette::WindowText));
        const double width = metrics.horizontalAdvance(one.name) + 4;
        painter.drawText(QRectF(at + legendLine + 5, 0, width, metrics.height()), Qt::AlignLeft, one.name);
        at += legendLine + width + 18;
    }
}

/// The nearest point of each series to the mouse, beside it.
void LineChart::paintReading(QPainter& painter, const QRectF& area) const {
    QStringList lines;
    double at = 0;
    for (const ChartSeries& one : series_) {
        const QPointF* nearest = nullptr;
        for (const QPointF& point : one.points)
            if (std::isfinite(drawn(point.y())) &&
                (!nearest ||
                 std::fabs(position(point).x() - reading_) < std::fabs(position(*nearest).x() - reading_)))
                nearest = &point;
        if (!nearest)
            continue;
        if (lines.isEmpty())
            lines << xTitle_ + " " + figure(nearest->x());
        lines << one.name + " " + figure(nearest->y());
        at = position(*nearest).x();
        painter.setPen(Qt::NoPen);
        painter.setBrush(one.colour);
        painter.drawEllipse(position(*nearest), 3, 3);
    }
    if (lines.isEmpty())
        return;
    const QFontMetricsF metrics(font());
    double width = 0;
    for (const QString& line : lines)
        width = std::max(width, metrics.horizontalAdvance(line));
    QRectF box(at + 10, area.top() + 4, width + 12, metrics.height() * static_cast<double>(lines.size()) + 8);
    if (box.right() > area.right())
        box.moveRight(at - 10);
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(box.adjusted(6, 4, -6, -4), Qt::AlignLeft, lines.join('\n'));
}

void LineChart::mouseMoveEvent(QMouseEvent* event) {
    reading_ = event->position().x();
    hasReading_ = any_ && plot().contains(event->position());
    update();
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
