#include "widgets/charts/heat_chart.h"

#include <algorithm>

#include <QMouseEvent>
#include <QPainter>

namespace galatea {

HeatChart::HeatChart(QWidget* parent) : Chart(parent) {
    setMouseTracking(true);
    setWholeNumbers(true, true);
}

void HeatChart::setTable(std::vector<double> values, int side) {
    values_ = std::move(values);
    side_ = values_.size() == static_cast<size_t>(side) * static_cast<size_t>(side) ? side : 0;
    row_ = column_ = -1;
    findRanges();
    update();
}

void HeatChart::findRanges() {
    const double end = std::max(1, side_) + 0.5;
    x_ = y_ = {0.5, end};
}

QRectF HeatChart::field(int row, int column) const {
    return QRectF(position({column + 0.5, row + 0.5}), position({column + 1.5, row + 1.5})).normalized();
}

void HeatChart::paintContent(QPainter& painter, const QRectF&) const {
    const QColor ground = palette().color(QPalette::Base), full = palette().color(QPalette::Highlight);
    const QFontMetricsF metrics(font());
    for (int row = 0; row < side_; ++row)
        for (int column = 0; column < side_; ++column) {
            const double part = value(row, column);
            if (!std::isfinite(part))
                continue;
            const QRectF place = field(row, column);
            const QColor colour = between(ground, full, std::clamp(part, 0.0, 1.0));
            painter.fillRect(place.adjusted(0.5, 0.5, -0.5, -0.5), colour);
            const QString number = QString::number(part, 'f', 2);
            if (part < 0.005 || metrics.horizontalAdvance(number) + 4 > place.width() ||
                metrics.height() > place.height())
                continue;
            painter.setPen(colour.lightnessF() > 0.55F ? Qt::black : Qt::white);
            painter.drawText(place, Qt::AlignCenter, number);
        }
    if (row_ >= 0) {
        painter.setPen(QPen(palette().color(QPalette::WindowText), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(field(row_, column_));
    }
}

void HeatChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (row_ < 0)
        return;
    const double part = value(row_, column_);
    const QString figures = std::isfinite(part) ? QString::number(part, 'f', 4) : QString("none");
    const QStringList lines{
        reading_ ? reading_(row_, column_) : QString("%1, %2").arg(row_ + 1).arg(column_ + 1), figures};
    paintBox(painter, area, field(row_, column_).center().x(), lines);
}

void HeatChart::mouseMoveEvent(QMouseEvent* event) {
    row_ = column_ = -1;
    for (int row = 0; row < side_; ++row)
        for (int column = 0; column < side_; ++column)
            if (field(row, column).contains(event->position())) {
                row_ = row;
                column_ = column;
            }
    update();
}

void HeatChart::leaveEvent(QEvent*) {
    row_ = column_ = -1;
    update();
}

QString HeatChart::csv() const {
    QString text = "row,column,value\n";
    for (int row = 0; row < side_; ++row)
        for (int column = 0; column < side_; ++column)
            text += QString("%1,%2,%3\n")
                        .arg(row + 1)
                        .arg(column + 1)
                        .arg(std::isfinite(value(row, column)) ? QString::number(value(row, column), 'g', 10)
                                                               : QString());
    return text;
}

} // namespace galatea
