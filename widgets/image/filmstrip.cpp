#include "widgets/image/filmstrip.h"

#include <algorithm>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace galatea {

namespace {
constexpr int gap = 3;
constexpr int preferredSide = 60;
} // namespace

Filmstrip::Filmstrip(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus); // a click must not take the arrows from the window
}

void Filmstrip::setFrames(const std::vector<QImage>& frames, const QStringList& captions) {
    frames_ = frames;
    captions_ = captions;
    if (marked_ >= count())
        marked_ = -1;
    cursor_ = std::clamp(cursor_, 0, std::max(0, count() - 1));
    update();
}

void Filmstrip::setMarked(int index) {
    marked_ = index;
    update();
}

void Filmstrip::setHint(const QString& hint) {
    hint_ = hint;
    update();
}

int Filmstrip::captionHeight() const {
    return fontMetrics().height() + 6;
}

QRect Filmstrip::frameRect(int index) const {
    const int n = std::max(1, count());
    const int side = std::min((width() - gap * (n - 1)) / n, std::max(16, height() - captionHeight()));
    const int left = (width() - n * side - gap * (n - 1)) / 2;
    return {left + index * (side + gap), 0, side, side};
}

QSize Filmstrip::sizeHint() const {
    return {preferredSide * std::max(4, count()), preferredSide + captionHeight()};
}

QSize Filmstrip::minimumSizeHint() const {
    return {120, sizeHint().height()};
}

void Filmstrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (frames_.empty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, hint_);
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    for (int i = 0; i < count(); ++i) {
        const QRect place = frameRect(i);
        painter.drawImage(place, frames_[static_cast<size_t>(i)]);
        if (i == cursor_ && hasFocus()) {
            painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
            painter.drawRect(place);
        }
        if (i == marked_)
            painter.fillRect(QRect(place.left(), place.bottom() + 2, place.width(), 2),
                             palette().color(QPalette::Highlight));
        if (i < captions_.size()) {
            painter.setPen(palette().color(i == marked_ ? QPalette::Text : QPalette::PlaceholderText));
            painter.drawText(QRect(place.left() - gap, place.bottom() + 4, place.width() + 2 * gap,
                                   fontMetrics().height()),
                             Qt::AlignCenter, captions_[i]);
        }
    }
}

void Filmstrip::mousePressEvent(QMouseEvent* event) {
    for (int i = 0; i < count(); ++i)
        if (frameRect(i).contains(event->pos())) {
            cursor_ = i;
            Q_EMIT frameClicked(i); // may bring other frames
            return;
        }
}

bool Filmstrip::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && !frames_.empty())
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Left: // otherwise the window's shortcuts
        case Qt::Key_Right:
        case Qt::Key_Space:
            event->accept();
            return true;
        default:
            break;
        }
    return QWidget::event(event);
}

void Filmstrip::keyPressEvent(QKeyEvent* event) {
    switch (frames_.empty() ? int(Qt::Key_unknown) : event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        cursor_ = std::clamp(cursor_ + (event->key() == Qt::Key_Right ? 1 : -1), 0, count() - 1);
        return update();
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        Q_EMIT frameClicked(cursor_);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace galatea
