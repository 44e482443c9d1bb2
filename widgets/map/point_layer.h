#pragma once
// The points as VTK sees them: one prop with vertex buffers of its own, drawn as round, anti-aliased sprites.

#include "widgets/map/vtk_scene.h"

#include <vtkNew.h>
#include <vtkOpenGLBufferObject.h>
#include <vtkOpenGLVertexArrayObject.h>
#include <vtkProp.h>

#include <array>
#include <cstdint>
#include <vector>

class vtkOpenGLRenderWindow;
class vtkShaderProgram;

namespace galatea {

/// Buffers of one kind of points.
class PointBatch {
  public:
    void setPoints(ScenePoints points);
    void setColours(std::vector<Rgba> colours);
    bool empty() const { return points_.colours.empty(); }
    size_t size() const { return points_.colours.size(); }
    void release();
    /// Draws the first `count` points; `back` (towards the eye) given: the farthest first.
    void draw(vtkShaderProgram* program, size_t count, const double* back);

  private:
    void upload(vtkShaderProgram* program);
    void sortFromBack(size_t count, const double* back);

    ScenePoints points_;
    bool placesChanged_ = true, coloursChanged_ = true, bound_ = false;
    vtkNew<vtkOpenGLBufferObject> places_, colours_, order_;
    vtkNew<vtkOpenGLVertexArrayObject> arrays_;
    std::vector<uint32_t> sorted_;
    std::array<double, 3> sortedFor_{};
};

class PointLayer : public vtkProp {
  public:
    static PointLayer* New();
    vtkTypeMacro(PointLayer, vtkProp)

        PointBatch& batch(int index) {
        return batches_[static_cast<size_t>(index)];
    }
    void setOrigin(const MapPlace& origin) { origin_ = origin; }
    void setFraction(double fraction) { fraction_ = fraction; }
    void setLook(const SceneLook& look) { look_ = look; }
    /// Distance at which a point has its nominal size (0: everywhere) and the depths between which it fades.
    void setPerspective(double reference, double nearest, double farthest);

    int RenderOpaqueGeometry(vtkViewport* viewport) override;
    void ReleaseGraphicsResources(vtkWindow* window) override;

  protected:
    PointLayer() = default;

  private:
    void setUniforms(vtkShaderProgram* program, vtkViewport* viewport) const;

    std::array<PointBatch, 3> batches_;
    MapPlace origin_{};
    SceneLook look_;
    double fraction_ = 1, reference_ = 0, nearest_ = 0, farthest_ = 1;
};

} // namespace galatea
