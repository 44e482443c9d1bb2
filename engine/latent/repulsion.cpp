#include "latent/repulsion.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "latent/team.h"

namespace galatea {

namespace {

using torch::Tensor;

/// Up to so many points the sums are made pair by pair.
constexpr int64_t fewInPlane = 1000, fewInSpace = 4000;

constexpr int support = 4; // a cubic B-spline touches four nodes along each axis

/// The spline's weights at the four nodes about a place `f` in [0,1) of a cell, and their derivatives.
struct SplineWeights {
    std::array<float, support> value, slope;
    explicit SplineWeights(float f) {
        const float g = 1 - f;
        value = {g * g * g / 6, (3 * f * f * f - 6 * f * f + 4) / 6, (3 * g * g * g - 6 * g * g + 4) / 6,
                 f * f * f / 6};
        slope = {-g * g / 2, (3 * f * f - 4 * f) / 2, (4 * g - 3 * g * g) / 2, f * f / 2};
    }
};

/// The smallest length from n up whose only factors are 2, 3 and 5, and which is even.
int64_t fastLength(int64_t n) {
    for (n += n % 2;; n += 2) {
        int64_t rest = n;
        for (const int64_t factor : {2, 3, 5})
            while (rest % factor == 0)
                rest /= factor;
        if (rest == 1)
            return n;
    }
}

/// Points in the order of their grid cells' rows, so that threads may lay down their charges without meeting.
struct Slabs {
    std::vector<int32_t> order; ///< of points
    std::vector<int64_t> begin; ///< of each slab in `order`, one more at the end
};

} // namespace

struct Repulsion::Grid {
    int dims;
    double wanted;
    int64_t largest;
    double spacing = 0;                 // in use
    std::array<double, 3> low{0, 0, 0}; // of the grid's first cell
    std::array<int64_t, 3> nodes{1, 1, 1}, padded{1, 1, 1};
    Tensor kernel; // transform of the kernel between the spline's coefficients, for `padded` and `spacing`
    std::array<int64_t, 3> kernelSize{0, 0, 0};
    double kernelSpacing = 0;
    double own = 1; // what the grid gives for a point's potential of itself
    Tensor charge;

