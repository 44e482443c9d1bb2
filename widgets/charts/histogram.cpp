#include "widgets/charts/histogram.h"

#include <algorithm>
#include <limits>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

namespace galatea {

namespace {

constexpr double reach = 6; // logical pixels from a threshold within which the mouse takes it

double quantile(const std::vector<double>& sorted, double fraction) {
    const auto place = static_cast<size_t>(fraction * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[std::min(place, sorted.size() - 1)];
}

} // namespace

Histogram::Histogram(QWidget* parent) : Chart(parent) {}

void Histogram::setClasses(std::vector<HistogramClass> classes) {
    classes_ = std::move(classes);
    for (HistogramClass& one : classes_)
        std::erase_if(one.values, [](double value) { return !std::isfinite(value); });
    findRanges();
    update();
}

void Histogram::setThresholds(const std::vector<double>& thresholds) {
    thresholds_ = thresholds;
    if (held_ < 0) // while one is held the axis must not run away under the mouse
        findRanges();
    chosen_ = std::clamp(chosen_, 0, std::max(0, static_cast<int>(thresholds_.size()) - 1));
    update();
}

void Histogram::setRegions(const QStringList& names, const std::vector<QColor>& tints) {
    regions_ = names;
    tints_ = tints;
    update();
}

void Histogram::findRanges() {
    std::vector<double> all;
    any_ = false;
    for (const HistogramClass& one : classes_) {
        any_ = any_ || !one.values.empty();
        for (const double value : one.values)
            if (const double x = drawnX(value); std::isfinite(x))
                all.push_back(x);
    }
    if (!any_)
        return;
    std::sort(all.begin(), all.end());
    // A few far outliers would squeeze everything else into one bar.
    double low = all.empty() ? 0 : quantile(all, 0.002), high = all.empty() ? 0 : quantile(all, 0.99);
    std::vector<double> limits;
    for (const double threshold : thresholds_)
        if (const double x = drawnX(threshold); std::isfinite(x))
            limits.push_back(x);
    if (!limits.empty() && !all.empty()) {
        const double room = 0.04 * std::max(high - low, limits.back() - limits.front());
        low = std::min(low, std::max(all.front(), limits.front() - room));
        high = std::max(high, limits.back() + room);
    }
    if (!(high > low)) {
        const double half = std::max(0.5 * std::fabs(low), 1e-9);
        low -= half;
        high += half;
    }
    x_ = {low, high};
    count();
}

double Histogram::edge(int bin) const {
    const double x = x_.low + (x_.high - x_.low) * bin / bins;
    return logarithmicX() ? std::pow(10, x) : x;
}

int Histogram::binOf(double value) const {
    const double x = drawnX(value); // not a number for what has no logarithm: in the first bar
    return std::isfinite(x) ? static_cast<int>(std::clamp((x - x_.low) / (x_.high - x_.low) * bins, 0.0,
                                                          static_cast<double>(bins) - 1))
                            : 0;
}

double Histogram::heightOf(size_t which, int bin) const {
    const double objects = counts_[which][static_cast<size_t>(bin)];
    return classes_.size() == 1 ? objects : objects / std::max(1.0, totals_[which]);
}

void Histogram::count() {
    counts_.assign(classes_.size(), std::vector<double>(bins, 0.0));
    totals_.clear();
    double highest = 0, lowest = std::numeric_limits<double>::infinity();
    for (size_t which = 0; which < classes_.size(); ++which) {
        totals_.push_back(static_cast<double>(classes_[which].values.size()));
        for (const double value : classes_[which].values)
            ++counts_[which][static_cast<size_t>(binOf(value))];
        for (int bin = 0; bin < bins; ++bin) {
            const double height = heightOf(which, bin);
            highest = std::max(highest, height);
            if (height > 0)
                lowest = std::min(lowest, height);
        }
    }
    if (logarithmic())
        y_ = {std::log10(lowest) - 0.3, std::log10(highest) + 0.4};
    else
        y_ = {0, 1.2 * highest}; // room for the thresholds' names
}

std::vector<LegendEntry> Histogram::legend() const {
    std::vector<LegendEntry> entries;
    for (const HistogramClass& one : classes_)
        entries.push_back({one.name, one.colour});
    return entries;
}

void Histogram::paintContent(QPainter& painter, const QRectF& area) const {
    paintRegions(painter, area);
    for (size_t which = 0; which < classes_.size(); ++which)
        paintClass(painter, area, which);
    paintThresholds(painter, area);
}

void Histogram::paintRegions(QPainter& painter, const QRectF& area) const {
    if (tints_.size() != thresholds_.size() + 1)
        return;
    for (size_t region = 0; region < tints_.size(); ++region) {
        const double from = region == 0 ? area.left() : position({thresholds_[region - 1], 1}).x(),
                     to = region < thresholds_.size() ? position({thresholds_[region], 1}).x() : area.right();
        const double left = std::isfinite(from) ? std::clamp(from, area.left(), area.right()) : area.left(),
                     right = std::isfinite(to) ? std::clamp(to, area.left(), area.right()) : area.left();
        painter.setPen(Qt::NoPen);
        painter.setBrush(tints_[region]);
        painter.drawRect(QRectF(left, area.top(), right - left, area.height()));
    }
}

void Histogram::paintClass(QPainter& painter, const QRectF& area, size_t which) const {
    QPainterPath outline;
    outline.moveTo(area.left(), area.bottom());
    for (int bin = 0; bin < bins; ++bin) {
        const double height = heightOf(which, bin);
        const double top =
            height > 0 ? std::min(position({edge(bin), height}).y(), area.bottom()) : area.bottom();
        outline.lineTo(position({edge(bin), 1}).x(), top);
        outline.lineTo(position({edge(bin + 1), 1}).x(), top);
    }
    outline.lineTo(area.right(), area.bottom());
    QColor fill = classes_[which].colour;
    fill.setAlphaF(classes_.size() == 1 ? 0.55F : 0.3F);
    painter.setBrush(fill);
    painter.setPen(QPen(classes_[which].colour, 1.4));
    painter.drawPath(outline);
}

void Histogram::paintThresholds(QPainter& painter, const QRectF& area) const {
    const QFontMetricsF metrics(font());
    const QColor ink = palette().color(QPalette::WindowText);
    for (size_t i = 0; i < thresholds_.size(); ++i) {
        const double at = position({thresholds_[i], 1}).x();
        if (!(at >= area.left() - 1 && at <= area.right() + 1)) // also one without a logarithm
            continue;
        const bool chosen = hasFocus() && static_cast<int>(i) == chosen_;
        painter.setPen(QPen(chosen ? palette().color(QPalette::Highlight) : ink, chosen ? 2.2 : 1.2));
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        painter.setBrush(chosen ? palette().color(QPalette::Highlight) : ink);
        painter.drawPolygon(QPolygonF{{at - 4.5, area.top()}, {at + 4.5, area.top()}, {at, area.top() + 7}});
        const QString name = QString("T%1").arg(i + 1);
        const double width = metrics.horizontalAdvance(name);
        const double next = i + 1 < thresholds_.size() ? position({thresholds_[i + 1], 1}).x() : area.right();
        const double last = i > 0 ? position({thresholds_[i - 1], 1}).x() + width + 8 : area.left();
        const double base = area.top() + metrics.ascent() + 1;
        if (at + width + 8 < next)
            painter.drawText(QPointF(at + 5, base), name);
        else if (at - width - 8 > last)
            painter.drawText(QPointF(at - width - 5, base), name);
    }
}

void Histogram::paintReading(QPainter& painter, const QRectF& area) const {
    if (reading_ < area.left() || reading_ > area.right())
        return;
    const double value = valueAt(reading_);
    const int bin = binOf(value);
    QStringList lines{
        QString::fromUtf8("%1 %2 … %3").arg(xTitle(), figure(edge(bin)), figure(edge(bin + 1)))};
    const auto region = static_cast<size_t>(std::upper_bound(thresholds_.begin(), thresholds_.end(), value) -
                                            thresholds_.begin());
    if (static_cast<qsizetype>(region) < regions_.size())
        lines << regions_[static_cast<qsizetype>(region)];
    for (size_t which = 0; which < classes_.size(); ++which)
        lines << (classes_[which].name + ' ' + QString::number(counts_[which][static_cast<size_t>(bin)]))
                     .trimmed();
    paintBox(painter, area, reading_, lines);
}

int Histogram::thresholdNear(double widgetX) const {
    int nearest = -1;
    double least = reach;
    for (size_t i = 0; i < thresholds_.size(); ++i) {
        const double distance = std::fabs(position({thresholds_[i], 1}).x() - widgetX);
        if (distance < least) {
            least = distance;
            nearest = static_cast<int>(i);
        }
    }
    return nearest;
}

void Histogram::moveThreshold(int which, double value) {
    const auto at = static_cast<size_t>(which);
    const double low = at > 0 ? thresholds_[at - 1] : -std::numeric_limits<double>::infinity(),
                 high = at + 1 < thresholds_.size() ? thresholds_[at + 1]
                                                    : std::numeric_limits<double>::infinity();
    thresholds_[at] = std::clamp(value, low, high);
    update();
    Q_EMIT thresholdsChanged(thresholds_);
}

bool Histogram::event(QEvent* event) {
    // The arrows belong to the thresholds while this has the focus, not to the window's shortcuts.
    if (event->type() == QEvent::ShortcutOverride && any_ && !thresholds_.empty())
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Up:
        case Qt::Key_Down:
            event->accept();
            return true;
        default:
            break;
        }
    return Chart::event(event);
}

void Histogram::keyPressEvent(QKeyEvent* event) {
    const int count = static_cast<int>(thresholds_.size());
    const double step = (x_.high - x_.low) / bins / (event->modifiers() & Qt::ShiftModifier ? 1 : 8);
    if (count == 0 || !any_)
        return Chart::keyPressEvent(event);
    if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) {
        chosen_ = (chosen_ + (event->key() == Qt::Key_Up ? 1 : count - 1)) % count;
        update();
    } else if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right) {
        const double at = thresholds_[static_cast<size_t>(chosen_)],
                     sign = event->key() == Qt::Key_Right ? 1 : -1;
        moveThreshold(chosen_, logarithmicX() ? at * std::pow(10, sign * step) : at + sign * step);
    } else {
        Chart::keyPressEvent(event);
    }
}

