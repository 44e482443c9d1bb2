#include "widgets/map/splat.h"

#include <algorithm>
#include <cmath>

namespace galatea {

void Sheet::resize(int newWidth, int newHeight, bool density) {
    width = newWidth;
    height = newHeight;
    stride = width + 2 * margin;
    const size_t lanes = static_cast<size_t>(stride) * static_cast<size_t>(height) * 4;
    const size_t pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
    if (density)
        ink = {};
    else
        counts = {};
    ink.resize(density ? 0 : lanes);
    counts.resize(density ? pixels : 0);
}

void Sheet::clearRows(int top, int bottom) {
    const auto rows = [&](auto& values, int perRow) {
        if (!values.empty())
            std::fill(values.begin() + static_cast<std::ptrdiff_t>(top) * perRow,
                      values.begin() + static_cast<std::ptrdiff_t>(bottom) * perRow, 0);
    };
    rows(ink, 4 * stride);
    rows(counts, width);
}

void layLarge(Sheet& sheet, StampShape shape, double diameter, double opacity, int x8, int y8,
              const Band& band, const PointInk& ink) {
    const double x = x8 / double(subpixels), y = y8 / double(subpixels), radius = 0.5 * diameter;
    const auto first = [&](double centre) { return static_cast<int>(std::floor(centre - radius - 1)) + 1; };
    const auto last = [&](double centre) { return static_cast<int>(std::ceil(centre + radius)); };
    const int left = std::max(0, first(x)), right = std::min(sheet.width, last(x) + 1);
    const int top = std::max(band.top, first(y)), bottom = std::min(band.bottom, last(y) + 1);
    uint16_t colour[8], alpha[8];
    storeLanes(colour, ink.colour);
    storeLanes(alpha, ink.cover);
    const auto share = [&](float part) {
        return static_cast<uint32_t>(65535 * opacity * double(part) + 0.5);
    };
    for (int row = top; row < bottom; ++row) {
        uint16_t* under = sheet.at(left, row);
        for (int column = left; column < right; ++column, under += 4) {
            const Ink here = inkAt(shape, static_cast<float>(radius), static_cast<float>(column + 0.5 - x),
                                   static_cast<float>(row + 0.5 - y));
            if (here.cover <= 0)
                continue;
            const uint32_t cover = share(here.cover), taken = (cover * alpha[0]) >> 16;
            const uint32_t shade = share(here.shade);
            for (int k = 0; k < 4; ++k) {
                const uint32_t laid = ((k < 3 ? shade : cover) * colour[k]) >> 16;
                under[k] = static_cast<uint16_t>(
                    std::min<uint32_t>(65535, under[k] - ((under[k] * taken) >> 16) + laid));
            }
        }
    }
}

} // namespace galatea
