#include "widgets/table/expression_edit.h"

#include <algorithm>

#include <QPainter>
#include <QPainterPath>

namespace galatea {

ExpressionEdit::ExpressionEdit(QWidget* parent) : QLineEdit(parent) {
    connect(this, &QLineEdit::textEdited, this, &ExpressionEdit::clearFault);
}

void ExpressionEdit::markFault(size_t position, size_t length) {
    const QByteArray bytes = text().toUtf8();
    const auto characters = [&](size_t count) {
        return static_cast<int>(QString::fromUtf8(bytes.left(static_cast<qsizetype>(count))).size());
    };
    begin_ = characters(position);
    end_ = std::max(characters(position + length), begin_);
    update();
}

void ExpressionEdit::clearFault() {
    begin_ = end_ = -1;
    update();
}

void ExpressionEdit::goToFault() {
    if (begin_ >= 0)
        end_ > begin_ ? setSelection(begin_, end_ - begin_) : setCursorPosition(begin_);
}

/// The text may be scrolled; only the cursor's place is known.
int ExpressionEdit::xOf(int place) const {
    const int cursor = cursorPosition();
    const int there = fontMetrics().horizontalAdvance(text().left(place)),
              here = fontMetrics().horizontalAdvance(text().left(cursor));
    return cursorRect().center().x() + there - here;
}

void ExpressionEdit::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (begin_ < 0)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(QColor(220, 60, 60), 1.4));
    const int from = xOf(begin_), to = std::max(xOf(end_), from + 6);
    const double y = rect().center().y() + fontMetrics().ascent() / 2.0 + 4;
    QPainterPath wave(QPointF(from, y));
    for (int x = from; x < to; x += 4) {
        wave.lineTo(x + 2, y - 2);
        wave.lineTo(x + 4, y);
    }
    painter.setClipRect(rect().adjusted(3, 0, -3, 0));
    painter.drawPath(wave);
}

} // namespace galatea
