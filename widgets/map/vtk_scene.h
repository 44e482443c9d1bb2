#pragma once
// The bridge to VTK: one render window without a window of its own, drawing into the context that is current,
// and what it holds (ground, grid, points). Free of VTK types, so that no other file of the map includes VTK.

#include "widgets/map/map_camera.h"
#include "widgets/map/rgba.h"

#include <array>

#include <cstddef>
#include <memory>
#include <vector>

namespace galatea {

/// Points of one kind, in the order they are drawn; places are relative to the scene's origin.
struct ScenePoints {
    std::vector<float> places; ///< three a point
    std::vector<Rgba> colours; ///< one a point; opacity 0: not drawn
};

struct SceneLine {
    std::array<float, 3> from{}, to{}; ///< relative to the origin
    Rgba colour;
};

struct SceneLook {
    Rgba background;
    double pointSize = 5;   ///< device pixels
    double sampleSize = 10; ///< device pixels
    double opacity = 1;
    bool rim = true; ///< a darker edge that parts neighbours of one colour
};

class VtkScene {
  public:
    enum class Layer { Points, Selected, Samples };

    VtkScene();
    ~VtkScene();

    /// All of these need the OpenGL context current. After release() the scene may be initialised again in
    /// another context: it keeps what it shows and sends it there anew.
    void initialise();
    void release();
    bool ready() const;
    void resize(int deviceWidth, int deviceHeight);
    /// Draws into the scene's own framebuffer. `fraction` < 1 draws so much of the points layer, for a view
    /// in motion.
    void render(double fraction);
    /// Copies the last rendered picture into a framebuffer of the same size.
    void copyTo(unsigned framebuffer) const;

    void setOrigin(const MapPlace& origin);
    void setCamera(const MapCamera& camera);
    void setLook(const SceneLook& look);
    void setPoints(Layer layer, ScenePoints points);
    void setColours(Layer layer, std::vector<Rgba> colours);
    void setGrid(std::vector<SceneLine> lines);

  private:
    class Private;
    std::unique_ptr<Private> d_;
};

} // namespace galatea
