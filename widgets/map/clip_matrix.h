#pragma once
// From places relative to an origin to clip space, for the props that have vertex buffers of their own.

#include "widgets/map/map_camera.h"

#include <vtkCamera.h>
#include <vtkMatrix4x4.h>
#include <vtkRenderer.h>

#include <array>

namespace galatea {

/// Column-major, as OpenGL takes it. Multiplied in double precision, so that a deep zoom does not jitter: the
/// large parts of origin and focus cancel before anything is rounded to float.
inline std::array<float, 16> clipMatrix(vtkRenderer* renderer, const MapPlace& origin) {
    vtkMatrix4x4* m = renderer->GetActiveCamera()->GetCompositeProjectionTransformMatrix(
        renderer->GetTiledAspectRatio(), -1, 1);
    std::array<float, 16> out{};
    for (int row = 0; row < 4; ++row) {
        double shifted = m->GetElement(row, 3);
        for (int k = 0; k < 3; ++k) {
            out[static_cast<size_t>(4 * k + row)] = static_cast<float>(m->GetElement(row, k));
            shifted += m->GetElement(row, k) * origin[static_cast<size_t>(k)];
        }
        out[static_cast<size_t>(12 + row)] = static_cast<float>(shifted);
    }
    return out;
}

} // namespace galatea
