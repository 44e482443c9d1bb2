#include "widgets/charts/bin_chart.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

namespace galatea {

BinChart::BinChart(QWidget* parent) : Chart(parent) {
    setToolTip("Drag over an interval to select its objects (Shift adds, Ctrl takes away). Right-click: save "
               "as PNG, "
               "SVG or CSV");
}

void BinChart::setBins(std::vector<BinSeries> series, double low, double high, bool logarithmic,
                       std::vector<double> selected) {
    series_ = std::move(series);
    selected_ = std::move(selected);
    low_ = low;
    high_ = high;
    totals_.clear();
    for (const BinSeries& one : series_)
        totals_.push_back(std::accumulate(one.counts.begin(), one.counts.end(), 0.0));
    setLogarithmicX(logarithmic); // finds the ranges
}

double BinChart::edge(int bin) const {
    const double at = low_ + (high_ - low_) * bin / std::max(1, bins());
    return logarithmicX() ? std::pow(10, at) : at;
}

double BinChart::heightOf(const BinSeries& one, size_t bin) const {
    const auto which = static_cast<size_t>(&one - series_.data());
    return series_.size() == 1 ? one.counts[bin] : one.counts[bin] / std::max(1.0, totals_[which]);
}

void BinChart::findRanges() {
    x_ = {low_, high_ > low_ ? high_ : low_ + 1};
    double most = 0, least = std::numeric_limits<double>::infinity();
    for (const BinSeries& one : series_)
        for (size_t bin = 0; bin < one.counts.size(); ++bin) {
            most = std::max(most, heightOf(one, bin));
            if (heightOf(one, bin) > 0)
                least = std::min(least, heightOf(one, bin));
        }
    if (logarithmic() && most > 0)
        y_ = {std::log10(least) - 0.3, std::log10(most) + 0.2};
    else
        y_ = {0, most > 0 ? 1.08 * most : 1};
}

std::vector<LegendEntry> BinChart::legend() const {
    std::vector<LegendEntry> entries;
    for (const BinSeries& one : series_)
        entries.push_back({one.name, one.colour});
    if (!selected_.empty())
        entries.push_back(
            {"selected", palette().color(series_.size() == 1 ? QPalette::Highlight : QPalette::WindowText)});
    return entries;
}

void BinChart::paintSteps(QPainter& painter, const QRectF& area, const std::vector<double>& heights,
                          const QColor& colour, double opacity) const {
    QPainterPath outline(area.bottomLeft());
    const double step = area.width() / static_cast<double>(heights.size());
    for (size_t bin = 0; bin < heights.size(); ++bin) {
        const double y = heights[bin] > 0 ? drawn(heights[bin]) : y_.low;
        const double top = area.bottom() - std::max(0.0, (y - y_.low) / (y_.high - y_.low)) * area.height();
        outline.lineTo(area.left() + step * static_cast<double>(bin), top);
        outline.lineTo(area.left() + step * static_cast<double>(bin + 1), top);
    }
    outline.lineTo(area.bottomRight());
    QColor fill = colour;
    fill.setAlphaF(static_cast<float>(opacity));
    painter.setBrush(fill);
    painter.setPen(QPen(colour, 1.3));
    painter.drawPath(outline);
}

void BinChart::paintContent(QPainter& painter, const QRectF& area) const {
    for (const BinSeries& one : series_) {
        std::vector<double> heights;
        for (size_t bin = 0; bin < one.counts.size(); ++bin)
            heights.push_back(heightOf(one, bin));
        paintSteps(painter, area, heights, one.colour, series_.size() == 1 ? 0.35 : 0.22);
    }
    const double chosen = std::accumulate(selected_.begin(), selected_.end(), 0.0);
    if (chosen > 0 && series_.size() == 1) {
        paintSteps(painter, area, selected_, palette().color(QPalette::Highlight), 0.8);
    } else if (chosen > 0) { // beside classes: as they are, in parts
        std::vector<double> parts = selected_;
        for (double& part : parts)
            part /= chosen;
        paintSteps(painter, area, parts, palette().color(QPalette::WindowText), 0);
    }
}

void BinChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (from_ >= 0) {
        QColor tint = palette().color(QPalette::Highlight);
        tint.setAlpha(50);
        painter.fillRect(
            QRectF(QPointF(std::min(from_, to_), area.top()), QPointF(std::max(from_, to_), area.bottom())),
            tint);
    }
    if (reading_ < area.left() || reading_ > area.right())
        return;
    const auto bin = static_cast<size_t>(
        std::clamp((reading_ - area.left()) / area.width() * bins(), 0.0, static_cast<double>(bins() - 1)));
    QStringList lines{QString::fromUtf8("%1 … %2").arg(figure(edge(static_cast<int>(bin))),
                                                       figure(edge(static_cast<int>(bin) + 1)))};
    for (const BinSeries& one : series_)
        if (one.counts[bin] > 0 || series_.size() == 1)
            lines << (one.name + ' ' + QString::number(one.counts[bin], 'f', 0)).trimmed();
    if (!selected_.empty())
        lines << "selected " + QString::number(selected_[bin], 'f', 0);
    paintBox(painter, area, reading_, lines);
}

void BinChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && !isEmpty() && plot().contains(event->position()))
        from_ = to_ = event->position().x();
    update();
}

void BinChart::mouseMoveEvent(QMouseEvent* event) {
    const QRectF area = plot();
    reading_ = area.contains(event->position()) ? event->position().x() : -1;
    if (from_ >= 0)
        to_ = std::clamp(event->position().x(), area.left(), area.right());
    update();
}

void BinChart::mouseReleaseEvent(QMouseEvent* event) {
    if (from_ < 0)
        return;
    const QRectF area = plot();
    constexpr double least = 3, near = 1.5; // logical pixels
    const double left = std::min(from_, to_), right = std::max(from_, to_);
    from_ = to_ = -1;
    update();
    if (right - left < least)
        return;
    constexpr double infinite = std::numeric_limits<double>::infinity();
    Q_EMIT brushed(left <= area.left() + near ? -infinite : valueAt(left),
                   right >= area.right() - near ? infinite : valueAt(right), brushMode(event->modifiers()));
}

void BinChart::leaveEvent(QEvent*) {
    reading_ = -1;
    update();
}

QString BinChart::csv() const {
    QString text = "class,low,high,count\n";
    for (const BinSeries& one : series_) {
        QString name = one.name;
        name.replace('"', "\"\"");
        for (int bin = 0; bin < bins(); ++bin)
            text += '"' + name + "\"," + QString::number(edge(bin), 'g', 17) + ',' +
                    QString::number(edge(bin + 1), 'g', 17) + ',' +
                    QString::number(one.counts[static_cast<size_t>(bin)], 'f', 0) + '\n';
    }
    return text;
}

} // namespace galatea
