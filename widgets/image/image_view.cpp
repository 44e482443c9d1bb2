#include "widgets/image/image_view.h"

#include <algorithm>
#include <cmath>

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

namespace galatea {

ImageView::ImageView(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ImageView::setImage(const QImage& image) {
    if (image.size() != image_.size())
        fit();
    image_ = image;
    update();
    Q_EMIT imageChanged();
}

void ImageView::setCaption(const QString& caption) {
    if (caption == caption_)
        return;
    caption_ = caption;
    setAccessibleDescription(caption);
    update();
}

void ImageView::setHint(const QString& hint) {
    hint_ = hint;
    update();
}

void ImageView::setSmooth(bool smooth) {
    smooth_ = smooth;
    update();
}

void ImageView::setInteractive(bool interactive) {
    interactive_ = interactive;
}

void ImageView::fit() {
    magnification_ = 1;
    centre_ = {0.5, 0.5};
    update();
}

QRectF ImageView::area() const {
    QRectF inside = rect();
    if (!caption_.isEmpty())
        inside.setBottom(inside.bottom() - fontMetrics().height() - 4);
    return inside;
}

double ImageView::fitZoom() const {
    if (image_.isNull())
        return 1;
    return std::min(area().width() / image_.width(), area().height() / image_.height());
}

double ImageView::zoom() const {
    return fitZoom() * magnification_;
}

QRectF ImageView::pictureRect() const {
    const QSizeF size = QSizeF(image_.size()) * zoom();
    QPointF middle = area().center();
    if (size.height() < area().height()) // neighbours in a row start at one line
        middle.setY(area().top() + size.height() / 2);
    return {middle - QPointF(centre_.x() * size.width(), centre_.y() * size.height()), size};
}

QSize ImageView::sizeHint() const {
    return {160, 160};
}

QSize ImageView::minimumSizeHint() const {
    return {48, 48};
}

int ImageView::heightForWidth(int width) const {
    const int caption = caption_.isEmpty() ? 0 : fontMetrics().height() + 4;
    if (image_.isNull() || image_.width() == 0)
        return width + caption;
    return static_cast<int>(std::lround(double(width) * image_.height() / image_.width())) + caption;
}

void ImageView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QRectF inside = area();
    if (image_.isNull()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::AlternateBase));
        const double side = std::min(inside.width(), inside.height());
        QRectF box(0, inside.top(), side, side);
        box.moveLeft(inside.center().x() - side / 2);
        painter.drawRoundedRect(box, 6, 6);
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(box.adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, hint_);
    } else {
        painter.save();
        painter.setClipRect(inside);
        // Shrinking always averages: dropped pixels would hide what is there.
        painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth_ || zoom() < 1);
        painter.drawImage(pictureRect(), image_);
        painter.restore();
    }
    if (!caption_.isEmpty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        const double side = std::min(inside.width(), inside.height());
        const double bottom =
            image_.isNull() ? inside.top() + side : std::min(pictureRect().bottom(), inside.bottom());
        const QRectF below(0, bottom + 2, width(), fontMetrics().height() + 2);
        painter.drawText(below, Qt::AlignCenter, fontMetrics().elidedText(caption_, Qt::ElideRight, width()));
    }
}

void ImageView::wheelEvent(QWheelEvent* event) {
    if (!interactive_ || image_.isNull())
        return event->ignore();
    const QRectF before = pictureRect();
    const QPointF place((event->position().x() - before.left()) / before.width(),
                        (event->position().y() - before.top()) / before.height());
    magnification_ = std::clamp(magnification_ * std::pow(1.0015, event->angleDelta().y()), 1.0, 64.0);
    const QSizeF size = QSizeF(image_.size()) * zoom();
    const double middle =
        size.height() < area().height() ? area().top() + size.height() / 2 : area().center().y();
    const QPointF offset = event->position() - QPointF(area().center().x(), middle);
    centre_ = {place.x() - offset.x() / size.width(), place.y() - offset.y() / size.height()};
    if (magnification_ == 1.0)
        centre_ = {0.5, 0.5};
    update();
    event->accept();
}

void ImageView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return event->ignore();
    pressed_ = event->position();
    pressedCentre_ = centre_;
    moved_ = false;
}

void ImageView::mouseMoveEvent(QMouseEvent* event) {
    const QRectF drawn = pictureRect();
    if ((event->buttons() & Qt::LeftButton) && interactive_ && magnification_ > 1) {
        const QPointF moved = event->position() - pressed_;
        moved_ = moved_ || moved.manhattanLength() > QApplication::startDragDistance();
        centre_ = pressedCentre_ - QPointF(moved.x() / drawn.width(), moved.y() / drawn.height());
        update();
    }
    QPoint pixel(-1, -1);
    if (!image_.isNull() && drawn.contains(event->position()))
        pixel = QPoint(static_cast<int>((event->position().x() - drawn.left()) / zoom()),
                       static_cast<int>((event->position().y() - drawn.top()) / zoom()));
    Q_EMIT pixelHovered(pixel);
}

void ImageView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && !moved_)
        Q_EMIT clicked();
}

void ImageView::mouseDoubleClickEvent(QMouseEvent*) {
    fit();
    Q_EMIT doubleClicked();
}

void ImageView::leaveEvent(QEvent*) {
    Q_EMIT pixelHovered({-1, -1});
}

} // namespace galatea
