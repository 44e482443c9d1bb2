#include "widgets/map/density_shading.h"

#include "widgets/map/colouring.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

namespace galatea {

namespace {

constexpr int block = 8;         // pixels along a side over which points in reach are counted
constexpr double inReach = 14;   // points within a standard deviation's square that make a calm picture
constexpr double mostSigma = 14; // pixels
constexpr double worthIt = 0.6;  // less smoothing than this is not seen
constexpr size_t colours = 1024;
constexpr double leastWide = 3, mostWide = 20; // pixels, of the outskirts' smoothing
constexpr float sharpFrom = 2, sharpAt = 12;   // points in reach between which the sharp picture takes over

/// visit(first row, last row + 1) on each thread.
template <class Visit>
void inBands(PaintCrew& crew, int height, const Visit& visit) {
    crew.run([&](int thread) { visit(height * thread / crew.size(), height * (thread + 1) / crew.size()); });
}

/// Neighbours within `radius` of the i-th of `count`: beyond the ends nothing is known, and nothing counted.
int neighbours(int i, int count, int radius) {
    return std::min(i + radius, count - 1) - std::max(i - radius, 0) + 1;
}

/// The mean of a number and its neighbours, by a running sum: exact, so that what has left leaves nothing
/// behind.
void boxMean(const float* in, float* out, int count, int radius) {
    double sum = 0;
    for (int i = 0; i < std::min(radius, count); ++i)
        sum += double(in[i]);
    const double part = 1.0 / (2 * radius + 1);
    for (int i = 0; i < count; ++i) {
        if (i + radius < count)
            sum += double(in[i + radius]);
        if (i - radius > 0)
            sum -= double(in[i - radius - 1]);
        const bool whole = i >= radius && i + radius < count;
        out[i] = static_cast<float>(whole ? sum * part : sum / neighbours(i, count, radius));
    }
}

/// The same down the columns [from, to), row by row, so that the memory of a row is used while it is at hand.
void boxMeanDown(const float* in, float* out, int width, int height, int from, int to, int radius) {
    std::vector<double> sum(static_cast<size_t>(to - from), 0);
    const auto row = [&](const float* base, int y) { return base + static_cast<std::ptrdiff_t>(y) * width; };
    for (int y = -radius; y < height; ++y) {
        const float* entering = y + radius < height ? row(in, y + radius) : nullptr;
        const float* leaving = y - radius - 1 >= 0 ? row(in, y - radius - 1) : nullptr;
        const double part = y < 0 ? 0 : 1.0 / neighbours(y, height, radius);
        for (int x = from; x < to; ++x) {
            double& here = sum[static_cast<size_t>(x - from)];
            here += double(entering ? entering[x] : 0) - double(leaving ? leaving[x] : 0);
            if (y >= 0)
                out[static_cast<std::ptrdiff_t>(y) * width + x] = static_cast<float>(here * part);
        }
    }
}

/// Binary logarithms of numbers from 1 on, to a thousandth: a colour is no finer.
class LogTable {
  public:
    LogTable() {
        for (size_t k = 0; k < table_.size(); ++k)
            table_[k] = static_cast<float>(
                std::log2(1 + (static_cast<double>(k) + 0.5) / static_cast<double>(table_.size())));
    }
    float operator()(float value) const {
        const auto bits = std::bit_cast<uint32_t>(value);
        return static_cast<float>(static_cast<int>(bits >> 23) - 127) +
               table_[(bits >> (23 - 11)) & (table_.size() - 1)];
    }

