#pragma once
// Thin lines behind the points: the grid of a 2-D map, the floor and frame of a 3-D one.

#include "widgets/map/vtk_scene.h"

#include <vtkNew.h>
#include <vtkOpenGLBufferObject.h>
#include <vtkOpenGLVertexArrayObject.h>
#include <vtkProp.h>

#include <vector>

namespace galatea {

class GridLayer : public vtkProp {
  public:
    static GridLayer* New();
    vtkTypeMacro(GridLayer, vtkProp)

        void setOrigin(const MapPlace& origin) {
        origin_ = origin;
    }
    void setLines(std::vector<SceneLine> lines);

    int RenderOpaqueGeometry(vtkViewport* viewport) override;
    void ReleaseGraphicsResources(vtkWindow* window) override;

  protected:
    GridLayer() = default;

  private:
    std::vector<float> places_;
    std::vector<Rgba> colours_;
    MapPlace origin_{};
    bool changed_ = true, bound_ = false;
    vtkNew<vtkOpenGLBufferObject> placeBuffer_, colourBuffer_;
    vtkNew<vtkOpenGLVertexArrayObject> arrays_;
};

} // namespace galatea
