#pragma once
// The bridge to VTK: one render window without a window of its own, drawing into the context that is current,
// and what it holds (ground, grid, the picture of the points). Free of VTK types, so that no other file of
// the map includes VTK.

#include "widgets/map/map_camera.h"
#include "widgets/map/rgba.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace galatea {

struct SceneLine {
    std::array<float, 3> from{}, to{}; ///< relative to the origin
    Rgba colour;
};

class VtkScene {
  public:
    VtkScene();
    ~VtkScene();

    /// All of these need the OpenGL context current. After release() the scene may be initialised again in
    /// another context: it keeps what it shows and sends it there anew.
    void initialise();
    void release();
    bool ready() const;
    void resize(int deviceWidth, int deviceHeight);
    void render(); ///< into the scene's own framebuffer
    /// Copies the last rendered picture into a framebuffer of the same size.
    void copyTo(unsigned framebuffer) const;

    void setOrigin(const MapPlace& origin);
    void setCamera(const MapCamera& camera);
    void setGround(const Rgba& colour);
    /// The points, drawn: premultiplied red, green, blue, cover, rows from the top, as large as the scene.
    /// The pixels stay the caller's and are read when the scene is next rendered.
    void setPicture(const uint8_t* rgba, int deviceWidth, int deviceHeight);
    void setGrid(std::vector<SceneLine> lines);

  private:
    class Private;
    std::unique_ptr<Private> d_;
};

} // namespace galatea
