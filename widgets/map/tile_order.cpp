#include "widgets/map/tile_order.h"

#include "core/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace galatea {

namespace {

constexpr int64_t pointsPerRound = int64_t{1} << 15;
constexpr uint32_t mostRounds = 256;

/// Numbers that look random, from a seed: SplitMix64 (Steele, Lea and Flood, 2014).
class Shuffler {
  public:
    explicit Shuffler(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>(((next() >> 32) * limit) >> 32); }

  private:
    uint64_t state_;
};

/// A balanced tree of halvings, its nodes in heap order; made from a sample of the rows.
class Halving {
  public:
    Halving(const Array& points, int levels)
        : points_(points), dimensions_(points.dim(1)), levels_(levels),
          nodes_(static_cast<size_t>(1) << levels) {
        std::vector<int64_t> sample;
        const int64_t wanted = int64_t{64} << levels;
        Shuffler random(7);
        for (int64_t i = 0; i < wanted; ++i) {
            const int64_t row = static_cast<int64_t>(random.next() % static_cast<uint64_t>(points.dim(0)));
            if (isFinite(row))
                sample.push_back(row);
        }
        part(1, sample.begin(), sample.end());
    }

    size_t leaves() const { return nodes_.size(); }
    bool isFinite(int64_t row) const {
        bool good = true;
        for (int64_t k = 0; k < dimensions_; ++k)
            good = good && std::isfinite(points_.at(row, k));
        return good;
    }
    /// Leaf of a row; leaves() for one with a coordinate that is not finite.
    size_t leafOf(int64_t row) const {
        std::array<float, 3> place{};
        bool good = true;
        for (int64_t k = 0; k < dimensions_; ++k) {
            place[static_cast<size_t>(k)] = points_.at(row, k);
            good = good && std::isfinite(place[static_cast<size_t>(k)]);
        }
        if (!good)
            return leaves();
        size_t node = 1;
        for (int level = 0; level < levels_; ++level) {
            const Node& half = nodes_[node];
            node = 2 * node + (place[half.axis] < half.split ? 0 : 1);
        }
        return node - leaves();
    }

  private:
    struct Node {
        uint32_t axis = 0;
        float split = 0;
    };
    using Place = std::vector<int64_t>::iterator;

    void part(size_t node, Place first, Place last) {
        if (node >= nodes_.size())
            return;
        Node& half = nodes_[node];
        float widest = -1;
        for (int64_t k = 0; k < dimensions_ && first != last; ++k) {
            const auto less = [&](int64_t a, int64_t b) { return points_.at(a, k) < points_.at(b, k); };
            const auto [low, high] = std::minmax_element(first, last, less);
            const float width = points_.at(*high, k) - points_.at(*low, k);
            if (width > widest) {
                widest = width;
                half.axis = static_cast<uint32_t>(k);
            }
        }
        const Place middle = first + (last - first) / 2;
        if (first != last) {
            std::nth_element(first, middle, last, [&](int64_t a, int64_t b) {
                return points_.at(a, half.axis) < points_.at(b, half.axis);
            });
            half.split = points_.at(*middle, half.axis);
        }
        part(2 * node, first, middle);
        part(2 * node + 1, middle, last);
    }

