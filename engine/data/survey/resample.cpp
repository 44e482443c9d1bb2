#include "data/survey/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace galatea::survey {

namespace {

constexpr int taps = 6;     // of either kernel; the cubic's outer two are 0
constexpr int before = 2;   // taps left of the pixel that holds the position
constexpr int steps = 2048; // fractions of a pixel the weights are tabulated for

using Weights = std::array<float, taps>;

double lanczos3(double t) {
    if (t == 0)
        return 1;
    if (std::abs(t) >= 3)
        return 0;
    const double u = std::numbers::pi * t;
    return 3 * std::sin(u) * std::sin(u / 3) / (u * u);
}

double cubic(double t) {
    t = std::abs(t);
    if (t < 1)
        return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

std::vector<Weights> makeTable(double (*kernel)(double)) {
    std::vector<Weights> table(steps + 1);
    for (int step = 0; step <= steps; ++step) {
        const double fraction = static_cast<double>(step) / steps;
        std::array<double, taps> values{};
        double sum = 0;
        for (int tap = 0; tap < taps; ++tap) {
            // Whole distances give exact zeros, so that an unmoved image is copied to the last bit.
            const double distance = static_cast<double>(tap - before) - fraction;
            values[static_cast<size_t>(tap)] =
                distance == std::round(distance) ? (distance == 0) : kernel(distance);
            sum += values[static_cast<size_t>(tap)];
        }
        // Lanczos weights alone would move the centre of light by up to 0.02 pixel: their first moment is
        // brought to 0 by what passes between the two middle taps.
        double moment = 0;
        for (int tap = 0; tap < taps; ++tap) {
            values[static_cast<size_t>(tap)] /= sum;
            moment += values[static_cast<size_t>(tap)] * (static_cast<double>(tap - before) - fraction);
        }
        values[before] += moment;
        values[before + 1] -= moment;
        for (size_t tap = 0; tap < taps; ++tap)
            table[static_cast<size_t>(step)][tap] = static_cast<float>(values[tap]);
    }
    return table;
}

const std::vector<Weights>& tableOf(ResamplingKernel kernel) {
    static const std::vector<Weights> lanczosTable = makeTable(lanczos3), cubicTable = makeTable(cubic);
    return kernel == ResamplingKernel::Lanczos3 ? lanczosTable : cubicTable;
}

/// First tap and weights for a position along one axis.
struct Place {
    int64_t first = 0;
    const Weights* weights = nullptr;
};

Place placeOf(double at, const std::vector<Weights>& table) {
    const double whole = std::floor(at);
    const auto step = static_cast<size_t>(std::lround((at - whole) * steps));
    return {static_cast<int64_t>(whole) - before, &table[step]};
}

class StampCutter {
  public:
    StampCutter(const Array& frame, const Mask& mask, const PixelMap& map, PixelPosition centre, int64_t size,
                ResamplingKernel kernel, float* out)
        : pixels_(frame.data()), mask_(mask.empty() ? nullptr : mask.data()), width_(frame.dim(1)),
          height_(frame.dim(0)), map_(map), left_(centre.x - 0.5 * static_cast<double>(size - 1)),
          bottom_(centre.y - 0.5 * static_cast<double>(size - 1)), size_(size), table_(tableOf(kernel)),
          out_(out) {}

    Stamp cut() {
        const double far = static_cast<double>(size_ - 1);
        const PixelMap::Local middle = map_.at(left_ + far / 2, bottom_ + far / 2);
        if (isSeparable(middle, far) && place(middle, far) && isClean()) {
            cutSeparably(static_cast<float>(middle.area()));
            return {size_ * size_, 0, 0};
        }
        if (!anyMarkNear(far))
            mask_ = nullptr;
        Stamp stamp;
        for (int64_t row = 0; row < size_; ++row)
            for (int64_t column = 0; column < size_; ++column)
                out_[row * size_ + column] = general(row, column, stamp);
        return stamp;
    }

  private:
    /// Columns stay columns and rows rows to a hundredth of a pixel; scales may differ. The map's curvature
    /// over a stamp is far smaller.
    static bool isSeparable(const PixelMap::Local& middle, double far) {
        const double turned = std::max(std::abs(middle.dxdy), std::abs(middle.dydx));
        return std::isfinite(middle.x) && std::isfinite(middle.y) && turned * far / 2 < 0.01 &&
               middle.dxdx > 0.2 && middle.dydy > 0.2;
    }

    /// Taps of every column and row; false if one reaches beyond the frame.
    bool place(const PixelMap::Local& middle, double far) {
        const auto fill = [&](std::vector<Place>& places, double at, double step, int64_t length) {
            for (int64_t i = 0; i < size_; ++i)
                places.push_back(placeOf(at + step * (static_cast<double>(i) - far / 2), table_));
            return places.front().first >= 0 && places.back().first + taps <= length;
        };
        return fill(columns_, middle.x, middle.dxdx, width_) && fill(rows_, middle.y, middle.dydy, height_);
    }

    bool isClean() const {
        if (mask_ == nullptr)
            return true;
        const int64_t begin = columns_.front().first, end = columns_.back().first + taps;
        unsigned marks = 0;
        for (int64_t y = rows_.front().first; y < rows_.back().first + taps; ++y)
            for (int64_t x = begin; x < end; ++x)
                marks |= mask_[y * width_ + x];
        return marks == 0;
    }

    /// False only if no pixel that the stamp may draw on is marked.
    bool anyMarkNear(double far) const {
        if (mask_ == nullptr)
            return false;
        double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
        for (const double up : {0.0, far})
            for (const double across : {0.0, far}) {
                const PixelMap::Local corner = map_.at(left_ + across, bottom_ + up);
                const double at[2] = {corner.x, corner.y};
                for (int axis = 0; axis < 2; ++axis) {
                    if (!std::isfinite(at[axis]))
                        return true;
                    low[axis] = std::min(low[axis], at[axis]);
                    high[axis] = std::max(high[axis], at[axis]);
                }
            }
        constexpr double reach = taps + 2; // the map's curvature over a stamp is far below a pixel
        const auto inside = [](double value, int64_t length) {
            return static_cast<int64_t>(std::clamp(value, 0.0, static_cast<double>(length)));
        };
        const int64_t begin = inside(low[0] - reach, width_), end = inside(high[0] + reach, width_);
        for (int64_t y = inside(low[1] - reach, height_); y < inside(high[1] + reach, height_); ++y)
            if (std::any_of(mask_ + y * width_ + begin, mask_ + y * width_ + end,
                            [](uint8_t mark) { return mark != 0; }))
                return true;
        return false;
    }

    /// Columns first, then rows: 12 products per pixel in place of 36.
    void cutSeparably(float area) {
        const int64_t bottom = rows_.front().first, lines = rows_.back().first + taps - bottom;
        lines_.resize(static_cast<size_t>(lines * size_));
        for (int64_t row = 0; row < lines; ++row) {
            const float* in = pixels_ + (bottom + row) * width_;
            float* line = lines_.data() + row * size_;
            for (int64_t column = 0; column < size_; ++column) {
                const Place& place = columns_[static_cast<size_t>(column)];
                const float* from = in + place.first;
                const Weights& w = *place.weights;
                line[column] = w[0] * from[0] + w[1] * from[1] + w[2] * from[2] + w[3] * from[3] +
                               w[4] * from[4] + w[5] * from[5];
            }
        }
        for (int64_t row = 0; row < size_; ++row) {
            const Place& place = rows_[static_cast<size_t>(row)];
            float* out = out_ + row * size_;
            std::fill_n(out, size_, 0.f);
            for (int64_t tap = 0; tap < taps; ++tap) {
                const float weight = (*place.weights)[static_cast<size_t>(tap)] * area;
                const float* line = lines_.data() + (place.first + tap - bottom) * size_;
                for (int64_t column = 0; column < size_; ++column)
                    out[column] += weight * line[column];
            }
        }
    }

    float general(int64_t row, int64_t column, Stamp& stamp) const {
        constexpr float nan = std::numeric_limits<float>::quiet_NaN();
        const PixelMap::Local at =
            map_.at(left_ + static_cast<double>(column), bottom_ + static_cast<double>(row));
        const bool isInside = at.x >= -0.5 && at.y >= -0.5 && at.x <= static_cast<double>(width_) - 0.5 &&
                              at.y <= static_cast<double>(height_) - 0.5;
        if (!isInside)
            return nan;
        ++stamp.inside;
        const Place across = placeOf(at.x, table_), up = placeOf(at.y, table_);
        float sum = 0, weight = 0;
        const bool whole = mask_ == nullptr && across.first >= 0 && across.first + taps <= width_ &&
                           up.first >= 0 && up.first + taps <= height_;
        for (size_t j = 0; whole && j < taps; ++j)
            for (size_t i = 0; i < taps; ++i) {
                const float w = (*up.weights)[j] * (*across.weights)[i];
                sum += w * pixels_[(up.first + static_cast<int64_t>(j)) * width_ + across.first +
                                   static_cast<int64_t>(i)];
                weight += w;
            }
        for (int64_t j = 0; !whole && j < taps; ++j) {
            const int64_t y = up.first + j;
            if (y < 0 || y >= height_)
                continue;
            for (int64_t i = 0; i < taps; ++i) {
                const int64_t x = across.first + i;
                if (x < 0 || x >= width_ || (mask_ != nullptr && mask_[y * width_ + x] != 0))
                    continue;
                const float w =
                    (*up.weights)[static_cast<size_t>(j)] * (*across.weights)[static_cast<size_t>(i)];
                sum += w * pixels_[y * width_ + x];
                weight += w;
            }
        }
        if (weight < 0.5f) {
            ++stamp.bad;
            return nan;
        }
        stamp.patched += onBadPixel(at);
        return sum / weight * static_cast<float>(at.area());
    }

    bool onBadPixel(const PixelMap::Local& at) const {
        const auto x = std::clamp<int64_t>(std::lround(at.x), 0, width_ - 1);
        const auto y = std::clamp<int64_t>(std::lround(at.y), 0, height_ - 1);
        return mask_ != nullptr && mask_[y * width_ + x] != 0;
    }

    const float* pixels_;
    const uint8_t* mask_;
    int64_t width_, height_;
    const PixelMap& map_;
    double left_, bottom_;
    int64_t size_;
    const std::vector<Weights>& table_;
    float* out_;
    std::vector<Place> columns_, rows_;
    std::vector<float> lines_;
};

} // namespace

Stamp cutStamp(const Array& frame, const Mask& mask, const PixelMap& map, PixelPosition centre, int64_t size,
               ResamplingKernel kernel, float* out) {
    return StampCutter(frame, mask, map, centre, size, kernel, out).cut();
}

Array resampledFrame(const Array& frame, const PixelMap& map, int64_t width, int64_t height) {
    Array result({height, width});
    const int64_t w = frame.dim(1), h = frame.dim(0);
    for (int64_t row = 0; row < height; ++row)
        for (int64_t column = 0; column < width; ++column) {
            const PixelMap::Local at = map.at(static_cast<double>(column), static_cast<double>(row));
            const double left = std::floor(at.x), bottom = std::floor(at.y);
            if (!(left >= 0 && bottom >= 0 && left + 1 < static_cast<double>(w) &&
                  bottom + 1 < static_cast<double>(h)))
                continue;
            const auto s = static_cast<float>(at.x - left), t = static_cast<float>(at.y - bottom);
            const float* p = frame.data() + static_cast<int64_t>(bottom) * w + static_cast<int64_t>(left);
            result.at(row, column) =
                ((1 - t) * ((1 - s) * p[0] + s * p[1]) + t * ((1 - s) * p[w] + s * p[w + 1])) *
                static_cast<float>(at.area());
        }
    return result;
}

} // namespace galatea::survey
