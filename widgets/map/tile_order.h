#pragma once
// The order in which a map keeps its points: tiles that hold about as many points each, and within a tile a
// seeded random order. So whatever lies outside the view is skipped tile by tile, any first part of every
// tile together is a fair sample of the whole, and neighbours on the screen are neighbours in memory.

#include "core/array.h"
#include "core/stop_token.h"

#include <array>
#include <cstdint>
#include <vector>

namespace galatea {

struct Tile {
    uint32_t begin = 0, end = 0;    ///< slots
    std::array<float, 3> low, high; ///< of its points
    float phase = 0;                ///< in [0, 1): where its share of a round is rounded up
    uint32_t size() const { return end - begin; }
};

struct TileOrder {
    std::vector<float> x, y, z;   ///< one a slot; z empty on a 2-D map
    std::vector<uint32_t> rowOf;  ///< slot to row
    std::vector<uint32_t> slotOf; ///< row to slot
    std::vector<Tile> tiles;      ///< rows with a coordinate that is not finite lie after the last one
    uint32_t finite = 0;          ///< slots before those rows
    /// The points are drawn in so many rounds, of each of which every tile has its share.
    uint32_t rounds = 1;

    /// The first slot of a tile that is not part of the first `round` rounds.
    uint32_t slotAfter(const Tile& tile, uint32_t round) const {
        if (round >= rounds)
            return tile.end;
        const double share = static_cast<double>(tile.size()) * round / rounds + tile.phase;
        const auto count = static_cast<uint32_t>(share);
        return tile.begin + (round == 0 ? 0 : count < tile.size() ? count : tile.size());
    }
};

/// Points a single tile holds; more are parted into tiles.
inline constexpr int64_t tileLimit = int64_t{1} << 17;

/// `coordinates` is [N,2] or [N,3] with N below 2³². The same input gives the same order. Throws Interrupted
/// on stop.
TileOrder tileOrder(const Array& coordinates, const StopToken& stop = {});

} // namespace galatea