  private:
    std::array<float, 2048> table_;
};

} // namespace

Rgba densityColour(MapColourMap map, double fraction, bool dark) {
    // Few must be near the ground in both themes: on light ground the map runs the other way.
    return colourAlong(map, dark ? fraction : 1 - fraction, dark);
}

double DensityShading::smoothingFor(const Sheet& counted) {
    // The mean number of points in the block of a point: dense places speak for themselves.
    double points = 0, inSameBlock = 0;
    for (int top = 0; top < counted.height; top += block)
        for (int left = 0; left < counted.width; left += block) {
            double sum = 0;
            for (int y = top; y < std::min(top + block, counted.height); ++y)
                for (int x = left; x < std::min(left + block, counted.width); ++x)
                    sum += counted.counts[static_cast<size_t>(y) * static_cast<size_t>(counted.width) +
                                          static_cast<size_t>(x)];
            points += sum;
            inSameBlock += sum * sum;
        }
    if (points == 0)
        return 0;
    const double perPixel = inSameBlock / points / (block * block);
    const double sigma = std::sqrt(inReach / (4 * std::numbers::pi * perPixel));
    return sigma < worthIt ? 0 : std::min(sigma, mostSigma);
}

void DensityShading::smooth(int width, int height, double sigma, PaintCrew& crew, Coarse& out) {
    // A wide Gaussian has no detail that a coarser grid could lose.
    const int step = sigma >= 8 ? 4 : sigma >= 2.5 ? 2 : 1;
    out.step = step;
    out.width = (width + step - 1) / step;
    out.height = (height + step - 1) / step;
    out.values.resize(static_cast<size_t>(out.width) * static_cast<size_t>(out.height));
    inBands(crew, out.height, [&](int first, int last) {
        for (int y = first; y < last; ++y)
            for (int x = 0; x < out.width; ++x) {
                float sum = 0;
                const int right = std::min(width, (x + 1) * step), bottom = std::min(height, (y + 1) * step);
                for (int v = y * step; v < bottom; ++v)
                    for (int u = x * step; u < right; ++u)
                        sum += density_[static_cast<size_t>(v) * static_cast<size_t>(width) +
                                        static_cast<size_t>(u)];
                out.values[static_cast<size_t>(y) * static_cast<size_t>(out.width) + static_cast<size_t>(x)] =
                    sum / static_cast<float>((right - x * step) * (bottom - y * step));
            }
    });
    // Three running means come close to a Gaussian (Wells, 1986).
    const double coarse = sigma / step;
    const int radius =
        std::max(1, static_cast<int>(std::lround(0.5 * (std::sqrt(4 * coarse * coarse + 1) - 1))));
    spare_.resize(out.values.size());
    for (int pass = 0; pass < 3; ++pass) {
        inBands(crew, out.height, [&](int first, int last) {
            for (int y = first; y < last; ++y) {
                const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(y) * out.width;
                boxMean(out.values.data() + at, spare_.data() + at, out.width, radius);
            }
        });
        inBands(crew, out.width, [&](int first, int last) {
            if (first < last)
                boxMeanDown(spare_.data(), out.values.data(), out.width, out.height, first, last, radius);
        });
    }
}

/// A row of the fine grid, interpolated between the middles of coarse cells.
void DensityShading::Coarse::row(int y, int count, float* out) const {
    const auto line = [&](int v) {
        return values.data() + static_cast<std::ptrdiff_t>(std::clamp(v, 0, height - 1)) * width;
    };
    if (step == 1) {
        std::copy_n(line(y), count, out);
        return;
    }
    const float part = 1 / static_cast<float>(step);
    const float down = (static_cast<float>(y) + 0.5F) * part - 0.5F;
    const auto above = static_cast<int>(std::floor(down));
    const float lower = down - static_cast<float>(above);
    const float *a = line(above), *b = line(above + 1);
    const auto mixed = [&](int u) {
        const int at = std::clamp(u, 0, width - 1);
        return a[at] + lower * (b[at] - a[at]);
    };
    float left = mixed(-1), right = mixed(0);
    for (int x = 0, cell = -1, phase = step / 2; x < count; ++x) {
        // The middle of pixel x lies `across` of the way between the middles of two cells.
        const float across = (static_cast<float>(phase) + 0.5F) * part;
        out[x] = left + across * (right - left);
        if (++phase == step) {
            phase = 0;
            ++cell;
            left = right;
            right = mixed(cell + 1);
        }
    }
}

void DensityShading::shade(const Sheet& counted, const DensityLook& look, PaintCrew& crew, bool over,
                           uint8_t* rgba) {
    const int width = counted.width, height = counted.height;
    const double sigma = smoothingFor(counted);
    density_.resize(counted.counts.size());
    inBands(crew, height, [&](int first, int last) {
        for (size_t i = static_cast<size_t>(first) * static_cast<size_t>(width);
             i < static_cast<size_t>(last) * static_cast<size_t>(width); ++i)
            density_[i] = static_cast<float>(look.scale * counted.counts[i]);
    });
    const double wideSigma = std::clamp(2.5 * sigma, leastWide, mostWide);
    smooth(width, height, wideSigma, crew, wide_);
    double reach = 1; // pixels whose points count for a sharp place
    if (sigma > 0) {
        smooth(width, height, sigma, crew, narrow_);
        reach = 4 * std::numbers::pi * sigma * sigma;
    }
    const auto inReachOf = static_cast<float>(reach / look.scale);
    std::vector<float> highest(static_cast<size_t>(height), 0);
    inBands(crew, height, [&](int first, int last) {
        std::vector<float> wide(static_cast<size_t>(width));
        for (int y = first; y < last; ++y) {
            float* here = density_.data() + static_cast<std::ptrdiff_t>(y) * width;
            if (sigma > 0)
                narrow_.row(y, width, here);
            wide_.row(y, width, wide.data());
            float& high = highest[static_cast<size_t>(y)];
            for (int x = 0; x < width; ++x) {
                // Few points say little of how dense it is here, but that it cannot be much denser than this.
                const float calm = wide[static_cast<size_t>(x)], found = here[x] * inReachOf;
                const float most = (found + 2 * std::sqrt(found) + 3) / inReachOf;
                const float sharp =
                    std::clamp((calm * inReachOf - sharpFrom) / (sharpAt - sharpFrom), 0.0F, 1.0F) *
                    std::clamp(found / sharpAt, 0.0F, 1.0F);
                here[x] = sharp * here[x] + (1 - sharp) * std::min(calm, most);
                high = std::max(high, here[x]);
            }
        }
    });
    // One point by itself, at its middle.
    least_ = look.scale / (2 * std::numbers::pi * wideSigma * wideSigma);
    most_ = highest.empty() ? 0 : double(*std::max_element(highest.begin(), highest.end()));
    if (most_ <= least_)
        most_ = 2 * least_;
    std::array<Rgba, colours> table;
    for (size_t k = 0; k < colours; ++k) {
        const double part = static_cast<double>(k) / (colours - 1);
        table[k] = look.single ? *look.single : densityColour(look.map, part, look.dark);
        if (look.single)
            table[k].a = static_cast<uint8_t>(55 + 200 * part);
    }
    const auto unit = static_cast<float>(1 / least_);
    const LogTable log2;
    const float perLog = static_cast<float>(colours - 1) / log2(1 + static_cast<float>(most_) * unit);
    const auto opacity = static_cast<float>(look.opacity);
    inBands(crew, height, [&](int first, int last) {
        for (size_t i = static_cast<size_t>(first) * static_cast<size_t>(width);
             i < static_cast<size_t>(last) * static_cast<size_t>(width); ++i) {
            uint8_t* out = rgba + 4 * i;
            const float times = density_[i] * unit;
            if (times < 0.02F) {
                if (!over)
                    out[0] = out[1] = out[2] = out[3] = 0;
                continue;
            }
            const auto index = static_cast<size_t>(log2(1 + times) * perLog);
            const Rgba& colour = table[std::min(index, colours - 1)];
            const float cover = opacity * std::min(1.0F, times) * static_cast<float>(colour.a) / 255;
            const float under = over ? 1 - cover : 0;
            const float channels[4]{float(colour.r), float(colour.g), float(colour.b), 255};
            for (int k = 0; k < 4; ++k)
                out[k] = static_cast<uint8_t>(under * out[k] + cover * channels[k] + 0.5F);
        }
    });
}

} // namespace galatea
