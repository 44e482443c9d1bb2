#include "widgets/map/point_store.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace galatea {

namespace {

/// A step through 0..count-1 that meets every number once and spreads any run of them evenly (golden
/// section).
uint64_t strideFor(int64_t count) {
    if (count < 3)
        return 1;
    auto stride = static_cast<uint64_t>(0.6180339887498949 * static_cast<double>(count));
    while (std::gcd(stride, static_cast<uint64_t>(count)) != 1)
        ++stride;
    return stride;
}

/// 1st and 99th percentile, widened to the whole range where that is at most 1.6 times as wide.
void bulkOfAxis(std::vector<float>& values, double& low, double& high) {
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
    const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
    if (double(*largest) - double(*smallest) <= 1.6 * (high - low) || high <= low) {
        low = *smallest;
        high = *largest;
    }
    if (high <= low) {
        const double margin = std::max(1e-3, 0.1 * std::abs(low));
        low -= margin;
        high += margin;
    }
}

} // namespace

void PointStore::setCoordinates(const Array& coordinates) {
    const bool none = coordinates.rank() == 0;
    if (!none && (coordinates.rank() != 2 || coordinates.dim(1) < 2 || coordinates.dim(1) > 3))
        throw std::invalid_argument("A map takes coordinates of the shape [N,2] or [N,3].");
    const int64_t count = none ? 0 : coordinates.dim(0);
    if (count != count_) {
        classOf_.clear();
        classCounts_.clear();
        classShown_.clear();
        filter_.clear();
    }
    count_ = count;
    dimensions_ = none ? 2 : static_cast<int>(coordinates.dim(1));
    stride_ = strideFor(count_);
    places_.assign(static_cast<size_t>(3 * count_), 0.0F);
    finite_.assign(static_cast<size_t>(count_), 1);
    lowest_.fill(std::numeric_limits<double>::infinity());
    highest_.fill(-std::numeric_limits<double>::infinity());
    for (int64_t row = 0; row < count_; ++row) {
        float* place = places_.data() + 3 * row;
        bool good = true;
        for (int k = 0; k < dimensions_; ++k) {
            place[k] = coordinates.at(row, k);
            good = good && std::isfinite(place[k]);
        }
        finite_[static_cast<size_t>(row)] = good;
        for (size_t k = 0; good && k < 3; ++k) {
            lowest_[k] = std::min(lowest_[k], double(place[k]));
            highest_[k] = std::max(highest_[k], double(place[k]));
        }
    }
    if (!(lowest_[0] <= highest_[0])) {
        lowest_.fill(-1);
        highest_.fill(1);
    }
    ++placesVersion_;
    updateVisible();
}

MapPlace PointStore::placeOf(int64_t row) const {
    const float* p = place(row);
    return {p[0], p[1], p[2]};
}

void PointStore::setClasses(std::vector<int> classOf, int classes) {
    classOf_ = std::move(classOf);
    classCounts_.assign(static_cast<size_t>(classes), 0);
    for (int& index : classOf_) {
        if (index < 0 || index >= classes)
            index = -1;
        else
            ++classCounts_[static_cast<size_t>(index)];
    }
    classShown_.assign(static_cast<size_t>(classes), true);
    updateVisible();
}

void PointStore::setClassShown(std::vector<bool> shown) {
    classShown_ = std::move(shown);
    updateVisible();
}

void PointStore::setFilter(const std::vector<bool>& shown) {
    filter_.assign(shown.begin(), shown.end());
    updateVisible();
}

void PointStore::updateVisible() {
    visible_ = finite_;
    const bool allShown = std::find(classShown_.begin(), classShown_.end(), false) == classShown_.end();
    const bool noneHidden = allShown || classOf_.empty();
    // Rows without a class are context of no class in particular: they go when a class is shown alone.
    const bool unclassed = noneHidden || std::count(classShown_.begin(), classShown_.end(), true) != 1 ||
                           classShown_.size() == 1;
    visibleCount_ = 0;
    for (size_t row = 0; row < visible_.size(); ++row) {
        if (!filter_.empty() && !filter_[row])
            visible_[row] = 0;
        if (!noneHidden && visible_[row]) {
            const int index = classOf_[row];
            visible_[row] = index < 0 ? unclassed : classShown_[static_cast<size_t>(index)];
        }
        visibleCount_ += visible_[row];
    }
    ++visibleVersion_;
}

void PointStore::bulk(MapPlace& low, MapPlace& high) const {
    std::vector<float> values;
    low.fill(0);
    high.fill(0);
    for (int k = 0; k < dimensions_; ++k) {
        values.clear();
        for (int64_t row = 0; row < count_; ++row)
            if (finite(row))
                values.push_back(place(row)[k]);
        bulkOfAxis(values, low[static_cast<size_t>(k)], high[static_cast<size_t>(k)]);
    }
}

void PointStore::bulkOf(const PointStore& store, const std::vector<int64_t>& rows, MapPlace& low,
                        MapPlace& high) {
    std::vector<float> values;
    low.fill(0);
    high.fill(0);
    for (int k = 0; k < store.dimensions(); ++k) {
        values.clear();
        for (const int64_t row : rows)
            if (row >= 0 && row < store.count() && store.finite(row))
                values.push_back(store.place(row)[k]);
        bulkOfAxis(values, low[static_cast<size_t>(k)], high[static_cast<size_t>(k)]);
    }
}

} // namespace galatea
