#include "widgets/map/map_canvas.h"

#include <QCoreApplication>
#include <QOpenGLContext>
#include <QResizeEvent>

#include <cmath>

namespace galatea {

MapCanvas::MapCanvas(CanvasPainter painter) : painter_(std::move(painter)) {
    QSurfaceFormat wanted = format();
    wanted.setRenderableType(QSurfaceFormat::OpenGL);
    wanted.setVersion(3, 2);
    wanted.setProfile(QSurfaceFormat::CoreProfile);
    wanted.setSamples(0);
    setFormat(wanted);
}

MapCanvas::~MapCanvas() {
    // The base class ends the context when nothing of this object is left to answer its signal.
    if (context())
        QObject::disconnect(context(), nullptr, this, nullptr);
    release();
}

void MapCanvas::initializeGL() {
    painter_.initialise();
    connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &MapCanvas::release);
}

void MapCanvas::paintGL() {
    painter_.paint(defaultFramebufferObject());
}

void MapCanvas::release() {
    if (!context() || !context()->isValid())
        return;
    makeCurrent();
    painter_.release();
    doneCurrent();
}

QImage MapCanvas::draw(const QSize& size) {
    // A widget that is not shown gets no resize events by itself; its framebuffer follows only those.
    const double ratio = devicePixelRatioF();
    const QSize logical(static_cast<int>(std::ceil(size.width() / ratio)),
                        static_cast<int>(std::ceil(size.height() / ratio)));
    if (!context() || logical != this->size()) {
        QResizeEvent resized(logical, this->size());
        resize(logical);
        QCoreApplication::sendEvent(this, &resized);
    }
    QImage frame = grabFramebuffer();
    if (frame.size() != size && !frame.isNull())
        frame = frame.copy(QRect(QPoint(0, 0), size));
    return frame;
}

} // namespace galatea
