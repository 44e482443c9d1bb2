#include "widgets/map/point_store.h"

#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace galatea {

namespace {

constexpr int64_t enoughForPercentiles = 1'000'000;

/// 1st and 99th percentile, widened to the whole range where that is at most 1.6 times as wide.
void bulkOfAxis(std::vector<float>& values, double lowest, double highest, double& low, double& high) {
    if (values.empty()) {
        low = -1;
        high = 1;
        return;
    }
    const auto at = [&](double fraction) {
        const auto k =
            values.begin() + static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
        std::nth_element(values.begin(), k, values.end());
        return static_cast<double>(*k);
    };
    low = at(0.01);
    high = at(0.99);
    if (highest - lowest <= 1.6 * (high - low) || high <= low) {
        low = lowest;
        high = highest;
    }
    if (high <= low) {
        const double margin = std::max(1e-3, 0.1 * std::abs(low));
        low -= margin;
        high += margin;
    }
}

template <class T>
int64_t bytesOf(const std::vector<T>& values) {
    return static_cast<int64_t>(values.capacity() * sizeof(T));
}

} // namespace

void PointStore::checkShape(const Array& coordinates) {
    if (coordinates.rank() == 0)
        return;
    if (coordinates.rank() != 2 || coordinates.dim(1) < 2 || coordinates.dim(1) > 3)
        throw std::invalid_argument("A map takes coordinates of the shape [N,2] or [N,3].");
    if (coordinates.dim(0) >= std::numeric_limits<uint32_t>::max())
        throw std::invalid_argument("A map takes fewer than 4,294,967,295 points.");
}

void PointStore::setCoordinates(const Array& coordinates, const StopToken& stop) {
    checkShape(coordinates);
    const bool none = coordinates.rank() == 0;
    const int64_t count = none ? 0 : coordinates.dim(0);
    const bool sameRows = count == count_ && count > 0;
    if (!sameRows) { // what was there is let go of before the new is made: never both at once
        *this = {};
        count_ = count;
    }
    dimensions_ = none ? 2 : static_cast<int>(coordinates.dim(1));
    tints_.reset();
    TileOrder order = tileOrder(coordinates, stop);
    if (sameRows)
        reorder(order);
    else
        flags_.reset(std::vector<uint8_t>(static_cast<size_t>(count), 0));
    order_.reset(std::move(order));
    tints_.reset(std::vector<Rgba>(static_cast<size_t>(count)));
    std::vector<uint8_t>& flags = flags_.own();
    forSlots([&](uint32_t slot) {
        const uint8_t lost = slot < order_->finite ? 0 : NotFinite;
        flags[slot] = static_cast<uint8_t>((flags[slot] & ~NotFinite) | lost);
    });
    measure();
    countVisible();
}

/// What is known by slot goes to the slots its rows have in another order.
void PointStore::reorder(const TileOrder& order) {
    std::vector<uint8_t> flags(flags_->size());
    std::vector<int> classAt(classAt_->size());
    forSlots([&](uint32_t slot) {
        const uint32_t before = order_->slotOf[order.rowOf[slot]];
        flags[slot] = (*flags_)[before];
        if (!classAt.empty())
            classAt[slot] = (*classAt_)[before];
    });
    flags_.reset(std::move(flags));
    classAt_.reset(std::move(classAt));
}

void PointStore::forSlots(const std::function<void(uint32_t, uint32_t)>& range) const {
    constexpr int64_t piece = 1 << 17;
    const int64_t pieces = (count_ + piece - 1) / piece;
    parallelFor(pieces, pieces < 4 ? 1 : 0, [&](int64_t k) {
        range(static_cast<uint32_t>(k * piece), static_cast<uint32_t>(std::min(count_, (k + 1) * piece)));
    });
}

void PointStore::measure() {
    lowest_.fill(std::numeric_limits<double>::infinity());
    highest_.fill(-std::numeric_limits<double>::infinity());
    for (const Tile& tile : order_->tiles)
        for (size_t k = 0; k < 3; ++k) {
            lowest_[k] = std::min(lowest_[k], double(tile.low[k]));
            highest_[k] = std::max(highest_[k], double(tile.high[k]));
        }
    if (!(lowest_[0] <= highest_[0])) {
        lowest_.fill(-1);
        highest_.fill(1);
    }
    bulkLow_.fill(0);
    bulkHigh_.fill(0);
    const uint32_t part = order_->finite <= enoughForPercentiles
                              ? order_->rounds
                              : static_cast<uint32_t>(std::max<int64_t>(
                                    1, order_->rounds * enoughForPercentiles / order_->finite));
    std::vector<float> values;
    for (int k = 0; k < dimensions_; ++k) {
        const std::vector<float>& axis = k == 0 ? order_->x : k == 1 ? order_->y : order_->z;
        values.clear();
        for (const Tile& tile : order_->tiles)
            values.insert(values.end(), axis.begin() + tile.begin,
                          axis.begin() + order_->slotAfter(tile, part));
        const auto index = static_cast<size_t>(k);
        bulkOfAxis(values, lowest_[index], highest_[index], bulkLow_[index], bulkHigh_[index]);
    }
}

