#pragma once
// The plain way to show points: all of them through OpenGL in every frame, read back as the map's are. For
// comparison only.

#include <memory>

#include "core/array.h"

namespace galatea {

class NaiveDrawing {
  public:
    /// [N,2] or [N,3]; an OpenGL context of its own without a window.
    NaiveDrawing(const Array& places, int width, int height);
    ~NaiveDrawing();
    bool works() const; ///< false where there is no OpenGL 3.2
    /// Milliseconds for a frame, the points turned by `angle`.
    double frame(double angle);

  private:
    class Private;
    std::unique_ptr<Private> d_;
};

} // namespace galatea
