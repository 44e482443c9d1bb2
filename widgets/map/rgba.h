#pragma once

#include <cstdint>

namespace galatea {

/// Red, green, blue, opacity: the bytes a vertex buffer takes.
struct Rgba {
    uint8_t r = 0, g = 0, b = 0, a = 255;
};

} // namespace galatea
