#pragma once
// A sheet of paper in memory and how a point is laid on it.

#include "widgets/map/ink_lanes.h"
#include "widgets/map/stamp.h"

#include <cstdint>
#include <vector>

namespace galatea {

/// A picture being made: premultiplied colour of 16 bits a channel, with a margin left and right so that a
/// stamp at the edge needs no clipping; or how many points lie in each pixel.
struct Sheet {
    static constexpr int margin = 16; ///< more than mostStampDiameter + 3
    int width = 0, height = 0, stride = 0;
    std::vector<uint16_t> ink;    ///< red, green, blue, cover; stride pixels a row
    std::vector<uint32_t> counts; ///< width numbers a row

    void resize(int newWidth, int newHeight, bool density);
    void clearRows(int top, int bottom);
    uint16_t* at(int x, int y) {
        return ink.data() +
               (static_cast<size_t>(y) * static_cast<size_t>(stride) + static_cast<size_t>(x + margin)) * 4;
    }
    const uint16_t* at(int x, int y) const { return const_cast<Sheet*>(this)->at(x, y); }
};

/// The rows [top, bottom) of a sheet: what one thread may write to.
struct Band {
    int top = 0, bottom = 0;
};

/// Lays a stamp with its centre at (x8, y8) eighths of a pixel. The centre may lie outside the sheet by no
/// more than half the stamp.
inline void layStamp(Sheet& sheet, const Stamp& stamp, int x8, int y8, const Band& band,
                     const PointInk& ink) {
    const int u = x8 & (subpixels - 1), v = y8 & (subpixels - 1);
    const int left = (x8 >> 3) + stamp.first(u), top = (y8 >> 3) + stamp.first(v);
    const int from = top < band.top ? band.top - top : 0;
    const int to = top + stamp.height() > band.bottom ? band.bottom - top : stamp.height();
    const int lanes = stamp.width() * 4;
    const uint16_t* cover = stamp.cover(u, v) + from * lanes;
    const uint16_t* shade = stamp.shade(u, v) + from * lanes;
    for (int row = from; row < to; ++row) {
        uint16_t* under = sheet.at(left, top + row);
        for (int k = 0; k < lanes; k += 8, under += 8, cover += 8, shade += 8) {
            const InkLanes taken = timesLanes(loadLanes(cover), ink.cover);
            const InkLanes laid = timesLanes(loadLanes(shade), ink.colour);
            const InkLanes before = loadLanes(under);
            storeLanes(under, mixLanes(before, timesLanes(before, taken), laid));
        }
    }
}

/// The same for a point too large for a stamp, worked out pixel by pixel.
void layLarge(Sheet& sheet, StampShape shape, double diameter, double opacity, int x8, int y8,
              const Band& band, const PointInk& ink);

} // namespace galatea