void Histogram::mousePressEvent(QMouseEvent* event) {
    held_ = event->button() == Qt::LeftButton && any_ ? thresholdNear(event->position().x()) : -1;
    if (held_ >= 0)
        chosen_ = held_;
    update();
}

void Histogram::mouseMoveEvent(QMouseEvent* event) {
    const QRectF area = plot();
    if (held_ >= 0)
        moveThreshold(held_, valueAt(std::clamp(event->position().x(), area.left(), area.right())));
    reading_ = area.contains(event->position()) ? event->position().x() : -1;
    setCursor(any_ && (held_ >= 0 || thresholdNear(event->position().x()) >= 0) ? Qt::SizeHorCursor
                                                                                : Qt::ArrowCursor);
    update();
}

void Histogram::mouseReleaseEvent(QMouseEvent*) {
    held_ = -1;
}

void Histogram::leaveEvent(QEvent*) {
    reading_ = -1;
    update();
}

QString Histogram::csv() const {
    QString text = "class,low,high,count\n";
    for (size_t which = 0; which < classes_.size() && any_; ++which) {
        QString name = classes_[which].name;
        name.replace('"', "\"\"");
        const auto& values = classes_[which].values;
        for (int bin = 0; bin < bins; ++bin) {
            double low = edge(bin), high = edge(bin + 1);
            if (bin == 0 && !values.empty())
                low = std::min(low, *std::min_element(values.begin(), values.end()));
            if (bin == bins - 1 && !values.empty())
                high = std::max(high, *std::max_element(values.begin(), values.end()));
            text += '"' + name + "\"," + QString::number(low, 'g', 17) + ',' +
                    QString::number(high, 'g', 17) + ',' +
                    QString::number(counts_[which][static_cast<size_t>(bin)]) + '\n';
        }
    }
    return text;
}

} // namespace galatea
