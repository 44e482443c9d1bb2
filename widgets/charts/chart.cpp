#include "widgets/charts/chart.h"

#include <limits>

#include <QContextMenuEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QPainter>
#include <QSaveFile>

#include "widgets/charts/svg_device.h"
#include "widgets/charts/ticks.h"

namespace galatea {

namespace {
constexpr double legendLine = 18; // length of a sample line in the legend

double logarithm(double value) {
    return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

QColor between(const QColor& a, const QColor& b, double part) {
    return QColor::fromRgbF(static_cast<float>(a.redF() + part * (b.redF() - a.redF())),
                            static_cast<float>(a.greenF() + part * (b.greenF() - a.greenF())),
                            static_cast<float>(a.blueF() + part * (b.blueF() - a.blueF())));
}

QString Chart::figure(double value) {
    return QString::number(value, 'g', 4);
}

Chart::Chart(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus); // the menu key opens what the right button opens
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setToolTip("Right-click (or the menu key): save as PNG, SVG or CSV");
}

void Chart::setTitles(const QString& x, const QString& y) {
    xTitle_ = x;
    yTitle_ = y;
    update();
}

void Chart::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

void Chart::setLogarithmic(bool on) {
    logarithmic_ = on;
    findRanges();
    update();
}

void Chart::setLogarithmicX(bool on) {
    logarithmicX_ = on;
    findRanges();
    update();
}

void Chart::setWholeNumbers(bool x, bool y) {
    wholeX_ = x;
    wholeY_ = y;
    update();
}

void Chart::setTickNames(const QStringList& x, const QStringList& y) {
    xNames_ = x;
    yNames_ = y;
    update();
}

BrushMode brushMode(Qt::KeyboardModifiers modifiers) {
    return modifiers & Qt::ShiftModifier     ? BrushMode::Add
           : modifiers & Qt::ControlModifier ? BrushMode::Subtract
                                             : BrushMode::Replace;
}

double Chart::drawn(double y) const {
    return logarithmic_ ? logarithm(y) : y;
}

double Chart::drawnX(double x) const {
    return logarithmicX_ ? logarithm(x) : x;
}

QRectF Chart::plot() const {
    const QFontMetricsF metrics(font());
    const double left = metrics.horizontalAdvance("0.00000") + 10, line = metrics.height();
    return {left, 2 * line + 4, width() - left - 10, QWidget::height() - 4 * line - 10};
}

QPointF Chart::position(const QPointF& point) const {
    const QRectF area = plot();
    return {area.left() + (drawnX(point.x()) - x_.low) / (x_.high - x_.low) * area.width(),
            area.bottom() - (drawn(point.y()) - y_.low) / (y_.high - y_.low) * area.height()};
}

double Chart::valueAt(double widgetX) const {
    const QRectF area = plot();
    const double x = x_.low + (widgetX - area.left()) / area.width() * (x_.high - x_.low);
    return logarithmicX_ ? std::pow(10, x) : x;
}

QPointF Chart::valueAt(const QPointF& widget) const {
    const QRectF area = plot();
    const double y = y_.low + (area.bottom() - widget.y()) / area.height() * (y_.high - y_.low);
    return {valueAt(widget.x()), logarithmic_ ? std::pow(10, y) : y};
}

void Chart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paint(painter);
    if (!isEmpty())
        paintReading(painter, plot());
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }
}

void Chart::paint(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    const QRectF area = plot();
    if (isEmpty()) {
        painter.setPen(
            between(palette().color(QPalette::WindowText), palette().color(QPalette::Window), 0.45));
        painter.drawText(QRectF(rect()).adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyText_);
        return;
    }
    paintAxes(painter, area);
    paintContent(painter, area);
    paintLegend(painter, area);
}

void Chart::paintAxes(QPainter& painter, const QRectF& area) const {
    const QColor ink = palette().color(QPalette::WindowText), ground = palette().color(QPalette::Window);
    const QColor grid = between(ink, ground, 0.85), text = between(ink, ground, 0.35);
    const QFontMetricsF metrics(font());
    const double wantedX = wholeX_ ? std::min(area.width() / 24, x_.high - x_.low) : area.width() / 70,
                 wantedY = wholeY_ ? std::min(area.height() / 18, y_.high - y_.low) : area.height() / 40;
    const Ticks round = roundTicks(x_.low, x_.high, wantedX);
    const std::vector<double> xs =
        logarithmicX_ ? logarithmicTicks(x_.low, x_.high, area.width() / 50) : round.values;
    const std::vector<double> ys = logarithmic_ ? logarithmicTicks(y_.low, y_.high, area.height() / 40)
                                                : roundTicks(y_.low, y_.high, wantedY).values;
    for (const double x : xNames_.isEmpty() ? xs : std::vector<double>()) {
        const double at = area.left() + (x - x_.low) / (x_.high - x_.low) * area.width();
        painter.setPen(grid);
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        painter.setPen(text);
        const QString number =
            logarithmicX_ ? figure(std::pow(10, x)) : QString::number(x, 'f', round.decimals);
        const double wide = metrics.horizontalAdvance(number) + 2; // the last number stays whole
        painter.drawText(
            QRectF(std::min(at - wide / 2, width() - wide), area.bottom() + 2, wide, metrics.height()),
            Qt::AlignHCenter, number);
    }
    for (const double y : yNames_.isEmpty() ? ys : std::vector<double>()) {
        const double at = area.bottom() - (y - y_.low) / (y_.high - y_.low) * area.height();
        painter.setPen(grid);
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at));
        painter.setPen(text);
        painter.drawText(QRectF(0, at - metrics.height() / 2, area.left() - 6, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, figure(logarithmic_ ? std::pow(10, y) : y));
    }
    painter.setPen(text);
    paintTickNames(painter, area);
    painter.drawText(
        QRectF(area.left(), area.bottom() + metrics.height() + 1, area.width(), metrics.height()),
        Qt::AlignRight, xTitle_);
    painter.drawText(QRectF(4, metrics.height(), area.left() + area.width() / 2, metrics.height()),
                     Qt::AlignLeft, yTitle_);
}

