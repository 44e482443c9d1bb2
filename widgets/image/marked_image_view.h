#pragma once
// A picture with ellipses on it, such as the sources found in a frame.

#include <vector>

#include <QColor>
#include <QPointF>

#include "widgets/image/image_view.h"

namespace galatea {

struct ImageMark {
    QPointF centre;      ///< picture pixels; (0, 0) is the top left corner of the first
    double a = 0, b = 0; ///< semi-axes, picture pixels
    double angle = 0;    ///< of the major axis, from +x downwards, radians
};

class MarkedImageView : public ImageView {
    Q_OBJECT
  public:
    using ImageView::ImageView;
    void setMarks(std::vector<ImageMark> marks, const QColor& colour);
    const std::vector<ImageMark>& marks() const { return marks_; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    std::vector<ImageMark> marks_;
    QColor colour_;
};

} // namespace galatea
