#include "widgets/charts/bar_chart.h"

#include <algorithm>

#include <QMouseEvent>
#include <QPainter>

namespace galatea {

BarChart::BarChart(QWidget* parent) : Chart(parent) {
    setMouseTracking(true);
    setWholeNumbers(true, false);
}

void BarChart::setSeries(std::vector<BarSeries> series) {
    series_ = std::move(series);
    findRanges();
    QStringList names;
    for (const BarSeries& one : series_)
        names << one.name;
    setAccessibleDescription(names.join(", "));
    under_ = -1;
    update();
}

void BarChart::setPlaceColours(std::vector<QColor> colours) {
    placeColours_ = std::move(colours);
    update();
}

void BarChart::findRanges() {
    places_ = 0;
    double low = 0, high = 0;
    for (const BarSeries& one : series_) {
        places_ = std::max(places_, one.values.size());
        for (const double value : one.values)
            if (std::isfinite(drawn(value))) {
                low = std::min(low, drawn(value));
                high = std::max(high, drawn(value));
            }
    }
    x_ = {0.5, static_cast<double>(std::max<size_t>(1, places_)) + 0.5};
    const double room = high > low ? 0.06 * (high - low) : 1;
    y_ = {low < 0 ? low - room : 0, high + room};
}

QColor BarChart::colourOf(size_t series, size_t place) const {
    return series == 0 && place < placeColours_.size() ? placeColours_[place] : series_[series].colour;
}

std::vector<LegendEntry> BarChart::legend() const {
    std::vector<LegendEntry> entries;
    for (const BarSeries& one : series_)
        entries.push_back({one.name, one.colour, false, true});
    return entries;
}

void BarChart::paintContent(QPainter& painter, const QRectF& area) const {
    painter.save();
    painter.setClipRect(area);
    const double width = 0.8 / static_cast<double>(std::max<size_t>(1, series_.size()));
    for (size_t which = 0; which < series_.size(); ++which)
        for (size_t place = 0; place < series_[which].values.size(); ++place) {
            const double value = series_[which].values[place];
            if (!std::isfinite(drawn(value)))
                continue;
            const double left = static_cast<double>(place) + 0.6 + width * static_cast<double>(which);
            const QRectF bar(position({left, value}), position({left + 0.92 * width, 0}));
            QColor colour = colourOf(which, place);
            if (static_cast<int>(place) == under_)
                colour = between(colour, palette().color(QPalette::WindowText), 0.3);
            painter.fillRect(bar.normalized(), colour);
        }
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawLine(position({x_.low, 0}), position({x_.high, 0}));
    painter.restore();
}

void BarChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (under_ < 0)
        return;
    QStringList lines{xTitle() + " " + QString::number(under_ + 1)};
    for (const BarSeries& one : series_)
        if (static_cast<size_t>(under_) < one.values.size())
            lines << one.name + " " + figure(one.values[static_cast<size_t>(under_)]);
    paintBox(painter, area, position({static_cast<double>(under_ + 1), 0}).x(), lines);
}

void BarChart::mouseMoveEvent(QMouseEvent* event) {
    const bool inside = plot().contains(event->position()) && places_ > 0;
    under_ = inside ? std::clamp(static_cast<int>(std::lround(valueAt(event->position().x()))) - 1, 0,
                                 static_cast<int>(places_) - 1)
                    : -1;
    update();
}

void BarChart::leaveEvent(QEvent*) {
    under_ = -1;
    update();
}

QString BarChart::csv() const {
    QString text = "place";
    for (const BarSeries& one : series_)
        text += ",\"" + QString(one.name).replace('"', "\"\"") + '"';
    text += '\n';
    for (size_t place = 0; place < places_; ++place) {
        text += QString::number(place + 1);
        for (const BarSeries& one : series_)
            text += ',' + (place < one.values.size() && std::isfinite(one.values[place])
                               ? QString::number(one.values[place], 'g', 10)
                               : QString());
        text += '\n';
    }
    return text;
}

} // namespace galatea
