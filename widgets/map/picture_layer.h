#pragma once
// A picture made elsewhere, as VTK sees it: one prop that lays it over the whole view.

#include <vtkProp.h>

#include <cstdint>
#include <vector>

namespace galatea {

class PictureLayer : public vtkProp {
  public:
    static PictureLayer* New();
    vtkTypeMacro(PictureLayer, vtkProp)

        /// Premultiplied red, green, blue, cover, rows from the top; stays the caller's until the next
        /// render.
        void setPicture(const uint8_t* rgba, int width, int height);

    int RenderOpaqueGeometry(vtkViewport* viewport) override;
    void ReleaseGraphicsResources(vtkWindow* window) override;

  protected:
    PictureLayer() = default;

  private:
    void upload();

    const uint8_t* pixels_ = nullptr;
    int width_ = 0, height_ = 0, textureWidth_ = 0, textureHeight_ = 0;
    bool changed_ = false;
    unsigned texture_ = 0, arrays_ = 0;
};

} // namespace galatea
