#pragma once
// Shows one picture: fitted, or zoomed with the wheel and moved with the mouse; sharp on high-DPI screens.

#include <QImage>
#include <QWidget>

namespace galatea {

class ImageView : public QWidget {
    Q_OBJECT
    Q_PROPERTY(QString caption READ caption WRITE setCaption)
  public:
    explicit ImageView(QWidget* parent = nullptr);

    /// Keeps zoom and position if the new picture has the old one's size. A null picture shows the hint.
    void setImage(const QImage& image);
    const QImage& image() const { return image_; }
    void setCaption(const QString& caption); ///< drawn below the picture; empty: none
    QString caption() const { return caption_; }
    void setHint(const QString& hint); ///< shown while there is no picture
    void setSmooth(bool smooth);       ///< interpolate when enlarging; default off: pixels are data
    bool smooth() const { return smooth_; }
    void setInteractive(bool interactive); ///< zoom and pan; default on
    double zoom() const;                   ///< logical pixels per picture pixel
    QRectF pictureRect() const;            ///< where the picture is drawn, in widget coordinates

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

  public Q_SLOTS:
    void fit(); ///< the whole picture in view

  Q_SIGNALS:
    void imageChanged();
    void pixelHovered(QPoint pixel); ///< (-1, -1) when the mouse leaves the picture
    void clicked();
    void doubleClicked();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    QRectF area() const;
    double fitZoom() const;

    QImage image_;
    QString caption_, hint_;
    bool smooth_ = false, interactive_ = true, moved_ = false;
    double magnification_ = 1; ///< times the fitted size
    QPointF centre_{0.5, 0.5}; ///< place of the picture in the middle of the view, as fractions
    QPointF pressed_, pressedCentre_;
};

} // namespace galatea
