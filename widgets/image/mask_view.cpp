#include "widgets/image/mask_view.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

namespace galatea {

namespace {
constexpr int largestBrush = 256;
}

MaskView::MaskView(QWidget* parent) : ImageView(parent) {
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &ImageView::imageChanged, this, &MaskView::takeSize);
}

void MaskView::takeSize() {
    if (image().isNull() || image().size() == size_) // the mask waits for the next picture
        return;
    const bool had = anyMarked();
    size_ = image().size();
    mask_.assign(static_cast<size_t>(size_.width()) * static_cast<size_t>(size_.height()), 0);
    cursor_ = QPointF(size_.width() / 2.0, size_.height() / 2.0);
    redrawMask();
    if (had)
        Q_EMIT maskChanged();
}

void MaskView::setTool(MaskTool tool) {
    tool_ = tool;
    update();
}

void MaskView::setBrushSize(int pixels) {
    pixels = std::clamp(pixels, 1, largestBrush);
    if (pixels == brush_)
        return;
    brush_ = pixels;
    update();
    Q_EMIT brushSizeChanged(brush_);
}

void MaskView::setErasing(bool erasing) {
    erasing_ = erasing;
}

void MaskView::setMarkColour(const QColor& colour) {
    colour_ = colour;
    redrawMask();
}

void MaskView::setAllMarked(bool all) {
    all_ = all;
    update();
}

void MaskView::clearMask() {
    if (!anyMarked())
        return;
    before_ = mask_;
    std::fill(mask_.begin(), mask_.end(), uint8_t{0});
    redrawMask();
    tellEdited();
}

void MaskView::tellEdited() {
    Q_EMIT maskChanged();
    if (before_ != mask_)
        Q_EMIT edited(before_);
}

bool MaskView::anyMarked() const {
    return std::find(mask_.begin(), mask_.end(), 1) != mask_.end();
}

void MaskView::setMask(std::vector<uint8_t> mask) {
    if (mask.size() != mask_.size())
        return;
    mask_ = std::move(mask);
    redrawMask();
    Q_EMIT maskChanged();
}

QPointF MaskView::pixelAt(const QPointF& place) const {
    return (place - pictureRect().topLeft()) / zoom();
}

void MaskView::set(int x, int y) {
    if (x >= 0 && y >= 0 && x < size_.width() && y < size_.height())
        mask_[static_cast<size_t>(y) * static_cast<size_t>(size_.width()) + static_cast<size_t>(x)] =
            strokeErases_ ? 0 : 1;
}

/// Pixels whose centres lie under the brush; the one under the cursor at least.
void MaskView::dab(const QPointF& centre) {
    const double radius = brush_ / 2.0;
    for (int y = static_cast<int>(std::floor(centre.y() - radius)); y <= centre.y() + radius; ++y)
        for (int x = static_cast<int>(std::floor(centre.x() - radius)); x <= centre.x() + radius; ++x)
            if (std::hypot(x + 0.5 - centre.x(), y + 0.5 - centre.y()) <= radius)
                set(x, y);
    set(static_cast<int>(std::floor(centre.x())), static_cast<int>(std::floor(centre.y())));
}

void MaskView::stroke(const QPointF& from, const QPointF& to) {
    const double length = std::hypot(to.x() - from.x(), to.y() - from.y());
    const int dabs = std::clamp(static_cast<int>(std::ceil(2 * length)), 1, 4096);
    for (int i = 1; i <= dabs; ++i)
        dab(from + (to - from) * i / dabs);
    redrawMask();
}

void MaskView::fillRectangle(const QRectF& area) {
    const QRectF inside = area.normalized();
    for (int y = static_cast<int>(std::floor(inside.top())); y <= std::floor(inside.bottom()); ++y)
        for (int x = static_cast<int>(std::floor(inside.left())); x <= std::floor(inside.right()); ++x)
            set(x, y);
    redrawMask();
}

void MaskView::redrawMask() {
    drawn_ = QImage(size_, QImage::Format_ARGB32_Premultiplied);
    drawn_.fill(Qt::transparent);
    QColor tint = colour_;
    tint.setAlphaF(0.5F);
    for (int y = 0; y < size_.height(); ++y)
        for (int x = 0; x < size_.width(); ++x)
            if (mask_[static_cast<size_t>(y) * static_cast<size_t>(size_.width()) + static_cast<size_t>(x)])
                drawn_.setPixelColor(x, y, tint);
    update();
}

bool MaskView::event(QEvent* event) {
    // Keys that paint are not the window's shortcuts while this has the focus.
    if (event->type() == QEvent::ShortcutOverride && !image().isNull())
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Up:
        case Qt::Key_Down:
        case Qt::Key_Space:
        case Qt::Key_Delete:
        case Qt::Key_Plus:
        case Qt::Key_Minus:
            event->accept();
            return true;
        default:
            break;
        }
    return ImageView::event(event);
}

