#include "widgets/image/marked_image_view.h"

#include <algorithm>

#include <QPainter>

namespace galatea {

void MarkedImageView::setMarks(std::vector<ImageMark> marks, const QColor& colour) {
    marks_ = std::move(marks);
    colour_ = colour;
    update();
}

void MarkedImageView::paintEvent(QPaintEvent* event) {
    ImageView::paintEvent(event);
    if (image().isNull() || marks_.empty())
        return;
    constexpr double smallest = 3; // logical pixels: a mark that cannot be seen is none
    const QRectF picture = pictureRect();
    const double scale = zoom();
    QPainter painter(this);
    painter.setClipRect(picture.intersected(rect()));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour_, 1.3));
    for (const ImageMark& mark : marks_) {
        const QPointF at = picture.topLeft() + mark.centre * scale;
        const double a = std::max(mark.a * scale, smallest), b = std::max(mark.b * scale, smallest);
        if (!picture.adjusted(-a, -a, a, a).contains(at))
            continue;
        painter.save();
        painter.translate(at);
        painter.rotate(mark.angle * 180 / 3.14159265358979323846);
        painter.drawEllipse(QPointF(0, 0), a, b);
        painter.restore();
    }
}

} // namespace galatea