void Chart::paintTickNames(QPainter& painter, const QRectF& area) const {
    const QFontMetricsF metrics(font());
    const double wide = area.width() / (x_.high - x_.low) - 4;
    for (qsizetype k = 0; k < xNames_.size(); ++k) {
        const double at =
            area.left() + (static_cast<double>(k + 1) - x_.low) / (x_.high - x_.low) * area.width();
        painter.drawText(QRectF(at - wide / 2, area.bottom() + 2, wide, metrics.height()), Qt::AlignHCenter,
                         metrics.elidedText(xNames_[k], Qt::ElideRight, wide));
    }
    for (qsizetype k = 0; k < yNames_.size(); ++k) {
        const double at =
            area.bottom() - (static_cast<double>(k + 1) - y_.low) / (y_.high - y_.low) * area.height();
        painter.drawText(QRectF(0, at - metrics.height() / 2, area.left() - 6, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(yNames_[k], Qt::ElideRight, area.left() - 8));
    }
}

void Chart::paintLegend(QPainter& painter, const QRectF& area) const {
    const QFontMetricsF metrics(font());
    double at = area.left();
    for (const LegendEntry& entry : legend()) {
        if (entry.name.isEmpty())
            continue;
        QPen pen(entry.colour, 2);
        if (entry.dashed)
            pen.setDashPattern({3, 2});
        painter.setPen(pen);
        const QPointF left(at, metrics.height() / 2), right(at + legendLine, metrics.height() / 2);
        if (entry.dot) {
            painter.setBrush(entry.colour);
            painter.drawEllipse((left + right) / 2, 3, 3);
        } else {
            painter.drawLine(left, right);
        }
        painter.setPen(palette().color(QPalette::WindowText));
        const double width = metrics.horizontalAdvance(entry.name) + 4;
        painter.drawText(QRectF(at + legendLine + 5, 0, width, metrics.height()), Qt::AlignLeft, entry.name);
        at += legendLine + width + 18;
    }
}

void Chart::paintBox(QPainter& painter, const QRectF& area, double at, const QStringList& lines) const {
    const QFontMetricsF metrics(font());
    double width = 0;
    for (const QString& line : lines)
        width = std::max(width, metrics.horizontalAdvance(line));
    QRectF box(at + 10, area.top() + 4, width + 12, metrics.height() * static_cast<double>(lines.size()) + 8);
    if (box.right() > area.right())
        box.moveRight(at - 10);
    box.moveLeft(std::max(box.left(), 2.0));
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(box.adjusted(6, 4, -6, -4), Qt::AlignLeft, lines.join('\n'));
}

QImage Chart::picture(double scale) const {
    QImage image(size() * scale, QImage::Format_RGB32);
    image.fill(palette().color(QPalette::Base));
    QPainter painter(&image);
    painter.scale(scale, scale);
    paint(painter);
    return image;
}

QByteArray Chart::svg() const {
    SvgDevice device(size());
    {
        QPainter painter(&device);
        painter.fillRect(rect(), palette().color(QPalette::Base));
        paint(painter);
    }
    return device.document();
}

QString Chart::save(const QString& path) const {
    const QString ending = QFileInfo(path).suffix().toLower();
    if (ending != "png" && ending != "svg" && ending != "csv")
        return QFileInfo(path).fileName() + " ends in nothing a chart can be; use .png, .svg or .csv";
    QSaveFile file(path);
    bool written = file.open(QIODevice::WriteOnly);
    if (written && ending == "png")
        written = picture().save(&file, "PNG");
    else if (written)
        written = file.write(ending == "svg" ? svg() : csv().toUtf8()) >= 0;
    if (written && file.commit())
        return {};
    return QFileInfo(path).fileName() + " cannot be written: " + file.errorString();
}

void Chart::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.setObjectName("chartMenu");
    const struct {
        const char *name, *text, *filter;
    } formats[] = {{"chartPng", "Save as PNG …", "PNG (*.png)"},
                   {"chartSvg", "Save as SVG …", "SVG (*.svg)"},
                   {"chartCsv", "Save the numbers as CSV …", "CSV (*.csv)"}};
    for (const auto& format : formats) {
        QAction* action = menu.addAction(QString::fromUtf8(format.text), this, [this, &format] {
            const QString ending = QString(format.filter).section('.', 1).chopped(1);
            QString path =
                QFileDialog::getSaveFileName(this, "Save the chart", "chart." + ending, format.filter);
            if (path.isEmpty())
                return;
            if (QFileInfo(path).suffix().toLower() != ending)
                path += "." + ending;
            const QString fault = save(path);
            fault.isEmpty() ? Q_EMIT saved(path) : Q_EMIT saveFailed(fault);
        });
        action->setObjectName(format.name);
        action->setEnabled(!isEmpty());
    }
    menu.exec(event->globalPos());
}

} // namespace galatea