    const Array& points_;
    int64_t dimensions_;
    int levels_;
    std::vector<Node> nodes_;
};

int levelsFor(int64_t count, uint32_t rounds) {
    if (count <= tileLimit)
        return 0;
    const int64_t wanted = std::max<int64_t>(4096, int64_t{32} * rounds);
    int levels = 1;
    while (levels < 14 && (count >> levels) > wanted)
        ++levels;
    return levels;
}

void shuffleTile(TileOrder& order, uint32_t begin, uint32_t end, uint64_t seed) {
    Shuffler random(seed);
    for (uint32_t left = end - begin; left > 1; --left) {
        const uint32_t a = begin + left - 1, b = begin + random.below(left);
        std::swap(order.x[a], order.x[b]);
        std::swap(order.y[a], order.y[b]);
        if (!order.z.empty())
            std::swap(order.z[a], order.z[b]);
        std::swap(order.rowOf[a], order.rowOf[b]);
    }
}

void measureTile(const TileOrder& order, Tile& tile) {
    tile.low.fill(std::numeric_limits<float>::infinity());
    tile.high.fill(-std::numeric_limits<float>::infinity());
    for (uint32_t slot = tile.begin; slot < tile.end; ++slot) {
        const float place[3]{order.x[slot], order.y[slot], order.z.empty() ? 0 : order.z[slot]};
        for (size_t k = 0; k < 3; ++k) {
            tile.low[k] = std::min(tile.low[k], place[k]);
            tile.high[k] = std::max(tile.high[k], place[k]);
        }
    }
}

/// Puts every row behind those of the tiles before its own: a counting sort, its rows shared among threads.
std::vector<uint32_t> sortIntoTiles(const Array& points, const Halving& halving, TileOrder& order) {
    const int64_t count = points.dim(0), threads = usefulThreads(0, 1 + count / 100'000);
    const size_t bins = halving.leaves() + 1;
    std::vector<uint16_t> leafOf(static_cast<size_t>(count));
    std::vector<std::vector<uint32_t>> next(static_cast<size_t>(threads), std::vector<uint32_t>(bins, 0));
    const auto begin = [&](int64_t thread) { return count * thread / threads; };
    parallelFor(threads, threads, [&](int64_t thread) {
        std::vector<uint32_t>& mine = next[static_cast<size_t>(thread)];
        for (int64_t row = begin(thread); row < begin(thread + 1); ++row) {
            const size_t leaf = halving.leafOf(row);
            leafOf[static_cast<size_t>(row)] = static_cast<uint16_t>(leaf);
            ++mine[leaf];
        }
    });
    std::vector<uint32_t> first(bins + 1, 0);
    uint32_t slot = 0;
    for (size_t bin = 0; bin < bins; ++bin) {
        first[bin] = slot;
        for (auto& thread : next) {
            const uint32_t size = thread[bin];
            thread[bin] = slot;
            slot += size;
        }
    }
    first[bins] = slot;
    parallelFor(threads, threads, [&](int64_t thread) {
        std::vector<uint32_t>& mine = next[static_cast<size_t>(thread)];
        for (int64_t row = begin(thread); row < begin(thread + 1); ++row) {
            const uint32_t at = mine[leafOf[static_cast<size_t>(row)]]++;
            order.x[at] = points.at(row, 0);
            order.y[at] = points.at(row, 1);
            if (!order.z.empty())
                order.z[at] = points.at(row, 2);
            order.rowOf[at] = static_cast<uint32_t>(row);
        }
    });
    return first;
}

} // namespace

TileOrder tileOrder(const Array& coordinates, const StopToken& stop) {
    TileOrder order;
    const int64_t count = coordinates.rank() == 2 ? coordinates.dim(0) : 0;
    if (count == 0)
        return order;
    const auto size = static_cast<size_t>(count);
    order.rounds = static_cast<uint32_t>(
        std::clamp<int64_t>((count + pointsPerRound - 1) / pointsPerRound, 1, mostRounds));
    order.x.resize(size);
    order.y.resize(size);
    order.z.resize(coordinates.dim(1) == 3 ? size : 0);
    order.rowOf.resize(size);
    const Halving halving(coordinates, levelsFor(count, order.rounds));
    throwIfStopped(stop);
    const std::vector<uint32_t> first = sortIntoTiles(coordinates, halving, order);
    throwIfStopped(stop);
    order.finite = first[halving.leaves()];
    for (size_t leaf = 0; leaf < halving.leaves(); ++leaf)
        if (first[leaf] < first[leaf + 1]) {
            Tile tile;
            tile.begin = first[leaf];
            tile.end = first[leaf + 1];
            order.tiles.push_back(tile);
        }
    order.slotOf.resize(size);
    parallelFor(static_cast<int64_t>(order.tiles.size()), 0, [&](int64_t k) {
        throwIfStopped(stop);
        Tile& tile = order.tiles[static_cast<size_t>(k)];
        const auto seed = static_cast<uint64_t>(k + 1) * 0x2545f4914f6cdd1dULL;
        tile.phase = static_cast<float>(Shuffler(~seed).next() >> 40) / static_cast<float>(1 << 24);
        shuffleTile(order, tile.begin, tile.end, seed);
        measureTile(order, tile);
        for (uint32_t slot = tile.begin; slot < tile.end; ++slot)
            order.slotOf[order.rowOf[slot]] = slot;
    });
    for (uint32_t slot = order.finite; slot < static_cast<uint32_t>(count); ++slot)
        order.slotOf[order.rowOf[slot]] = slot;
    return order;
}

} // namespace galatea
