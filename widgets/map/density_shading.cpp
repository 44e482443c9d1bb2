#include "widgets/map/density_shading.h"

#include "widgets/map/colouring.h"

#include <algorithm>
#include <array>
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

void DensityShading::smooth(std::vector<float>& values, int width, int height, double sigma,
                            PaintCrew& crew) {
    // Three running means come close to a Gaussian (Wells, 1986).
    const int radius =
        std::max(1, static_cast<int>(std::lround(0.5 * (std::sqrt(4 * sigma * sigma + 1) - 1))));
    spare_.resize(values.size());
    for (int pass = 0; pass < 3; ++pass) {
        inBands(crew, height, [&](int first, int last) {
            for (int y = first; y < last; ++y) {
                const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(y) * width;
                boxMean(values.data() + at, spare_.data() + at, width, radius);
            }
        });
        inBands(crew, width, [&](int first, int last) {
            if (first < last)
                boxMeanDown(spare_.data(), values.data(), width, height, first, last, radius);
        });
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
    wide_ = density_;
    smooth(wide_, width, height, wideSigma, crew);
    double reach = 1; // pixels whose points count for a sharp place
    if (sigma > 0) {
        smooth(density_, width, height, sigma, crew);
        reach = 4 * std::numbers::pi * sigma * sigma;
    }
    const auto inReachOf = static_cast<float>(reach / look.scale);
    inBands(crew, height, [&](int first, int last) {
        for (size_t i = static_cast<size_t>(first) * static_cast<size_t>(width);
             i < static_cast<size_t>(last) * static_cast<size_t>(width); ++i) {
            // Few points say little of how dense it is here, but that it cannot be much denser than this.
            const float found = density_[i] * inReachOf;
            const float most = (found + 2 * std::sqrt(found) + 3) / inReachOf;
            const float sharp =
                std::clamp((wide_[i] * inReachOf - sharpFrom) / (sharpAt - sharpFrom), 0.0F, 1.0F) *
                std::clamp(found / sharpAt, 0.0F, 1.0F);
            density_[i] = sharp * density_[i] + (1 - sharp) * std::min(wide_[i], most);
        }
    });
    // One point by itself, at its middle.
    least_ = look.scale / (2 * std::numbers::pi * wideSigma * wideSigma);
    most_ = density_.empty() ? 0 : double(*std::max_element(density_.begin(), density_.end()));
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
    const float perLog = static_cast<float>(colours - 1) / std::log1p(static_cast<float>(most_) * unit);
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
            const auto index = static_cast<size_t>(std::log1p(times) * perLog);
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
