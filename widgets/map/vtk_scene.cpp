#include "widgets/map/vtk_scene.h"

#include "widgets/map/grid_layer.h"
#include "widgets/map/point_layer.h"

#include <vtk_glew.h>

#include <vtkCamera.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkNew.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkOpenGLState.h>
#include <vtkRenderer.h>

namespace galatea {

class VtkScene::Private {
  public:
    vtkNew<vtkGenericOpenGLRenderWindow> window;
    vtkNew<vtkRenderer> renderer;
    vtkNew<GridLayer> grid;
    vtkNew<PointLayer> points;
    bool ready = false;
    int width = 1, height = 1;
};

VtkScene::VtkScene() : d_(std::make_unique<Private>()) {
    d_->window->SetReadyForRendering(false);
    d_->window->SetOwnContext(0);
    d_->window->SetMultiSamples(0);
    d_->window->SetFrameBlitModeToNoBlit();
    d_->window->SwapBuffersOff();
    d_->window->AddRenderer(d_->renderer);
    d_->renderer->SetBackgroundAlpha(1);
    d_->renderer->AddViewProp(d_->grid);
    d_->renderer->AddViewProp(d_->points);
}

VtkScene::~VtkScene() = default;

void VtkScene::initialise() {
    d_->window->SetIsCurrent(true);
    d_->window->SetMapped(1);
    d_->window->SetReadyForRendering(true);
    d_->window->InitializeFromCurrentContext();
    d_->ready = true;
}

void VtkScene::release() {
    if (!d_->ready)
        return;
    d_->window->GetState()->Reset();
    d_->window->Finalize();
    d_->window->SetReadyForRendering(false);
    d_->window->SetIsCurrent(false);
    d_->ready = false;
}

bool VtkScene::ready() const {
    return d_->ready;
}

void VtkScene::resize(int deviceWidth, int deviceHeight) {
    d_->width = std::max(1, deviceWidth);
    d_->height = std::max(1, deviceHeight);
    d_->window->SetSize(d_->width, d_->height);
}

void VtkScene::render(double fraction) {
    vtkOpenGLState* state = d_->window->GetState();
    // Qt and the overlay change OpenGL's state behind VTK's back.
    state->Reset();
    state->Push();
    d_->points->setFraction(fraction);
    d_->window->Render();
    state->Pop();
}

void VtkScene::copyTo(unsigned framebuffer) const {
    vtkOpenGLFramebufferObject* drawn = d_->window->GetRenderFramebuffer();
    if (!drawn || drawn->GetFBOIndex() == 0)
        return;
    glDisable(GL_SCISSOR_TEST);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, drawn->GetFBOIndex());
    glReadBuffer(GL_COLOR_ATTACHMENT0);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffer);
    glBlitFramebuffer(0, 0, d_->width, d_->height, 0, 0, d_->width, d_->height, GL_COLOR_BUFFER_BIT,
                      GL_NEAREST);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
}

void VtkScene::setOrigin(const MapPlace& origin) {
    d_->points->setOrigin(origin);
    d_->grid->setOrigin(origin);
}

void VtkScene::setCamera(const MapCamera& camera) {
    vtkCamera* eye = d_->renderer->GetActiveCamera();
    const auto& axes = camera.axes();
    const MapPlace& focus = camera.focus();
    const double distance = camera.distance();
    eye->SetFocalPoint(focus[0], focus[1], focus[2]);
    eye->SetPosition(focus[0] + distance * axes[6], focus[1] + distance * axes[7],
                     focus[2] + distance * axes[8]);
    eye->SetViewUp(axes[3], axes[4], axes[5]);
    eye->SetParallelProjection(camera.dimensions() == 2);
    eye->SetParallelScale(0.5 * camera.visibleHeight());
    eye->SetViewAngle(MapCamera::viewAngle());
    const auto range = camera.clippingRange();
    if (camera.dimensions() == 2)
        eye->SetClippingRange(0.5 * distance, 1.5 * distance);
    else
        eye->SetClippingRange(range[0], range[1]);
    d_->points->setPerspective(camera.dimensions() == 3 ? distance : 0, range[0], range[1]);
}

void VtkScene::setLook(const SceneLook& look) {
    const Rgba& ground = look.background;
    d_->renderer->SetBackground(ground.r / 255.0, ground.g / 255.0, ground.b / 255.0);
    d_->points->setLook(look);
}

void VtkScene::setPoints(Layer layer, ScenePoints points) {
    d_->points->batch(static_cast<int>(layer)).setPoints(std::move(points));
}

void VtkScene::setColours(Layer layer, std::vector<Rgba> colours) {
    d_->points->batch(static_cast<int>(layer)).setColours(std::move(colours));
}

void VtkScene::setGrid(std::vector<SceneLine> lines) {
    d_->grid->setLines(std::move(lines));
}

} // namespace galatea
