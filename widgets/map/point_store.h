#pragma once
// The points themselves and which of them may be seen: what drawing, picking and colouring share. Everything
// is kept in the order of tiles (tile_order.h); questions by row are answered through an index. Copies share
// what neither has changed, so a change can be made to a copy away from the window's thread, and put in place
// after.

#include "core/array.h"
#include "core/stop_token.h"
#include "widgets/map/map_camera.h"
#include "widgets/map/rgba.h"
#include "widgets/map/shared.h"
#include "widgets/map/tile_order.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace galatea {

/// Why a point is not drawn, and whether it is selected: bits of PointStore::flags().
enum PointFlag : uint8_t { NotFinite = 1, FilteredOut = 2, ClassHidden = 4, Selected = 8 };
inline constexpr uint8_t hiddenFlags = NotFinite | FilteredOut | ClassHidden;

class PointStore {
  public:
    /// [N,2] or [N,3]; throws std::invalid_argument otherwise, Interrupted on stop (this copy is lost then).
    /// What is known by row outlives a move of as many rows: an animated map keeps its classes and filter.
    void setCoordinates(const Array& coordinates, const StopToken& stop = {});
    static void checkShape(const Array& coordinates); ///< throws std::invalid_argument
    int64_t count() const { return count_; }
    int dimensions() const { return dimensions_; }
    MapPlace placeOf(int64_t row) const;
    bool finite(int64_t row) const { return !(flagsOf(row) & NotFinite); }

    /// May it be drawn and picked? Finite rows whose class shows and that the filter lets through.
    bool isVisible(int64_t row) const { return !(flagsOf(row) & hiddenFlags); }
    int64_t visibleCount() const { return visibleCount_; }
    void setClasses(const std::vector<int>& classOf, int classes); ///< by row; other numbers: no class
    bool hasClasses() const { return !classAt_->empty(); }
    int classOf(int64_t row) const { return (*classAt_)[slotOf(row)]; } ///< -1: none
    const std::vector<int64_t>& classCounts() const { return classCounts_; }
    void setClassShown(std::vector<bool> shown);
    void setFilter(const std::vector<bool>& shown); ///< by row; empty: none
    void setSelection(const std::vector<long long>& rows);
    int64_t selectedCount() const { return selectedCount_; }

    /// The box of the bulk of the rows (1st to 99th percentile; the whole range if that is not much larger).
    /// Of many rows a million are asked.
    const MapPlace& bulkLow() const { return bulkLow_; }
    const MapPlace& bulkHigh() const { return bulkHigh_; }
    static void bulkOf(const PointStore& store, const std::vector<long long>& rows, MapPlace& low,
                       MapPlace& high);
    const MapPlace& lowest() const { return lowest_; }
    const MapPlace& highest() const { return highest_; }

    // ---- By slot: what drawing and picking walk through ----
    const TileOrder& order() const { return *order_; }
    const std::vector<uint8_t>& flags() const { return *flags_; }
    const std::vector<int>& classAt() const { return *classAt_; } ///< empty, or one a slot; -1: none
    const std::vector<Rgba>& tints() const { return *tints_; }    ///< one a slot
    uint32_t slotOf(int64_t row) const { return order_->slotOf[static_cast<size_t>(row)]; }
    uint8_t flagsOf(int64_t row) const { return (*flags_)[slotOf(row)]; }
    Rgba tintOf(int64_t row) const { return (*tints_)[slotOf(row)]; }
    /// Sets the colour of every slot: `colour(slot, row)`, called on several threads.
    template <class Colour>
    void setTints(const Colour& colour) {
        std::vector<Rgba>& tints = tints_.fresh();
        tints.resize(static_cast<size_t>(count_));
        forSlots([&](uint32_t slot) { tints[slot] = colour(slot, order_->rowOf[slot]); });
    }
    int64_t bytes() const; ///< held for all this

  private:
    /// visit(slot) for each, shared among threads.
    void forSlots(const std::function<void(uint32_t, uint32_t)>& range) const;
    template <class Visit>
    void forSlots(const Visit& visit) const {
        forSlots(std::function<void(uint32_t, uint32_t)>([&](uint32_t begin, uint32_t end) {
            for (uint32_t slot = begin; slot < end; ++slot)
                visit(slot);
        }));
    }
    void reorder(const TileOrder& order);
    void hideClasses();
    void countVisible();
    void measure();

    int64_t count_ = 0, visibleCount_ = 0, selectedCount_ = 0;
    int dimensions_ = 2;
    Shared<TileOrder> order_;
    Shared<std::vector<uint8_t>> flags_;
    Shared<std::vector<int>> classAt_;
    Shared<std::vector<Rgba>> tints_;
    std::vector<bool> classShown_;
    std::vector<int64_t> classCounts_;
    MapPlace lowest_{}, highest_{}, bulkLow_{}, bulkHigh_{};
};

} // namespace galatea
