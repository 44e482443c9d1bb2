#pragma once
// The points themselves and which of them may be seen: what drawing, picking and colouring share.

#include "core/array.h"
#include "widgets/map/map_camera.h"

#include <cstdint>
#include <vector>

namespace galatea {

class PointStore {
  public:
    void setCoordinates(const Array& coordinates); ///< [N,2] or [N,3]; throws std::invalid_argument otherwise
    int64_t count() const { return count_; }
    int dimensions() const { return dimensions_; }
    /// Three floats a row, in row order (third 0 on a 2-D map).
    const float* place(int64_t row) const { return places_.data() + 3 * row; }
    MapPlace placeOf(int64_t row) const;
    bool finite(int64_t row) const { return finite_[static_cast<size_t>(row)] != 0; }

    /// Per row: may it be drawn and picked? Finite rows whose class shows and that the filter lets through.
    const std::vector<uint8_t>& visible() const { return visible_; }
    bool isVisible(int64_t row) const { return visible_[static_cast<size_t>(row)] != 0; }
    void setClasses(std::vector<int> classOf, int classes);
    const std::vector<int>& classOf() const { return classOf_; } ///< empty, or one a row; -1: none
    const std::vector<int64_t>& classCounts() const { return classCounts_; }
    void setClassShown(std::vector<bool> shown);
    void setFilter(const std::vector<bool>& shown);
    int64_t visibleCount() const { return visibleCount_; }

    /// The row drawn i-th. Neighbouring numbers are far apart in the file, so that no class is always drawn
    /// over another, and the first part of the order is a fair sample of the whole.
    int64_t rowDrawn(int64_t i) const {
        return static_cast<int64_t>(static_cast<uint64_t>(i) * stride_ % static_cast<uint64_t>(count_));
    }

    /// The box of the bulk of the rows (1st to 99th percentile; the whole range if that is not much larger).
    void bulk(MapPlace& low, MapPlace& high) const;
    static void bulkOf(const PointStore& store, const std::vector<int64_t>& rows, MapPlace& low,
                       MapPlace& high);
    const MapPlace& lowest() const { return lowest_; }
    const MapPlace& highest() const { return highest_; }

    /// Grow whenever coordinates or visibility change, so that what is derived knows when it is stale.
    uint64_t placesVersion() const { return placesVersion_; }
    uint64_t visibleVersion() const { return visibleVersion_; }

  private:
    void updateVisible();

    int64_t count_ = 0, visibleCount_ = 0;
    int dimensions_ = 2;
    uint64_t stride_ = 1;
    std::vector<float> places_;
    std::vector<uint8_t> finite_, filter_, visible_;
    std::vector<int> classOf_;
    std::vector<bool> classShown_;
    std::vector<int64_t> classCounts_;
    MapPlace lowest_{}, highest_{};
    uint64_t placesVersion_ = 1, visibleVersion_ = 1;
};

} // namespace galatea
