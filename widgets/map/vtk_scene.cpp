#include "widgets/map/vtk_scene.h"

#include "widgets/map/grid_layer.h"
#include "widgets/map/picture_layer.h"

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
    vtkNew<PictureLayer> picture;
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
    d_->renderer->AddViewProp(d_->picture);
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

void VtkScene::render() {
    vtkOpenGLState* state = d_->window->GetState();
    // Qt and the overlay change OpenGL's state behind VTK's back.
    state->Reset();
    state->Push();
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
}

void VtkScene::setGround(const Rgba& colour) {
    d_->renderer->SetBackground(colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
}

void VtkScene::setPicture(const uint8_t* rgba, int deviceWidth, int deviceHeight) {
    d_->picture->setPicture(rgba, deviceWidth, deviceHeight);
}

void VtkScene::setGrid(std::vector<SceneLine> lines) {
    d_->grid->setLines(std::move(lines));
}

} // namespace galatea
