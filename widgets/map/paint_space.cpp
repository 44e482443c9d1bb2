// Space: the farthest points first. Where there are many, the depths are parted into slabs that are sorted
// and drawn one after the other, so that no more than a slab's points are kept beside the store.
#include "widgets/map/page_allocator.h"
#include "widgets/map/point_painter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace galatea {

namespace {

constexpr int64_t slabLimit = 1 << 18;
constexpr int bins = 4096;
constexpr int keyBits = 22, digitBits = 11;

struct Item {
    uint32_t key = 0; ///< 0: the farthest of the slab
    int x8 = 0, y8 = 0;
    Rgba tint;
    uint32_t quarters = 0; ///< diameter
};

struct Sorting {
    PagedVector<Item> items;
    PagedVector<std::pair<uint32_t, uint32_t>> order, spare; ///< key, item
};

/// The depths the tiles reach, parted evenly.
struct DepthBins {
    double first = 0, perUnit = 0;
    int of(double depth) const {
        return static_cast<int>(std::clamp((depth - first) * perUnit, 0.0, double(bins - 1)));
    }
};

struct Place {
    double x = 0, y = 0, depth = 0;
};

class SpaceBand {
  public:
    SpaceBand(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t rounds,
              const std::atomic<bool>& stopping)
        : eye_(eye), job_(job), look_(job.look), order_(job.look.store->order()), band_(band),
          rounds_(rounds), stopping_(stopping),
          reach_(0.5 * PaintEye::mostScale * std::max(look_.diameter, leastDiameter) + 1) {}

    bool paint() {
        const bool whole = paintSlabs();
        if (rounds_ >= order_.rounds) // at rest nothing is kept beside the store
            sorting_ = {};
        return whole;
    }

  private:
    bool paintSlabs() {
        int64_t most = 0;
        for (const TileInView& seen : job_.tiles)
            if (inBand(seen)) {
                const Tile& tile = order_.tiles[seen.tile];
                most += order_.slotAfter(tile, rounds_) - tile.begin;
                nearest_ = std::min(nearest_, seen.bounds.nearest);
                farthest_ = std::max(farthest_, seen.bounds.farthest);
            }
        if (most == 0)
            return true;
        sorting_.items.reserve(static_cast<size_t>(std::min(most, slabLimit)));
        depths_.first = nearest_;
        depths_.perUnit = farthest_ > nearest_ ? bins / (farthest_ - nearest_) : 0;
        if (most <= slabLimit)
            return paintSlab(0, bins);
        const std::vector<int64_t> inBin = countDepths();
        int last = bins;
        while (last > 0 && !stopping_) {
            int first = last - 1;
            int64_t size = inBin[static_cast<size_t>(first)];
            while (first > 0 && size + inBin[static_cast<size_t>(first - 1)] <= slabLimit)
                size += inBin[static_cast<size_t>(--first)];
            if (size > 0 && !paintSlab(first, last))
                return false;
            last = first;
        }
        return !stopping_;
    }

    bool inBand(const TileInView& seen) const {
        return seen.bounds.bottom >= band_.top - reach_ && seen.bounds.top <= band_.bottom + reach_;
    }

    /// Where a point lies; false if it is hidden or out of this band's sight.
    bool see(uint32_t slot, Place& at) const {
        const float x = order_.x[slot], y = order_.y[slot], z = order_.z[slot];
        return (look_.store->flags()[slot] & look_.mask) == look_.wanted &&
               eye_.projector(x, y, z, at.x, at.y, at.depth) && at.x > -reach_ &&
               at.x < eye_.width + reach_ && at.y > band_.top - reach_ && at.y < band_.bottom + reach_;
    }

    std::vector<int64_t> countDepths() const {
        std::vector<int64_t> inBin(bins, 0);
        Place at;
        for (const TileInView& seen : job_.tiles) {
            if (!inBand(seen) || stopping_)
                continue;
            const Tile& tile = order_.tiles[seen.tile];
            for (uint32_t slot = tile.begin; slot < order_.slotAfter(tile, rounds_); ++slot)
                if (see(slot, at))
                    ++inBin[static_cast<size_t>(depths_.of(at.depth))];
        }
        return inBin;
    }

    bool paintSlab(int first, int last) {
        collect(first, last, sorting_);
        if (stopping_)
            return false;
        sort(sorting_);
        return draw(sorting_);
    }

    void collect(int first, int last, Sorting& sorting) const {
        sorting.items.clear();
        const bool all = first == 0 && last == bins;
        const double width = depths_.perUnit > 0 ? 1 / depths_.perUnit : 1;
        const double far = depths_.first + last * width;
        const double scale = ((1 << keyBits) - 1) / ((last - first) * width);
        Place at;
        for (const TileInView& seen : job_.tiles) {
            if (!inBand(seen) || depths_.of(seen.bounds.farthest) < first ||
                depths_.of(seen.bounds.nearest) >= last || stopping_)
                continue;
            const Tile& tile = order_.tiles[seen.tile];
            const uint32_t end = order_.slotAfter(tile, rounds_);
            for (uint32_t slot = tile.begin; slot < end; ++slot) {
                if (!see(slot, at))
                    continue;
                const int bin = depths_.of(at.depth);
                if (!all && (bin < first || bin >= last))
                    continue;
                sorting.items.push_back(itemOf(slot, at));
                sorting.items.back().key = static_cast<uint32_t>(
                    std::clamp((far - at.depth) * scale, 0.0, double((1 << keyBits) - 1)));
            }
        }
    }