    void layOut(std::span<const float> y);
    void makeKernel();
    Tensor potentialOnGrid() const;
    template <int Dims>
    Slabs slabs(std::span<const float> y, int64_t slabNodes) const;
    template <int Dims>
    void layDown(std::span<const float> y);
    template <int Dims>
    void readOff(std::span<const float> y, const float* u, std::span<float> potential,
                 std::span<float> field) const;
    /// The node below a coordinate and the place within its cell.
    int64_t cellOf(float coordinate, int axis, float& fraction) const {
        const double at = (static_cast<double>(coordinate) - low[static_cast<size_t>(axis)]) / spacing;
        const int64_t cell =
            std::clamp<int64_t>(static_cast<int64_t>(at), 0, nodes[static_cast<size_t>(axis)] - support);
        fraction = static_cast<float>(at - static_cast<double>(cell));
        return cell;
    }
};

void Repulsion::Grid::layOut(std::span<const float> y) {
    const int64_t n = static_cast<int64_t>(y.size()) / dims;
    std::array<float, 3> smallest, greatest;
    smallest.fill(INFINITY);
    greatest.fill(-INFINITY);
    for (int64_t i = 0; i < n; ++i)
        for (int d = 0; d < dims; ++d) {
            const float v = y[static_cast<size_t>(i * dims + d)];
            smallest[static_cast<size_t>(d)] = std::min(smallest[static_cast<size_t>(d)], v);
            greatest[static_cast<size_t>(d)] = std::max(greatest[static_cast<size_t>(d)], v);
        }
    double span = 0;
    for (int d = 0; d < dims; ++d) {
        const double extent =
            static_cast<double>(greatest[static_cast<size_t>(d)]) - smallest[static_cast<size_t>(d)];
        if (!std::isfinite(extent))
            throw std::invalid_argument("repulsion: a coordinate is not finite");
        span = std::max(span, extent);
    }
    // A map that is still small gets a finer grid: its forces are differences of potentials that hardly
    // differ.
    constexpr double finest = 0.05, cellsAcross = 32;
    const double fine = std::min(wanted, std::max(finest, span / cellsAcross));
    spacing = std::max(fine, span / static_cast<double>(largest - support));
    for (int d = 0; d < dims; ++d) {
        const auto axis = static_cast<size_t>(d);
        low[axis] = smallest[axis];
        nodes[axis] = static_cast<int64_t>((static_cast<double>(greatest[axis]) - smallest[axis]) / spacing) +
                      1 + support;
        // Steps of an eighth: the kernel is made anew only now and then while the map grows.
        int64_t step = 8;
        while (step * 16 < nodes[axis])
            step *= 2;
        nodes[axis] = (nodes[axis] + step - 1) / step * step;
        padded[axis] = fastLength(2 * nodes[axis]);
    }
    makeKernel();
}

void Repulsion::Grid::makeKernel() {
    if (kernelSize == padded && kernelSpacing == spacing)
        return;
    const auto along = [&](int axis, auto&& make) {
        std::vector<int64_t> shape(static_cast<size_t>(dims), 1);
        shape[static_cast<size_t>(axis)] = -1;
        return make(padded[static_cast<size_t>(axis)]).reshape(shape);
    };
    std::vector<int64_t> shape(padded.begin(), padded.begin() + dims);
    Tensor squared = torch::zeros(shape, torch::kFloat64), spline = torch::ones({1}, torch::kFloat64);
    for (int d = 0; d < dims; ++d) {
        squared = squared + along(d, [&](int64_t m) {
                      const Tensor index = torch::arange(m, torch::kFloat64);
                      return (torch::minimum(index, static_cast<double>(m) - index) * spacing).square();
                  });
        // The spline's own transform: dividing by it turns samples into coefficients, once for each end of a
        // pair.
        spline =
            spline * along(d, [&](int64_t m) {
                return (4 +
                        2 * (torch::arange(m, torch::kFloat64) * (2 * M_PI / static_cast<double>(m))).cos()) /
                       6;
            });
    }
    const Tensor coefficients =
        torch::real(torch::fft::ifftn(torch::fft::fftn(1 / (1 + squared)) / spline.square()));
    kernel = torch::real(torch::fft::rfftn(coefficients)).to(torch::kFloat32).contiguous();
    kernelSize = padded;
    kernelSpacing = spacing;
}

Tensor Repulsion::Grid::potentialOnGrid() const {
    std::vector<int64_t> shape, axes;
    for (int d = 0; d < dims; ++d) {
        shape.push_back(padded[static_cast<size_t>(d)]);
        axes.push_back(d);
    }
    Tensor u = torch::fft::irfftn(torch::fft::rfftn(charge, shape, axes).mul_(kernel), shape, axes);
    for (int d = 0; d < dims; ++d)
        u = u.narrow(d, 0, nodes[static_cast<size_t>(d)]);
    return u.contiguous();
}

template <int Dims>
Slabs Repulsion::Grid::slabs(std::span<const float> y, int64_t slabNodes) const {
    const int64_t n = static_cast<int64_t>(y.size()) / Dims;
    const int64_t count = (nodes[0] + slabNodes - 1) / slabNodes;
    Slabs result;
    result.begin.assign(static_cast<size_t>(count) + 1, 0);
    std::vector<int32_t> slab(static_cast<size_t>(n));
    float fraction = 0;
    for (int64_t i = 0; i < n; ++i) {
        slab[static_cast<size_t>(i)] =
            static_cast<int32_t>(cellOf(y[static_cast<size_t>(i * Dims)], 0, fraction) / slabNodes);
        ++result.begin[static_cast<size_t>(slab[static_cast<size_t>(i)]) + 1];
    }
    for (size_t s = 1; s < result.begin.size(); ++s)
        result.begin[s] += result.begin[s - 1];
    result.order.resize(static_cast<size_t>(n));
    std::vector<int64_t> next(result.begin.begin(), result.begin.end() - 1);
    for (int64_t i = 0; i < n; ++i)
        result.order[static_cast<size_t>(next[static_cast<size_t>(slab[static_cast<size_t>(i)])]++)] =
            static_cast<int32_t>(i);
    return result;
}

template <int Dims>
void Repulsion::Grid::layDown(std::span<const float> y) {
    std::vector<int64_t> shape(nodes.begin(), nodes.begin() + Dims);
    charge = torch::zeros(shape, torch::kFloat32);
    float* const q = charge.data_ptr<float>();
    const int64_t plane = Dims == 3 ? nodes[1] * nodes[2] : nodes[1];
    // A slab's points touch its own nodes and three of the next: even slabs together, then odd ones.
    constexpr int64_t slabNodes = 8;
    const Slabs parts = slabs<Dims>(y, slabNodes);
    const int64_t count = static_cast<int64_t>(parts.begin.size()) - 1;
    for (const int64_t parity : {0, 1})
        overTeam((count + 1 - parity) / 2, [&](int64_t half) {
            const auto slab = static_cast<size_t>(2 * half + parity);
            for (int64_t o = parts.begin[slab]; o < parts.begin[slab + 1]; ++o) {
                const float* const at = &y[static_cast<size_t>(parts.order[static_cast<size_t>(o)]) * Dims];
                float f0, f1, f2 = 0;
                const int64_t c0 = cellOf(at[0], 0, f0), c1 = cellOf(at[1], 1, f1);
                const SplineWeights w0(f0), w1(f1);
                if constexpr (Dims == 2) {
                    for (size_t a = 0; a < support; ++a) {
                        float* const row = q + (c0 + static_cast<int64_t>(a)) * plane + c1;
                        for (size_t b = 0; b < support; ++b)
                            row[b] += w0.value[a] * w1.value[b];
                    }
                } else {
                    const int64_t c2 = cellOf(at[2], 2, f2);
                    const SplineWeights w2(f2);
                    for (size_t a = 0; a < support; ++a)
                        for (size_t b = 0; b < support; ++b) {
                            float* const row = q + (c0 + static_cast<int64_t>(a)) * plane +
                                               (c1 + static_cast<int64_t>(b)) * nodes[2] + c2;
                            const float weight = w0.value[a] * w1.value[b];
                            for (size_t c = 0; c < support; ++c)
                                row[c] += weight * w2.value[c];
                        }
                }
            }
        });
}

template <int Dims>
void Repulsion::Grid::readOff(std::span<const float> y, const float* u, std::span<float> potential,
                              std::span<float> field) const {
    const int64_t n = static_cast<int64_t>(y.size()) / Dims;
    const int64_t plane = Dims == 3 ? nodes[1] * nodes[2] : nodes[1];
    const auto half = static_cast<float>(-0.5 / spacing); // field = −½ ∇ potential
    overBlocks(n, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const float* const at = &y[static_cast<size_t>(i * Dims)];
            float f0, f1, f2 = 0;
            const int64_t c0 = cellOf(at[0], 0, f0), c1 = cellOf(at[1], 1, f1);
            const SplineWeights w0(f0), w1(f1);
            float p = 0, g0 = 0, g1 = 0, g2 = 0;
            if constexpr (Dims == 2) {
                for (size_t a = 0; a < support; ++a) {
                    const float* const row = u + (c0 + static_cast<int64_t>(a)) * plane + c1;
                    float value = 0, slope = 0;
                    for (size_t b = 0; b < support; ++b) {
                        value += w1.value[b] * row[b];
                        slope += w1.slope[b] * row[b];
                    }
                    p += w0.value[a] * value;
                    g0 += w0.slope[a] * value;
                    g1 += w0.value[a] * slope;
                }
            } else {
                const int64_t c2 = cellOf(at[2], 2, f2);
                const SplineWeights w2(f2);
                for (size_t a = 0; a < support; ++a)
                    for (size_t b = 0; b < support; ++b) {
                        const float* const row = u + (c0 + static_cast<int64_t>(a)) * plane +
                                                 (c1 + static_cast<int64_t>(b)) * nodes[2] + c2;
                        float value = 0, slope = 0;
                        for (size_t c = 0; c < support; ++c) {
                            value += w2.value[c] * row[c];
                            slope += w2.slope[c] * row[c];
                        }
                        p += w0.value[a] * w1.value[b] * value;
                        g0 += w0.slope[a] * w1.value[b] * value;
                        g1 += w0.value[a] * w1.slope[b] * value;
                        g2 += w0.value[a] * w1.value[b] * slope;
                    }
            }
            potential[static_cast<size_t>(i)] = p - 1; // its own
            float* const out = &field[static_cast<size_t>(i * Dims)];
            out[0] = half * g0;
            out[1] = half * g1;
            if constexpr (Dims == 3)
                out[2] = half * g2;
        }
    });
}

