// The plane: points in their store's order.
#include "widgets/map/point_painter.h"

#include <algorithm>
#include <array>

namespace galatea {

namespace {

constexpr int chunk = 256;

/// Whole numbers below `value`, which lies within a few million of zero: without a call to floor().
inline int wholeBelow(double value) {
    constexpr int offset = 1 << 26;
    return static_cast<int>(value + offset) - offset;
}

struct Centres {
    std::array<int, chunk> x, y;
};

/// Centres of consecutive slots, in units of 1/`scale` device pixel, rounded after adding `half`.
void project(const PaintEye& eye, const TileOrder& order, uint32_t begin, int count, double scale,
             double half, Centres& centres) {
    const MapProjector& p = eye.projector;
    const double unit = p.pixelsPerUnit * scale, focusX = p.focus[0], focusY = p.focus[1];
    const double middleX = p.middleX * scale + half, middleY = p.middleY * scale + half;
    const float *x = order.x.data() + begin, *y = order.y.data() + begin;
    constexpr double far = 1 << 24;
    for (int i = 0; i < count; ++i) {
        const double px = (double(x[i]) - focusX) * unit + middleX;
        const double py = middleY - (double(y[i]) - focusY) * unit;
        centres.x[static_cast<size_t>(i)] = wholeBelow(std::min(std::max(px, -far), far));
        centres.y[static_cast<size_t>(i)] = wholeBelow(std::min(std::max(py, -far), far));
    }
}

/// In space, pixel by pixel; out of view for what lies behind the eye.
void projectSpace(const PaintEye& eye, const TileOrder& order, uint32_t begin, int count, Centres& centres) {
    for (int i = 0; i < count; ++i) {
        const auto slot = static_cast<size_t>(begin) + static_cast<size_t>(i);
        double x = -1e6, y = -1e6, depth = 0;
        if (!eye.projector(order.x[slot], order.y[slot], order.z[slot], x, y, depth))
            x = y = -1e6;
        centres.x[static_cast<size_t>(i)] = wholeBelow(std::clamp(x, -1e7, 1e7));
        centres.y[static_cast<size_t>(i)] = wholeBelow(std::clamp(y, -1e7, 1e7));
    }
}

/// visit(first slot, count) for every piece of what the tiles have in these rounds and the band can show.
template <class Visit>
void forPieces(const StratumJob& job, const Band& band, double reach, uint32_t from, uint32_t to,
               Visit&& visit) {
    const TileOrder& order = job.look.store->order();
    for (uint32_t round = from; round < to; ++round)
        for (const TileInView& seen : job.tiles) {
            if (seen.bounds.bottom < band.top - reach || seen.bounds.top > band.bottom + reach)
                continue;
            const Tile& tile = order.tiles[seen.tile];
            const uint32_t end = order.slotAfter(tile, round + 1);
            for (uint32_t slot = order.slotAfter(tile, round); slot < end; slot += chunk)
                visit(slot, static_cast<int>(std::min<uint32_t>(chunk, end - slot)));
        }
}

} // namespace

void paintPlane(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t from, uint32_t to) {
    const Stratum& look = job.look;
    const TileOrder& order = look.store->order();
    const uint8_t* flags = look.store->flags().data();
    const Rgba* tints = look.store->tints().data();
    const double reach = 0.5 * job.diameter + 1;
    const int reach8 = static_cast<int>(reach * subpixels) + 1;
    const int right = eye.width * subpixels + reach8;
    const int top = band.top * subpixels - reach8, bottom = band.bottom * subpixels + reach8;
    const PointInk same = PointInk::of(look.colour.value_or(Rgba{}));
    Centres centres;
    forPieces(job, band, reach, from, to, [&](uint32_t slot, int count) {
        project(eye, order, slot, count, subpixels, 0.5, centres);
        for (int i = 0; i < count; ++i, ++slot) {
            const int x = centres.x[static_cast<size_t>(i)], y = centres.y[static_cast<size_t>(i)];
            if (x < -reach8 || x > right || y < top || y > bottom || (flags[slot] & look.mask) != look.wanted)
                continue;
            const PointInk ink = look.colour ? same : PointInk::of(tints[slot]);
            for (size_t k = 0; k < job.shapes.size(); ++k)
                if (job.stamps.empty())
                    layLarge(job.sheet, job.shapes[k], job.diameter, job.opacity, x, y, band,
                             k == 0 && look.diamond ? PointInk::of(eye.ground) : ink);
                else
                    layStamp(job.sheet, *job.stamps[k], x, y, band,
                             k == 0 && look.diamond ? PointInk::of(eye.ground) : ink);
        }
    });
}

void countPoints(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t from, uint32_t to) {
    const Stratum& look = job.look;
    const TileOrder& order = look.store->order();
    const uint8_t* flags = look.store->flags().data();
    Centres centres;
    forPieces(job, band, 1, from, to, [&](uint32_t slot, int count) {
        if (eye.inSpace())
            projectSpace(eye, order, slot, count, centres);
        else
            project(eye, order, slot, count, 1, 0, centres);
        for (int i = 0; i < count; ++i, ++slot) {
            const int x = centres.x[static_cast<size_t>(i)], y = centres.y[static_cast<size_t>(i)];
            if (x >= 0 && x < eye.width && y >= band.top && y < band.bottom &&
                (flags[slot] & look.mask) == look.wanted)
                ++job.sheet.counts[static_cast<size_t>(y) * static_cast<size_t>(eye.width) +
                                   static_cast<size_t>(x)];
        }
    });
}

} // namespace galatea
