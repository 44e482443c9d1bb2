#pragma once

#include <cstdint>

namespace galatea {

/// Red, green, blue, opacity: the bytes a vertex buffer takes.
struct Rgba {
    uint8_t r = 0, g = 0, b = 0, a = 255;
};

/// What a map is drawn on.
inline Rgba groundColour(bool dark) {
    return dark ? Rgba{14, 18, 26, 255} : Rgba{250, 251, 253, 255};
}

} // namespace galatea
