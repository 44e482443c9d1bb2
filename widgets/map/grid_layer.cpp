#include "widgets/map/grid_layer.h"

#include "widgets/map/clip_matrix.h"

#include <vtk_glew.h>

#include <vtkObjectFactory.h>
#include <vtkOpenGLRenderWindow.h>
#include <vtkOpenGLShaderCache.h>
#include <vtkOpenGLState.h>
#include <vtkShaderProgram.h>

namespace galatea {

vtkStandardNewMacro(GridLayer);

namespace {

const char* const vertexShader = R"(//VTK::System::Dec
in vec3 place;
in vec4 tint;
uniform mat4 toClip;
out vec4 colour;
void main() {
    colour = tint;
    gl_Position = toClip * vec4(place, 1.0);
}
)";

const char* const fragmentShader = R"(//VTK::System::Dec
//VTK::Output::Dec
in vec4 colour;
void main() {
    gl_FragData[0] = colour;
}
)";

} // namespace

void GridLayer::setLines(std::vector<SceneLine> lines) {
    places_.clear();
    colours_.clear();
    for (const SceneLine& line : lines) {
        places_.insert(places_.end(), line.from.begin(), line.from.end());
        places_.insert(places_.end(), line.to.begin(), line.to.end());
        colours_.insert(colours_.end(), 2, line.colour);
    }
    changed_ = true;
}

int GridLayer::RenderOpaqueGeometry(vtkViewport* viewport) {
    auto* window = vtkOpenGLRenderWindow::SafeDownCast(viewport->GetVTKWindow());
    if (colours_.empty())
        return 0;
    vtkShaderProgram* program =
        window->GetShaderCache()->ReadyShaderProgram(vertexShader, fragmentShader, "");
    if (!program)
        return 0;
    auto matrix = clipMatrix(vtkRenderer::SafeDownCast(viewport), origin_);
    program->SetUniformMatrix4x4("toClip", matrix.data());
    vtkOpenGLState* state = window->GetState();
    vtkOpenGLState::ScopedglEnableDisable blendSaver(state, GL_BLEND), depthSaver(state, GL_DEPTH_TEST);
    vtkOpenGLState::ScopedglBlendFuncSeparate functionSaver(state);
    state->vtkglEnable(GL_BLEND);
    state->vtkglDisable(GL_DEPTH_TEST);
    state->vtkglBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    if (changed_) {
        placeBuffer_->Upload(places_, vtkOpenGLBufferObject::ArrayBuffer);
        colourBuffer_->Upload(colours_, vtkOpenGLBufferObject::ArrayBuffer);
        changed_ = false;
    }
    arrays_->Bind();
    if (!bound_) {
        arrays_->AddAttributeArray(program, placeBuffer_, "place", 0, 3 * sizeof(float), VTK_FLOAT, 3, false);
        arrays_->AddAttributeArray(program, colourBuffer_, "tint", 0, sizeof(Rgba), VTK_UNSIGNED_CHAR, 4,
                                   true);
        bound_ = true;
    }
    glDrawArrays(GL_LINES, 0, static_cast<GLsizei>(colours_.size()));
    arrays_->Release();
    return 1;
}

void GridLayer::ReleaseGraphicsResources(vtkWindow*) {
    placeBuffer_->ReleaseGraphicsResources();
    colourBuffer_->ReleaseGraphicsResources();
    arrays_->ReleaseGraphicsResources();
    changed_ = true;
    bound_ = false;
}

} // namespace galatea
