#pragma once
// A picture on which pixels are marked with a brush or by rectangles.

#include <cstdint>
#include <vector>

#include "widgets/image/image_view.h"

namespace galatea {

enum class MaskTool { Brush, Rectangle };

/// The left button marks, the right one erases; the wheel zooms. From the keyboard the arrows move the brush
/// (Shift: eight pixels), Space marks, Delete erases under it; + and − change its size.
class MaskView : public ImageView {
    Q_OBJECT
  public:
    explicit MaskView(QWidget* parent = nullptr);

    void setTool(MaskTool tool);
    void setBrushSize(int pixels); ///< diameter, 1 … 256
    int brushSize() const { return brush_; }
    void setErasing(bool erasing); ///< the left button erases
    void setMarkColour(const QColor& colour);
    /// Hatches the whole picture: all of it is hidden in the band shown.
    void setAllMarked(bool all);
    void clearMask();
    bool anyMarked() const;
    /// Of the picture's size, row by row from the top: 1 where marked. Lost when a picture of another size
    /// comes.
    const std::vector<uint8_t>& mask() const { return mask_; }
    void setMask(std::vector<uint8_t> mask); ///< ignored unless it has the picture's size

  Q_SIGNALS:
    void maskChanged();
    /// The person has painted, filled or cleared; the mask before that.
    void edited(const std::vector<uint8_t>& before);
    void brushSizeChanged(int pixels); ///< by wheel with Ctrl or key

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    QPointF pixelAt(const QPointF& place) const; ///< in picture pixels
    void stroke(const QPointF& from, const QPointF& to);
    void dab(const QPointF& centre);
    void fillRectangle(const QRectF& area);
    void set(int x, int y);
    void takeSize();
    void redrawMask();
    void tellEdited();
    void paintBrush(QPainter& painter) const;

    MaskTool tool_ = MaskTool::Brush;
    int brush_ = 5;
    bool erasing_ = false, all_ = false, painting_ = false, strokeErases_ = false, hovering_ = false;
    QColor colour_{230, 120, 40};
    QSize size_;
    std::vector<uint8_t> mask_, before_; ///< before: the stroke being painted
    QImage drawn_;                       ///< the mask as it lies over the picture
    QPointF last_, start_, cursor_;
};

} // namespace galatea
