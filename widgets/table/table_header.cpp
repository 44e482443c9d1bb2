#include "widgets/table/table_header.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "core/text.h"

namespace galatea {

namespace {

constexpr int padding = 8, reach = 5, barsHeight = 20, narrowest = 40;

QString plain(const std::string& text) {
    return QString::fromStdString(escaped(text));
}

/// Few digits, but whole numbers whole.
QString brief(double value) {
    const bool whole = value == std::rint(value) && std::fabs(value) < 1e6;
    return whole ? QString::number(value, 'f', 0) : QString::number(value, 'g', 3);
}

QString counted(int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

} // namespace

QStringList statisticsLines(const ColumnStatistics& s) {
    QStringList lines{counted(s.rows) + " rows", counted(s.missing) + " missing"};
    lines << (s.distinct < 0 ? QString("more than 65,536 different values")
                             : counted(s.distinct) + " different");
    if (std::isfinite(s.median))
        lines << "least " + shownNumber(s.least) << "median " + shownNumber(s.median)
              << "mean " + shownNumber(s.mean) << "greatest " + shownNumber(s.greatest);
    for (size_t i = 0; i < std::min<size_t>(s.names.size(), 6); ++i)
        lines << plain(s.names[i]) + QString::fromUtf8(" · ") + counted(s.bars[i]);
    return lines;
}

TableHeader::TableHeader(TableModel& model, QWidget* parent) : QWidget(parent), model_(model) {
    setObjectName("tableHeader");
    setMouseTracking(true);
    setAccessibleName("Columns");
    connect(&model, &TableModel::modelReset, this, &TableHeader::fitSections);
    connect(&model, &TableModel::statisticsChanged, this, qOverload<>(&QWidget::update));
    fitSections();
}

QSize TableHeader::sizeHint() const {
    return {200, 2 * fontMetrics().height() + barsHeight + 12};
}

/// Columns that stay keep their width.
void TableHeader::fitSections() {
    std::vector<int> widths;
    std::vector<const void*> columns;
    for (int section = 0; section < model_.columnCount(); ++section) {
        const void* column = &model_.columnAt(section);
        const auto known = std::find(columnOf_.begin(), columnOf_.end(), column);
        columns.push_back(column);
        widths.push_back(known == columnOf_.end() ? naturalWidth(section)
                                                  : widths_[static_cast<size_t>(known - columnOf_.begin())]);
    }
    if (columns != columnOf_)
        resizing_ = pressed_ = target_ = -1; // what is dragged may be another column now, or none
    widths_ = std::move(widths);
    columnOf_ = std::move(columns);
    update();
    Q_EMIT widthsChanged();
}

/// Room for the name and for the first rows' values.
int TableHeader::naturalWidth(int section) const {
    QFont strong = font();
    strong.setBold(true);
    const ColumnView& column = model_.columnAt(section);
    int width = QFontMetrics(strong).horizontalAdvance(plain(column.name())) + 18;
    if (!column.about().unit.empty())
        width += fontMetrics().horizontalAdvance(plain(column.about().unit)) + 6;
    for (int place = 0; place < std::min(20, model_.rowCount()); ++place)
        width = std::max(
            width, fontMetrics().horizontalAdvance(model_.data(model_.index(place, section)).toString()));
    return std::clamp(width + 2 * padding, 84, 260);
}

int TableHeader::left(int section) const {
    int x = 0;
    for (int k = 0; k < section; ++k)
        x += widths_[static_cast<size_t>(k)];
    return x;
}

int TableHeader::totalWidth() const {
    return left(static_cast<int>(widths_.size()));
}

int TableHeader::sectionAt(int contentX) const {
    int x = 0;
    for (size_t k = 0; k < widths_.size(); ++k) {
        if (contentX >= x && contentX < x + widths_[k])
            return static_cast<int>(k);
        x += widths_[k];
    }
    return -1;
}

int TableHeader::edgeAt(int contentX) const {
    int x = 0;
    for (size_t k = 0; k < widths_.size(); ++k) {
        x += widths_[k];
        if (std::abs(contentX - x) < reach)
            return static_cast<int>(k);
    }
    return -1;
}

void TableHeader::setOffset(int pixels) {
    offset_ = pixels;
    update();
}

void TableHeader::setSorted(const std::string& column, bool descending) {
    sorted_ = column;
    descending_ = descending;
    update();
}

void TableHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    for (int section = 0; section < static_cast<int>(widths_.size()); ++section) {
        const QRect place(left(section) - offset_, 0, width(section), height());
        if (place.right() >= 0 && place.left() < QWidget::width())
            paintSection(painter, section, place);
    }
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawLine(0, height() - 1, QWidget::width(), height() - 1);
    if (pressed_ >= 0 && target_ >= 0 && target_ != pressed_) {
        const int x = left(target_ > pressed_ ? target_ + 1 : target_) - offset_;
        painter.fillRect(QRect(x - 1, 0, 3, height()), palette().color(QPalette::Highlight));
    }
}

void TableHeader::paintSection(QPainter& painter, int section, const QRect& place) {
    const ColumnView& column = model_.columnAt(section);
    const QRect inside = place.adjusted(padding, 4, -padding, -4);
    const int line = fontMetrics().height();
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawLine(place.topRight(), place.bottomRight());
    QFont strong = font();
    strong.setBold(true);
    painter.setFont(strong);
    painter.setPen(palette().color(QPalette::Text));
    const bool sorted = column.name() == sorted_;
    const QString arrow = sorted ? QString::fromUtf8(descending_ ? " ↓" : " ↑") : QString();
    const QFontMetrics metrics(strong);
    const QString name = metrics.elidedText(plain(column.name()), Qt::ElideRight,
                                            inside.width() - metrics.horizontalAdvance(arrow)) +
                         arrow;
    painter.drawText(QRect(inside.left(), inside.top(), inside.width(), line), Qt::AlignLeft, name);
    painter.setFont(font());
    painter.setPen(palette().color(QPalette::PlaceholderText));
    const int used = metrics.horizontalAdvance(name) + 6;
    if (!column.about().unit.empty() && used < inside.width())
        painter.drawText(
            QRect(inside.left() + used, inside.top(), inside.width() - used, line), Qt::AlignLeft,
            fontMetrics().elidedText(plain(column.about().unit), Qt::ElideRight, inside.width() - used));
    const ColumnStatistics* statistics = model_.statistics(section);
    if (!statistics) {
        Q_EMIT statisticsWanted(section);
        return;
    }
    paintBars(painter, *statistics,
              QRectF(inside.left(), inside.top() + line + 1, inside.width(), barsHeight));
    const QString figures =
        std::isfinite(statistics->median)
            ? QString::fromUtf8("%1 … %2").arg(brief(statistics->least), brief(statistics->greatest))
        : statistics->distinct < 0 ? QString("many values")
                                   : counted(statistics->distinct) + " different";
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(inside.left(), inside.top() + line + barsHeight + 2, inside.width(), line),
                     Qt::AlignLeft, fontMetrics().elidedText(figures, Qt::ElideRight, inside.width()));
}