MapPlace PointStore::placeOf(int64_t row) const {
    const uint32_t slot = slotOf(row);
    return {order_->x[slot], order_->y[slot], order_->z.empty() ? 0.0 : order_->z[slot]};
}

void PointStore::setClasses(const std::vector<int>& classOf, int classes) {
    std::vector<int>& classAt = classAt_.fresh();
    classAt.resize(classOf.size());
    forSlots([&](uint32_t slot) {
        const int index = classOf[order_->rowOf[slot]];
        classAt[slot] = index < 0 || index >= classes ? -1 : index;
    });
    classCounts_.assign(static_cast<size_t>(classes), 0);
    for (const int index : classAt)
        if (index >= 0)
            ++classCounts_[static_cast<size_t>(index)];
    classShown_.assign(static_cast<size_t>(classes), true);
    hideClasses();
}

void PointStore::setClassShown(std::vector<bool> shown) {
    classShown_ = std::move(shown);
    hideClasses();
}

void PointStore::hideClasses() {
    const auto shownCount = std::count(classShown_.begin(), classShown_.end(), true);
    const bool all = shownCount == static_cast<std::ptrdiff_t>(classShown_.size()) || classAt_->empty();
    // Rows without a class are context of no class in particular: they go when a class is shown alone.
    const bool unclassed = all || shownCount != 1 || classShown_.size() == 1;
    std::vector<uint8_t> hides(classShown_.size() + 1, 0); // [0]: no class
    const std::vector<int>& classAt = *classAt_;
    std::vector<uint8_t>& flags = flags_.own();
    hides[0] = unclassed ? 0 : ClassHidden;
    for (size_t k = 0; k < classShown_.size(); ++k)
        hides[k + 1] = classShown_[k] ? 0 : ClassHidden;
    forSlots([&](uint32_t slot) {
        const uint8_t hidden = all ? 0 : hides[static_cast<size_t>(classAt[slot] + 1)];
        flags[slot] = static_cast<uint8_t>((flags[slot] & ~ClassHidden) | hidden);
    });
    countVisible();
}

void PointStore::setFilter(const std::vector<bool>& shown) {
    std::vector<uint8_t>& flags = flags_.own();
    forSlots([&](uint32_t slot) {
        const bool out = !shown.empty() && !shown[order_->rowOf[slot]];
        flags[slot] = static_cast<uint8_t>((flags[slot] & ~FilteredOut) | (out ? FilteredOut : 0));
    });
    countVisible();
}

void PointStore::setSelection(const std::vector<long long>& rows) {
    std::vector<uint8_t>& flags = flags_.own();
    const bool all = static_cast<int64_t>(rows.size()) == count_; // no row twice
    if (selectedCount_ > 0 || all)
        forSlots([&](uint32_t slot) {
            flags[slot] = static_cast<uint8_t>((flags[slot] & ~Selected) | (all ? Selected : 0));
        });
    if (!all)
        for (const long long row : rows)
            flags[slotOf(row)] |= Selected;
    selectedCount_ = static_cast<int64_t>(rows.size());
}

void PointStore::countVisible() {
    std::atomic<int64_t> hidden{0};
    const std::vector<uint8_t>& flags = *flags_;
    forSlots(std::function<void(uint32_t, uint32_t)>([&](uint32_t begin, uint32_t end) {
        int64_t here = 0;
        for (uint32_t slot = begin; slot < end; ++slot)
            here += (flags[slot] & hiddenFlags) != 0;
        hidden += here;
    }));
    visibleCount_ = count_ - hidden;
}

void PointStore::bulkOf(const PointStore& store, const std::vector<long long>& rows, MapPlace& low,
                        MapPlace& high) {
    low.fill(0);
    high.fill(0);
    std::vector<float> values;
    for (size_t k = 0; k < static_cast<size_t>(store.dimensions()); ++k) {
        values.clear();
        for (const long long row : rows)
            if (row >= 0 && row < store.count() && store.finite(row))
                values.push_back(static_cast<float>(store.placeOf(row)[k]));
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        const bool none = values.empty();
        bulkOfAxis(values, none ? 0 : double(*least), none ? 0 : double(*most), low[k], high[k]);
    }
}

int64_t PointStore::bytes() const {
    return bytesOf(order_->x) + bytesOf(order_->y) + bytesOf(order_->z) + bytesOf(order_->rowOf) +
           bytesOf(order_->slotOf) + bytesOf(order_->tiles) + bytesOf(*flags_) + bytesOf(*classAt_) +
           bytesOf(*tints_);
}

} // namespace galatea
