#pragma once
// The OpenGL surface a map is drawn on: a QOpenGLWidget that is never shown. Inside a window, Qt would
// compose the whole window through OpenGL at each repaint of any widget in it, seventeen milliseconds in
// software between a slider and its picture. So the frame is read back, and the view paints it as widgets do.

#include <QImage>
#include <QOpenGLWidget>

#include <functional>

namespace galatea {

/// What a canvas calls with its context current.
struct CanvasPainter {
    std::function<void()> initialise;
    std::function<void(unsigned framebuffer)> paint;
    std::function<void()> release; ///< before the context ends
};

class MapCanvas : public QOpenGLWidget {
  public:
    explicit MapCanvas(CanvasPainter painter);
    ~MapCanvas() override;

    /// A frame of this size in device pixels; null if there is no OpenGL 3.2 here.
    QImage draw(const QSize& size);

  protected:
    void initializeGL() override;
    void paintGL() override;

  private:
    void release();
    CanvasPainter painter_;
};

} // namespace galatea