    Item itemOf(uint32_t slot, const Place& at) const {
        Item item;
        item.x8 = static_cast<int>(std::floor(at.x * subpixels + 0.5));
        item.y8 = static_cast<int>(std::floor(at.y * subpixels + 0.5));
        item.tint = look_.colour ? *look_.colour : look_.store->tints()[slot];
        const double diameter =
            look_.diameter * std::clamp(eye_.reference / at.depth, PaintEye::leastScale, PaintEye::mostScale);
        if (diameter < leastDiameter)
            item.tint.a = static_cast<uint8_t>(
                item.tint.a * (diameter * diameter) / (leastDiameter * leastDiameter) + 0.5);
        item.quarters = static_cast<uint32_t>(4 * std::max(leastDiameter, diameter) + 0.5);
        const double depth = std::clamp((at.depth - eye_.nearest) / (eye_.farthest - eye_.nearest), 0.0, 1.0);
        const double fade = PaintEye::mostFade * depth;
        const auto faded = [&](uint8_t colour, uint8_t ground) {
            return static_cast<uint8_t>(colour + (ground - colour) * fade + 0.5);
        };
        item.tint.r = faded(item.tint.r, eye_.ground.r);
        item.tint.g = faded(item.tint.g, eye_.ground.g);
        item.tint.b = faded(item.tint.b, eye_.ground.b);
        return item;
    }

    /// By key, equal ones in the order they came: two passes of a counting sort.
    static void sort(Sorting& sorting) {
        const size_t count = sorting.items.size();
        sorting.order.resize(count);
        sorting.spare.resize(count);
        for (size_t i = 0; i < count; ++i)
            sorting.order[i] = {sorting.items[i].key, static_cast<uint32_t>(i)};
        for (int shift = 0; shift < keyBits; shift += digitBits) {
            std::array<uint32_t, (1 << digitBits) + 1> begin{};
            const auto digit = [&](const std::pair<uint32_t, uint32_t>& entry) {
                return (entry.first >> shift) & ((1U << digitBits) - 1);
            };
            for (const auto& entry : sorting.order)
                ++begin[digit(entry) + 1];
            for (size_t k = 1; k < begin.size(); ++k)
                begin[k] += begin[k - 1];
            for (const auto& entry : sorting.order)
                sorting.spare[begin[digit(entry)]++] = entry;
            sorting.order.swap(sorting.spare);
        }
    }

    bool draw(const Sorting& sorting) {
        const PointInk ground = PointInk::of(eye_.ground);
        const size_t perShape = job_.stamps.size() / std::max<size_t>(1, job_.shapes.size());
        for (size_t i = 0; i < sorting.order.size(); ++i) {
            if (i % 4096 == 0 && stopping_)
                return false;
            const Item& item = sorting.items[sorting.order[i].second];
            const PointInk ink = PointInk::of(item.tint);
            for (size_t k = 0; k < job_.shapes.size(); ++k) {
                const PointInk& mine = k == 0 && look_.diamond ? ground : ink;
                if (item.quarters < perShape)
                    layIfSeen(*job_.stamps[k * perShape + item.quarters], item, mine);
                else
                    layLarge(job_.sheet, job_.shapes[k], 0.25 * item.quarters, look_.opacity, item.x8,
                             item.y8, band_, mine);
            }
        }
        return true;
    }

    void layIfSeen(const Stamp& stamp, const Item& item, const PointInk& ink) {
        const int reach = (stamp.height() + 2) * subpixels / 2;
        if (item.x8 > -reach && item.x8 < eye_.width * subpixels + reach &&
            item.y8 > band_.top * subpixels - reach && item.y8 < band_.bottom * subpixels + reach)
            layStamp(job_.sheet, stamp, item.x8, item.y8, band_, ink);
    }

    const PaintEye& eye_;
    StratumJob& job_;
    const Stratum& look_;
    const TileOrder& order_;
    Band band_;
    uint32_t rounds_;
    const std::atomic<bool>& stopping_;
    double reach_;
    double nearest_ = 1e300, farthest_ = -1e300;
    DepthBins depths_;
    static thread_local Sorting sorting_; ///< kept from frame to frame while the view moves
};

thread_local Sorting SpaceBand::sorting_;

} // namespace

bool paintSpace(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t rounds,
                const std::atomic<bool>& stopping) {
    return SpaceBand(eye, job, band, rounds, stopping).paint();
}

} // namespace galatea