void TableHeader::paintBars(QPainter& painter, const ColumnStatistics& statistics,
                            const QRectF& place) const {
    if (statistics.bars.empty())
        return;
    const auto most = static_cast<double>(*std::max_element(statistics.bars.begin(), statistics.bars.end()));
    const double step =
        place.width() / std::max<double>(statisticsBars, static_cast<double>(statistics.bars.size()));
    QColor colour = palette().color(QPalette::Highlight);
    colour.setAlpha(170);
    for (size_t k = 0; k < statistics.bars.size() && most > 0; ++k) {
        const auto objects = static_cast<double>(statistics.bars[k]);
        if (objects <= 0)
            continue;
        const double height = std::max(1.0, objects / most * place.height());
        painter.fillRect(QRectF(place.left() + step * static_cast<double>(k), place.bottom() - height,
                                std::max(1.0, step - 1), height),
                         colour);
    }
}

QString TableHeader::toolTipOf(int section) const {
    const ColumnView::About& about = model_.columnAt(section).about();
    QStringList lines{"<b>" + plain(about.name).toHtmlEscaped() + "</b> " +
                      plain(about.unit).toHtmlEscaped()};
    if (!about.description.empty())
        lines << plain(about.description).toHtmlEscaped();
    if (!about.ucd.empty())
        lines << plain(about.ucd).toHtmlEscaped();
    if (const ColumnStatistics* statistics = model_.statistics(section))
        for (const QString& line : statisticsLines(*statistics))
            lines << line.toHtmlEscaped();
    return lines.join("<br>");
}

bool TableHeader::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int section = sectionAt(help->pos().x() + offset_);
        QToolTip::showText(help->globalPos(), section < 0 ? QString() : toolTipOf(section), this);
        return true;
    }
    return QWidget::event(event);
}

void TableHeader::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    const int x = event->pos().x() + offset_;
    resizing_ = edgeAt(x);
    pressed_ = resizing_ < 0 ? sectionAt(x) : -1;
    target_ = -1;
    pressedAt_ = event->pos();
}

void TableHeader::mouseMoveEvent(QMouseEvent* event) {
    const int x = event->pos().x() + offset_;
    if (resizing_ >= 0) {
        widths_[static_cast<size_t>(resizing_)] = std::max(narrowest, x - left(resizing_));
        update();
        Q_EMIT widthsChanged();
    } else if (pressed_ >= 0 && std::abs(event->pos().x() - pressedAt_.x()) > 12) {
        target_ = sectionAt(x);
        update();
    }
    setCursor(resizing_ >= 0 || edgeAt(x) >= 0 ? Qt::SplitHCursor : Qt::ArrowCursor);
}

void TableHeader::mouseReleaseEvent(QMouseEvent*) {
    const int from = pressed_, to = target_;
    resizing_ = pressed_ = target_ = -1;
    update();
    if (from >= 0 && to >= 0 && to != from)
        Q_EMIT moved(from, to);
    else if (from >= 0 && to < 0)
        Q_EMIT clicked(from);
}

void TableHeader::mouseDoubleClickEvent(QMouseEvent* event) {
    const int edge = edgeAt(event->pos().x() + offset_);
    if (edge < 0)
        return mousePressEvent(event);
    widths_[static_cast<size_t>(edge)] = naturalWidth(edge);
    update();
    Q_EMIT widthsChanged();
}

void TableHeader::contextMenuEvent(QContextMenuEvent* event) {
    Q_EMIT menuRequested(sectionAt(event->pos().x() + offset_), event->globalPos());
}

} // namespace galatea
