#include "core/array.h"

#include <algorithm>
#include <stdexcept>

namespace galatea {

namespace {

std::vector<int64_t> rowMajorStrides(const std::vector<int64_t>& shape) {
    std::vector<int64_t> strides(shape.size());
    int64_t step = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
        strides[axis] = step;
        step *= shape[axis];
    }
    return strides;
}

} // namespace

int64_t checkedElementCount(std::span<const int64_t> shape, int64_t limit) {
    int64_t count = 1;
    for (const int64_t axis : shape) {
        if (axis < 0)
            throw std::length_error("an array axis is negative");
        if (axis > 0 && count > limit / axis)
            throw std::length_error("an array is too large");
        count *= axis;
    }
    return count;
}

Array::Array(std::vector<int64_t> shape) : shape_(std::move(shape)), strides_(rowMajorStrides(shape_)) {
    const auto count = static_cast<size_t>(checkedElementCount(shape_));
    values_ = std::shared_ptr<float>(new float[std::max<size_t>(count, 1)](), std::default_delete<float[]>());
}

Array::Array(std::vector<int64_t> shape, const std::vector<float>& values) : Array(std::move(shape)) {
    if (static_cast<int64_t>(values.size()) != size())
        throw std::length_error("an array's values do not match its shape");
    std::copy(values.begin(), values.end(), data());
}

Array Array::wrap(std::shared_ptr<float> values, std::vector<int64_t> shape) {
    checkedElementCount(shape);
    Array array;
    array.values_ = std::move(values);
    array.strides_ = rowMajorStrides(shape);
    array.shape_ = std::move(shape);
    return array;
}

int64_t Array::size() const {
    return values_ ? checkedElementCount(shape_) : 0;
}

bool Array::contiguous() const {
    int64_t step = 1;
    for (size_t axis = shape_.size(); axis-- > 0;) {
        if (shape_[axis] != 1 && strides_[axis] != step)
            return false;
        step *= shape_[axis];
    }
    return true;
}

std::span<const float> Array::values() const {
    if (!contiguous())
        throw std::logic_error("Array::values needs a contiguous array");
    return {data(), static_cast<size_t>(size())};
}

std::span<float> Array::values() {
    if (!contiguous())
        throw std::logic_error("Array::values needs a contiguous array");
    return {data(), static_cast<size_t>(size())};
}

Array Array::slice(int64_t begin, int64_t end) const {
    if (rank() == 0 || begin < 0 || end < begin || end > shape_[0])
        throw std::out_of_range("Array::slice outside the array");
    Array view = *this;
    view.offset_ += begin * strides_[0];
    view.shape_[0] = end - begin;
    return view;
}

Array Array::row(int64_t index) const {
    Array view = slice(index, index + 1);
    view.shape_.erase(view.shape_.begin());
    view.strides_.erase(view.strides_.begin());
    return view;
}

Array Array::permuted(const std::vector<int64_t>& axes) const {
    if (static_cast<int64_t>(axes.size()) != rank())
        throw std::out_of_range("Array::permuted needs every axis once");
    Array view = *this;
    for (size_t i = 0; i < axes.size(); ++i) {
        view.shape_[i] = shape_.at(static_cast<size_t>(axes[i]));
        view.strides_[i] = strides_.at(static_cast<size_t>(axes[i]));
    }
    return view;
}

Array Array::reshaped(std::vector<int64_t> shape) const {
    if (checkedElementCount(shape) != size())
        throw std::length_error("Array::reshaped changes the number of elements");
    Array view = contiguousCopy();
    view.strides_ = rowMajorStrides(shape);
    view.shape_ = std::move(shape);
    return view;
}

Array Array::copy() const {
    Array result(shape_);
    if (result.size() == 0)
        return result;
    if (contiguous()) {
        std::copy_n(data(), size(), result.data());
        return result;
    }
    std::vector<int64_t> index(shape_.size(), 0);
    for (float* out = result.data();; ++out) {
        int64_t offset = 0;
        for (size_t axis = 0; axis < index.size(); ++axis)
            offset += index[axis] * strides_[axis];
        *out = data()[offset];
        size_t axis = index.size();
        while (axis > 0 && ++index[axis - 1] == shape_[axis - 1])
            index[--axis] = 0;
        if (axis == 0)
            return result;
    }
}

Array gatherRows(const Array& source, std::span<const int64_t> rows) {
    std::vector<int64_t> shape = source.shape();
    shape.at(0) = static_cast<int64_t>(rows.size());
    Array result(shape);
    const int64_t rowSize = rows.empty() ? 0 : result.size() / result.dim(0);
    for (size_t i = 0; i < rows.size(); ++i) {
        const Array row = source.row(rows[i]).contiguousCopy();
        std::copy_n(row.data(), rowSize, result.data() + static_cast<int64_t>(i) * rowSize);
    }
    return result;
}

} // namespace galatea
