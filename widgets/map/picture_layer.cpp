#include "widgets/map/picture_layer.h"

#include <vtk_glew.h>

#include <vtkObjectFactory.h>
#include <vtkOpenGLRenderWindow.h>
#include <vtkOpenGLShaderCache.h>
#include <vtkOpenGLState.h>
#include <vtkShaderProgram.h>
#include <vtkViewport.h>

namespace galatea {

vtkStandardNewMacro(PictureLayer);

namespace {

// One triangle that holds the whole view.
const char* const vertexShader = R"(//VTK::System::Dec
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    gl_Position = vec4(corner, 0.0, 1.0);
}
)";

const char* const fragmentShader = R"(//VTK::System::Dec
//VTK::Output::Dec
uniform sampler2D picture;
uniform int rows;
void main() {
    gl_FragData[0] = texelFetch(picture, ivec2(int(gl_FragCoord.x), rows - 1 - int(gl_FragCoord.y)), 0);
}
)";

} // namespace

void PictureLayer::setPicture(const uint8_t* rgba, int width, int height) {
    pixels_ = rgba;
    width_ = width;
    height_ = height;
    changed_ = true;
}

void PictureLayer::upload() {
    if (texture_ == 0) {
        glGenTextures(1, &texture_);
        glGenVertexArrays(1, &arrays_);
        textureWidth_ = 0;
        changed_ = true;
    }
    glBindTexture(GL_TEXTURE_2D, texture_);
    if (!changed_)
        return;
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    if (textureWidth_ != width_ || textureHeight_ != height_) {
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width_, height_, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels_);
        textureWidth_ = width_;
        textureHeight_ = height_;
    } else {
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width_, height_, GL_RGBA, GL_UNSIGNED_BYTE, pixels_);
    }
    changed_ = false;
}

int PictureLayer::RenderOpaqueGeometry(vtkViewport* viewport) {
    auto* window = vtkOpenGLRenderWindow::SafeDownCast(viewport->GetVTKWindow());
    if (!pixels_ || width_ <= 0 || height_ <= 0)
        return 0;
    vtkShaderProgram* program =
        window->GetShaderCache()->ReadyShaderProgram(vertexShader, fragmentShader, "");
    if (!program)
        return 0;
    vtkOpenGLState* state = window->GetState();
    vtkOpenGLState::ScopedglEnableDisable blendSaver(state, GL_BLEND), depthSaver(state, GL_DEPTH_TEST);
    vtkOpenGLState::ScopedglBlendFuncSeparate functionSaver(state);
    state->vtkglEnable(GL_BLEND);
    state->vtkglDisable(GL_DEPTH_TEST);
    state->vtkglBlendFuncSeparate(GL_ONE, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    state->vtkglActiveTexture(GL_TEXTURE0);
    upload();
    program->SetUniformi("picture", 0);
    program->SetUniformi("rows", height_);
    glBindVertexArray(arrays_);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    glBindVertexArray(0);
    glBindTexture(GL_TEXTURE_2D, 0);
    return 1;
}

void PictureLayer::ReleaseGraphicsResources(vtkWindow*) {
    if (texture_ == 0)
        return;
    glDeleteTextures(1, &texture_);
    glDeleteVertexArrays(1, &arrays_);
    texture_ = arrays_ = 0;
}

} // namespace galatea