Repulsion::Repulsion(int dims, double spacing, int64_t largestGrid) : grid_(std::make_unique<Grid>()) {
    if (dims != 2 && dims != 3)
        throw std::invalid_argument("repulsion: maps have 2 or 3 dimensions");
    grid_->dims = dims;
    grid_->wanted = spacing;
    grid_->largest = largestGrid > 0 ? largestGrid : dims == 2 ? 1200 : 112;
}

Repulsion::~Repulsion() = default;

double Repulsion::spacingUsed() const {
    return grid_->spacing;
}

namespace {

/// Few points: the sums themselves cost less than any grid.
template <int Dims>
void sumOverPairs(std::span<const float> y, std::span<float> potential, std::span<float> field) {
    const int64_t n = static_cast<int64_t>(y.size()) / Dims;
    overTeam((n + 63) / 64, [&](int64_t block) {
        for (int64_t i = block * 64; i < std::min(n, block * 64 + 64); ++i) {
            float sum = 0;
            std::array<float, Dims> force{};
            for (int64_t j = 0; j < n; ++j) {
                std::array<float, Dims> delta;
                float squared = 1;
                for (size_t d = 0; d < Dims; ++d) {
                    delta[d] = y[static_cast<size_t>(i * Dims) + d] - y[static_cast<size_t>(j * Dims) + d];
                    squared += delta[d] * delta[d];
                }
                const float kernel = 1 / squared;
                sum += kernel;
                for (size_t d = 0; d < Dims; ++d)
                    force[d] += kernel * kernel * delta[d];
            }
            potential[static_cast<size_t>(i)] = sum - 1; // its own
            for (size_t d = 0; d < Dims; ++d)
                field[static_cast<size_t>(i * Dims) + d] = force[d];
        }
    });
}

} // namespace

void Repulsion::evaluate(std::span<const float> y, std::span<float> potential, std::span<float> field) {
    const torch::NoGradGuard guard;
    const int64_t points = static_cast<int64_t>(y.size()) / grid_->dims;
    if (points <= (grid_->dims == 2 ? fewInPlane : fewInSpace)) {
        for (const float value : y)
            if (!std::isfinite(value))
                throw std::invalid_argument("repulsion: a coordinate is not finite");
        grid_->spacing = 0;
        return grid_->dims == 2 ? sumOverPairs<2>(y, potential, field) : sumOverPairs<3>(y, potential, field);
    }
    grid_->layOut(y);
    if (grid_->dims == 2)
        grid_->layDown<2>(y);
    else
        grid_->layDown<3>(y);
    const Tensor u = grid_->potentialOnGrid();
    if (grid_->dims == 2)
        grid_->readOff<2>(y, u.data_ptr<float>(), potential, field);
    else
        grid_->readOff<3>(y, u.data_ptr<float>(), potential, field);
}

} // namespace galatea
