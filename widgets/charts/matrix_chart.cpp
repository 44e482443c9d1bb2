#include "widgets/charts/matrix_chart.h"

#include <algorithm>

#include <QMouseEvent>
#include <QPainter>

namespace galatea {

MatrixChart::MatrixChart(QWidget* parent) : Chart(parent) {
    setToolTip(
        "Click a field to select its objects (Shift adds, Ctrl takes away). Right-click: save as PNG, SVG or "
        "CSV");
}

void MatrixChart::setTable(std::vector<double> counts, const QStringList& rows, const QStringList& columns,
                           Show show) {
    const auto width = static_cast<size_t>(columns.size());
    counts_ =
        counts.size() == static_cast<size_t>(rows.size()) * width ? std::move(counts) : std::vector<double>();
    rows_ = rows;
    columns_ = columns;
    show_ = show;
    rowTotals_.assign(static_cast<size_t>(rows.size()), 0);
    columnTotals_.assign(width, 0);
    for (size_t cell = 0; cell < counts_.size(); ++cell) {
        rowTotals_[cell / width] += counts_[cell];
        columnTotals_[cell % width] += counts_[cell];
    }
    row_ = column_ = -1;
    QStringList upwards(rows.rbegin(), rows.rend());
    setTickNames(columns, upwards);
    findRanges();
    update();
}

void MatrixChart::findRanges() {
    x_ = {0.5, static_cast<double>(std::max<qsizetype>(1, columns_.size())) + 0.5};
    y_ = {0.5, static_cast<double>(std::max<qsizetype>(1, rows_.size())) + 0.5};
}

double MatrixChart::part(int row, int column) const {
    const double own = count(row, column), inRow = rowTotals_[static_cast<size_t>(row)],
                 inColumn = columnTotals_[static_cast<size_t>(column)];
    const double whole = show_ == Show::Overlap ? inRow + inColumn - own : inRow;
    return whole > 0 ? own / whole : 0;
}

QRectF MatrixChart::field(int row, int column) const {
    const double up = static_cast<double>(rows_.size()) - row; // the first row is at the top
    return QRectF(position({column + 0.5, up - 0.5}), position({column + 1.5, up + 0.5})).normalized();
}

void MatrixChart::paintContent(QPainter& painter, const QRectF&) const {
    const QColor ground = palette().color(QPalette::Base), full = palette().color(QPalette::Highlight);
    const QFontMetricsF metrics(font());
    for (int row = 0; row < rows_.size(); ++row)
        for (int column = 0; column < columns_.size(); ++column) {
            const QRectF place = field(row, column);
            const QColor colour = between(ground, full, std::clamp(part(row, column), 0.0, 1.0));
            painter.fillRect(place.adjusted(0.5, 0.5, -0.5, -0.5), colour);
            const QString number = show_ == Show::Counts ? QString::number(count(row, column), 'f', 0)
                                                         : QString::number(part(row, column), 'f', 2);
            if (count(row, column) == 0 || metrics.horizontalAdvance(number) + 4 > place.width() ||
                metrics.height() > place.height())
                continue;
            painter.setPen(colour.lightnessF() > 0.55F ? Qt::black : Qt::white);
            painter.drawText(place, Qt::AlignCenter, number);
        }
}

void MatrixChart::paintReading(QPainter& painter, const QRectF& area) const {
    if (row_ < 0)
        return;
    painter.setPen(QPen(palette().color(QPalette::WindowText), 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(field(row_, column_));
    const double own = count(row_, column_);
    paintBox(painter, area, field(row_, column_).center().x(),
             {rows_[row_] + QString::fromUtf8(" · ") + columns_[column_],
              QString::number(own, 'f', 0) + " objects",
              QString("%1 % of the row")
                  .arg(100 * own / std::max(1.0, rowTotals_[static_cast<size_t>(row_)]), 0, 'f', 1),
              QString("%1 % of the column")
                  .arg(100 * own / std::max(1.0, columnTotals_[static_cast<size_t>(column_)]), 0, 'f', 1)});
}

bool MatrixChart::find(const QPointF& at, int& row, int& column) const {
    row = column = -1;
    if (isEmpty() || !plot().contains(at))
        return false;
    const QPointF value = valueAt(at);
    column =
        std::clamp(static_cast<int>(std::lround(value.x())) - 1, 0, static_cast<int>(columns_.size()) - 1);
    row = std::clamp(static_cast<int>(rows_.size()) - static_cast<int>(std::lround(value.y())), 0,
                     static_cast<int>(rows_.size()) - 1);
    return true;
}

void MatrixChart::mouseMoveEvent(QMouseEvent* event) {
    find(event->position(), row_, column_);
    update();
}

void MatrixChart::mousePressEvent(QMouseEvent* event) {
    int row = 0, column = 0;
    if (event->button() == Qt::LeftButton && find(event->position(), row, column))
        Q_EMIT picked(row, column, brushMode(event->modifiers()));
}

void MatrixChart::leaveEvent(QEvent*) {
    row_ = column_ = -1;
    update();
}

QString MatrixChart::csv() const {
    QString text = "row,column,count,part\n";
    const auto quoted = [](QString name) { return '"' + name.replace('"', "\"\"") + '"'; };
    for (int row = 0; row < rows_.size() && !isEmpty(); ++row)
        for (int column = 0; column < columns_.size(); ++column)
            text += quoted(rows_[row]) + ',' + quoted(columns_[column]) + ',' +
                    QString::number(count(row, column), 'f', 0) + ',' +
                    QString::number(part(row, column), 'g', 10) + '\n';
    return text;
}

} // namespace galatea
