#pragma once
// A shared, strided float32 buffer: how images, latents and pixels cross every border of the engine.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace galatea {

/// Copies share the buffer (like a shared pointer); `copy()` makes an independent, contiguous one.
/// Axes are row-major unless a view says otherwise. Images are [N,C,H,W], latents [N,D].
class Array {
  public:
    Array() = default;
    /// Zero-filled. Throws std::length_error if the element count overflows or an axis is negative.
    explicit Array(std::vector<int64_t> shape);
    /// Takes the values in row-major order; their number must equal the shape's product.
    Array(std::vector<int64_t> shape, const std::vector<float>& values);
    /// Shares memory somebody else owns (a tensor, a mapped file); row-major.
    static Array wrap(std::shared_ptr<float> values, std::vector<int64_t> shape);

    const std::vector<int64_t>& shape() const { return shape_; }
    const std::vector<int64_t>& strides() const { return strides_; } ///< in elements
    int64_t rank() const { return static_cast<int64_t>(shape_.size()); }
    int64_t dim(int64_t axis) const { return shape_.at(static_cast<size_t>(axis)); }
    int64_t size() const; ///< number of elements; 0 for a default-made array
    bool empty() const { return size() == 0; }
    bool contiguous() const;

    /// First element of the view. Row-major order may be assumed only if contiguous().
    const float* data() const { return values_ ? values_.get() + offset_ : nullptr; }
    float* data() { return values_ ? values_.get() + offset_ : nullptr; }
    /// The elements in row-major order; throws std::logic_error unless contiguous.
    std::span<const float> values() const;
    std::span<float> values();

    /// Element access with as many indices as axes; unchecked.
    template <class... Index>
    float& at(Index... index) {
        return data()[offsetOf(index...)];
    }
    template <class... Index>
    float at(Index... index) const {
        return data()[offsetOf(index...)];
    }

    Array slice(int64_t begin, int64_t end) const; ///< rows [begin,end) of the first axis; shares
    Array row(int64_t index) const;                ///< one index of the first axis, axis dropped; shares
    Array permuted(const std::vector<int64_t>& axes) const; ///< axes in a new order; shares
    Array reshaped(std::vector<int64_t> shape) const;       ///< shares if contiguous, else copies
    Array copy() const;                                     ///< independent and contiguous
    Array contiguousCopy() const { return contiguous() ? *this : copy(); }

  private:
    template <class... Index>
    int64_t offsetOf(Index... index) const {
        int64_t offset = 0;
        size_t axis = 0;
        ((offset += static_cast<int64_t>(index) * strides_[axis++]), ...);
        return offset;
    }

    std::shared_ptr<float> values_;
    std::vector<int64_t> shape_, strides_;
    int64_t offset_ = 0;
};

/// Product of the axes. Throws std::length_error on a negative axis or if it passes `limit`.
int64_t checkedElementCount(std::span<const int64_t> shape, int64_t limit = int64_t{1} << 40);

/// First-axis rows of `source` at `rows`, gathered into a new array.
Array gatherRows(const Array& source, std::span<const int64_t> rows);

} // namespace galatea