void MaskView::paintEvent(QPaintEvent* event) {
    ImageView::paintEvent(event);
    if (image().isNull())
        return;
    const QRectF picture = pictureRect();
    QPainter painter(this);
    painter.setClipRect(picture.intersected(QRectF(rect())));
    painter.drawImage(picture, drawn_);
    if (all_) {
        painter.setPen(Qt::NoPen);
        QColor hatch = colour_;
        hatch.setAlphaF(0.6F);
        painter.setBrush(QBrush(hatch, Qt::BDiagPattern));
        painter.drawRect(picture);
    }
    if (isEnabled() && (hovering_ || hasFocus()))
        paintBrush(painter);
    if (hasFocus()) {
        painter.setClipping(false);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(picture.adjusted(-1, -1, 1, 1));
    }
}

void MaskView::paintBrush(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Qt::white, 1.2));
    painter.setBrush(Qt::NoBrush);
    painter.setCompositionMode(QPainter::CompositionMode_Difference); // seen on any ground
    const QPointF at = pictureRect().topLeft() + cursor_ * zoom();
    if (tool_ == MaskTool::Brush) {
        painter.drawEllipse(at, brush_ / 2.0 * zoom(), brush_ / 2.0 * zoom());
    } else if (painting_) {
        painter.drawRect(QRectF(pictureRect().topLeft() + start_ * zoom(), at).normalized());
    } else {
        painter.drawLine(at - QPointF(6, 0), at + QPointF(6, 0));
        painter.drawLine(at - QPointF(0, 6), at + QPointF(0, 6));
    }
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
}

void MaskView::mousePressEvent(QMouseEvent* event) {
    const bool right = event->button() == Qt::RightButton;
    if (image().isNull() || (event->button() != Qt::LeftButton && !right))
        return event->ignore();
    painting_ = true;
    strokeErases_ = right || erasing_;
    before_ = mask_;
    start_ = last_ = cursor_ = pixelAt(event->position());
    if (tool_ == MaskTool::Brush)
        stroke(last_, last_);
    update();
}

void MaskView::mouseMoveEvent(QMouseEvent* event) {
    hovering_ = true;
    cursor_ = pixelAt(event->position());
    if (painting_ && tool_ == MaskTool::Brush)
        stroke(last_, cursor_);
    last_ = cursor_;
    const bool inside = !image().isNull() && pictureRect().contains(event->position());
    Q_EMIT pixelHovered(inside ? QPoint(static_cast<int>(cursor_.x()), static_cast<int>(cursor_.y()))
                               : QPoint(-1, -1));
    update();
}

void MaskView::mouseReleaseEvent(QMouseEvent*) {
    if (!painting_)
        return;
    painting_ = false;
    if (tool_ == MaskTool::Rectangle)
        fillRectangle(QRectF(start_, cursor_));
    update();
    tellEdited();
}

void MaskView::mouseDoubleClickEvent(QMouseEvent* event) {
    mousePressEvent(event); // two quick dabs are two dabs
}

void MaskView::wheelEvent(QWheelEvent* event) {
    if (event->modifiers() & Qt::ControlModifier) {
        setBrushSize(brush_ + (event->angleDelta().y() > 0 ? 1 : -1));
        return event->accept();
    }
    ImageView::wheelEvent(event);
}

void MaskView::keyPressEvent(QKeyEvent* event) {
    const double step = event->modifiers() & Qt::ShiftModifier ? 8 : 1;
    const auto move = [&](double dx, double dy) {
        cursor_ = QPointF(std::clamp(std::floor(cursor_.x()) + 0.5 + dx * step, 0.5, size_.width() - 0.5),
                          std::clamp(std::floor(cursor_.y()) + 0.5 + dy * step, 0.5, size_.height() - 0.5));
        update();
    };
    switch (image().isNull() ? int(Qt::Key_unknown) : event->key()) {
    case Qt::Key_Left:
        return move(-1, 0);
    case Qt::Key_Right:
        return move(1, 0);
    case Qt::Key_Up:
        return move(0, -1);
    case Qt::Key_Down:
        return move(0, 1);
    case Qt::Key_Plus:
        return setBrushSize(brush_ + 1);
    case Qt::Key_Minus:
        return setBrushSize(brush_ - 1);
    case Qt::Key_Space:
    case Qt::Key_Delete:
        strokeErases_ = erasing_ || event->key() == Qt::Key_Delete;
        before_ = mask_;
        stroke(cursor_, cursor_);
        return tellEdited();
    default:
        ImageView::keyPressEvent(event);
    }
}

void MaskView::leaveEvent(QEvent* event) {
    hovering_ = false;
    update();
    ImageView::leaveEvent(event);
}

} // namespace galatea
