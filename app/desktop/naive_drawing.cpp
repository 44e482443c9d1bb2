#include "app/desktop/naive_drawing.h"

#include <vector>

#include <QElapsedTimer>
#include <QImage>
#include <QMatrix4x4>
#include <QOffscreenSurface>
#include <QOpenGLBuffer>
#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QOpenGLFunctions>
#include <QOpenGLShaderProgram>
#include <QOpenGLVertexArrayObject>
#include <QVector3D>

namespace galatea {

namespace {

const char* const vertexShader = R"(#version 150
in vec3 place;
uniform mat4 turn;
void main() {
    gl_Position = turn * vec4(place, 1.0);
    gl_PointSize = 2.0;
}
)";

const char* const fragmentShader = R"(#version 150
out vec4 colour;
void main() {
    colour = vec4(0.3, 0.6, 0.9, 0.5);
}
)";

} // namespace

class NaiveDrawing::Private {
  public:
    QOpenGLContext context;
    QOffscreenSurface surface;
    QOpenGLBuffer buffer;
    QOpenGLVertexArrayObject arrays;
    QOpenGLShaderProgram program;
    std::unique_ptr<QOpenGLFramebufferObject> target;
    int64_t count = 0;
    bool works = false;
};

NaiveDrawing::NaiveDrawing(const Array& places, int width, int height) : d_(std::make_unique<Private>()) {
    QSurfaceFormat format;
    format.setVersion(3, 2);
    format.setProfile(QSurfaceFormat::CoreProfile);
    d_->context.setFormat(format);
    d_->surface.setFormat(format);
    d_->surface.create();
    if (!d_->context.create() || !d_->context.makeCurrent(&d_->surface))
        return;
    d_->count = places.dim(0);
    std::vector<float> vertices(static_cast<size_t>(3 * d_->count), 0.0F);
    for (int64_t row = 0; row < d_->count; ++row)
        for (int64_t k = 0; k < places.dim(1); ++k)
            vertices[static_cast<size_t>(3 * row + k)] = 0.08F * places.at(row, k);
    d_->arrays.create();
    d_->arrays.bind();
    d_->buffer.create();
    d_->buffer.bind();
    d_->buffer.allocate(static_cast<int>(vertices.size() * sizeof(float)));
    auto* memory = static_cast<float*>(d_->buffer.map(QOpenGLBuffer::WriteOnly));
    if (memory) {
        std::copy(vertices.begin(), vertices.end(), memory);
        d_->buffer.unmap();
    }
    d_->works = memory && d_->program.addShaderFromSourceCode(QOpenGLShader::Vertex, vertexShader) &&
                d_->program.addShaderFromSourceCode(QOpenGLShader::Fragment, fragmentShader) &&
                d_->program.link() && d_->program.bind();
    d_->program.enableAttributeArray("place");
    d_->program.setAttributeBuffer("place", GL_FLOAT, 0, 3);
    d_->target = std::make_unique<QOpenGLFramebufferObject>(width, height);
}

NaiveDrawing::~NaiveDrawing() {
    if (!d_->context.isValid())
        return;
    d_->context.makeCurrent(&d_->surface);
    d_->target.reset();
    d_->buffer.destroy();
    d_->arrays.destroy();
    d_->program.removeAllShaders();
    d_->context.doneCurrent();
}

bool NaiveDrawing::works() const {
    return d_->works;
}

double NaiveDrawing::frame(double angle) {
    QElapsedTimer clock;
    clock.start();
    QOpenGLFunctions* gl = d_->context.functions();
    d_->target->bind();
    gl->glViewport(0, 0, d_->target->width(), d_->target->height());
    gl->glClearColor(0, 0, 0, 1);
    gl->glClear(GL_COLOR_BUFFER_BIT);
    gl->glEnable(GL_BLEND);
    gl->glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
    constexpr GLenum programPointSize = 0x8642; // of desktop OpenGL only, so not among Qt's
    gl->glEnable(programPointSize);
    QMatrix4x4 turn;
    turn.rotate(static_cast<float>(angle), QVector3D(0.3F, 1, 0.2F));
    d_->program.setUniformValue("turn", turn);
    gl->glDrawArrays(GL_POINTS, 0, static_cast<GLsizei>(d_->count));
    const QImage picture = d_->target->toImage();
    return picture.isNull() ? -1 : static_cast<double>(clock.nsecsElapsed()) * 1e-6;
}

} // namespace galatea
