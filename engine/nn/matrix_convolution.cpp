#include "nn/matrix_convolution.h"

#include <ATen/Parallel.h>

#include "nn/shared_product.h"

namespace galatea {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t mostNumbers = int64_t{1} << 20; // of the copied pixels at once: 4 MB

Tensor channelsLast(const Tensor& x) {
    return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

/// [A,B,k,k] as a matrix [A, k·k·B], a view if the weight is channels-last.
Tensor asMatrix(const Tensor& weight) {
    return weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
}

/// The way back, a view.
Tensor asWeight(const Tensor& matrix, const Tensor& like) {
    return matrix.view({like.size(0), like.size(2), like.size(3), like.size(1)}).permute({0, 3, 1, 2});
}

/// A fine map [N,C,H,W] and a coarse one [N,·,h,w], of which each pixel sees k×k of the fine one's.
struct Windows {
    int64_t channels, height, width, kernel, stride, padding;

    int64_t coarse(int64_t fine) const { return (fine + 2 * padding - kernel) / stride + 1; }
    int64_t coarseHeight() const { return coarse(height); }
    int64_t coarseWidth() const { return coarse(width); }
    int64_t pixels() const { return coarseHeight() * coarseWidth(); }
    int64_t seen() const { return kernel * kernel * channels; } ///< numbers of a window
    /// So many images are done at once.
    int64_t portion() const {
        return std::max<int64_t>(1, mostNumbers / std::max<int64_t>(1, pixels() * seen()));
    }

    /// What each coarse pixel sees: fine [n,H,W,C] → [n·h·w, k·k·C], zeros beyond the edge.
    void gather(const float* fine, float* columns, int64_t images) const {
        const int64_t h = coarseHeight(), w = coarseWidth();
        at::parallel_for(0, images * h, 4, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row)
                for (int64_t x = 0; x < w; ++x) {
                    float* to = columns + (row * w + x) * seen();
                    for (int64_t ky = 0; ky < kernel; ++ky, to += kernel * channels)
                        gatherRow(fine + row / h * height * width * channels, row % h * stride - padding + ky,
                                  x * stride - padding, to);
                }
        });
    }

    /// The transpose: each fine pixel is the sum of what the windows with it say of it.
    void scatter(const float* columns, float* fine, int64_t images) const {
        at::parallel_for(0, images * height, 4, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row) {
                const float* image = columns + row / height * pixels() * seen();
                float* to = fine + row * width * channels;
                std::fill(to, to + width * channels, 0.0f);
                for (int64_t ky = 0; ky < kernel; ++ky) {
                    const int64_t y = row % height + padding - ky;
                    if (y >= 0 && y % stride == 0 && y / stride < coarseHeight())
                        scatterRow(image + (y / stride * coarseWidth() * kernel + ky) * kernel * channels,
                                   to);
                }
            }
        });
    }

  private:
    /// k pixels of the fine row y from column x on.
    void gatherRow(const float* image, int64_t y, int64_t x, float* to) const {
        const int64_t left = std::clamp<int64_t>(-x, 0, kernel),
                      right = std::clamp<int64_t>(width - x, left, kernel);
        if (y < 0 || y >= height) {
            std::fill(to, to + kernel * channels, 0.0f);
            return;
        }
        std::fill(to, to + left * channels, 0.0f);
        const float* from = image + (y * width + x) * channels;
        std::copy(from + left * channels, from + right * channels, to + left * channels);
        std::fill(to + right * channels, to + kernel * channels, 0.0f);
    }

    /// One row of windows, one row of their kernels, onto one fine row.
    void scatterRow(const float* windows, float* to) const {
        for (int64_t x = 0; x < coarseWidth(); ++x, windows += seen())
            for (int64_t kx = 0; kx < kernel; ++kx) {
                const int64_t column = x * stride - padding + kx;
                if (column < 0 || column >= width)
                    continue;
                const float* from = windows + kx * channels;
                float* pixel = to + column * channels;
                for (int64_t c = 0; c < channels; ++c)
                    pixel[c] += from[c];
            }
    }
};

/// A map [N,C,H,W], channels-last, as rows of pixels [N·H·W, C]; a view.
Tensor asRows(const Tensor& map) {
    return map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
}

Tensor emptyMap(int64_t images, int64_t channels, int64_t height, int64_t width, const Tensor& like) {
    return torch::empty({images, channels, height, width},
                        like.options().memory_format(torch::MemoryFormat::ChannelsLast));
}

/// Calls `one` with portions of the batch: rows of `coarse` and what those pixels see.
template <typename One>
void overPortions(const Windows& windows, int64_t images, const One& one) {
    for (int64_t begin = 0; begin < images; begin += windows.portion())
        one(begin, std::min(windows.portion(), images - begin));
}

Tensor columnsOf(const Windows& windows, const Tensor& fine, int64_t begin, int64_t count) {
    Tensor columns = torch::empty({count * windows.pixels(), windows.seen()}, fine.options());
    windows.gather(fine.data_ptr<float>() + begin * windows.height * windows.width * windows.channels,
                   columns.data_ptr<float>(), count);
    return columns;
}

/// fine [N,C,H,W], weight [O, k·k·C] → coarse [N,O,h,w].
Tensor narrowed(const Windows& windows, const Tensor& fine, const Tensor& matrix) {
    Tensor coarse =
        emptyMap(fine.size(0), matrix.size(0), windows.coarseHeight(), windows.coarseWidth(), fine);
    const Tensor rows = asRows(coarse);
    overPortions(windows, fine.size(0), [&](int64_t begin, int64_t count) {
        Tensor share = rows.narrow(0, begin * windows.pixels(), count * windows.pixels());
        sharedProductInto(share, columnsOf(windows, fine, begin, count), matrix.t());
    });
    return coarse;
}

/// coarse [N,O,h,w], weight [O, k·k·C] → fine [N,C,H,W].
Tensor widened(const Windows& windows, const Tensor& coarse, const Tensor& matrix) {
    Tensor fine = emptyMap(coarse.size(0), windows.channels, windows.height, windows.width, coarse);
    const Tensor rows = asRows(coarse);
    overPortions(windows, coarse.size(0), [&](int64_t begin, int64_t count) {
        const Tensor columns =
            sharedProduct(rows.narrow(0, begin * windows.pixels(), count * windows.pixels()), matrix);
        windows.scatter(columns.data_ptr<float>(),
                        fine.data_ptr<float>() + begin * windows.height * windows.width * windows.channels,
                        count);
    });
    return fine;
}

/// Both maps → what the weight's matrix [O, k·k·C] gets.
Tensor correlated(const Windows& windows, const Tensor& fine, const Tensor& coarse) {
    Tensor sum = torch::empty({coarse.size(1), windows.seen()}, fine.options());
    const Tensor rows = asRows(coarse);
    overPortions(windows, fine.size(0), [&](int64_t begin, int64_t count) {
        const Tensor share = rows.narrow(0, begin * windows.pixels(), count * windows.pixels());
        sharedProductInto(sum, share.t(), columnsOf(windows, fine, begin, count),
                          begin == 0 ? Product::Replaces : Product::IsAdded);
    });
    return sum;
}

Windows windowsOf(const Tensor& fine, const Tensor& weight, int64_t stride, int64_t padding) {
    return {weight.size(1), fine.size(2), fine.size(3), weight.size(2), stride, padding};
}

/// Those of the fine map that `coarse` is widened to.
Windows windowsInto(const Tensor& coarse, const Tensor& weight, int64_t stride, int64_t padding) {
    const auto fine = [&](int64_t size) { return (size - 1) * stride - 2 * padding + weight.size(2); };
    return {weight.size(1), fine(coarse.size(2)), fine(coarse.size(3)), weight.size(2), stride, padding};
}

enum class Towards { Coarse, Fine }; ///< a convolution, a transposed one: each is the other's gradient

template <Towards towards>
struct Convolution : torch::autograd::Function<Convolution<towards>> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, int64_t stride,
                          int64_t padding) {
        const Tensor map = channelsLast(x);
        context->save_for_backward({map, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        if constexpr (towards == Towards::Coarse)
            return narrowed(windowsOf(map, weight, stride, padding), map, asMatrix(weight));
        else
            return widened(windowsInto(map, weight, stride, padding), map, asMatrix(weight));
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &map = saved[0], &weight = saved[1], gradient = channelsLast(gradients[0]);
        const Tensor &fine = towards == Towards::Coarse ? map : gradient,
                     &coarse = towards == Towards::Coarse ? gradient : map;
        const Windows windows = windowsOf(fine, weight, context->saved_data["stride"].toInt(),
                                          context->saved_data["padding"].toInt());
        Tensor ofX, ofWeight;
        if (context->needs_input_grad(0))
            ofX = towards == Towards::Coarse ? widened(windows, coarse, asMatrix(weight))
                                             : narrowed(windows, fine, asMatrix(weight));
        if (context->needs_input_grad(1))
            ofWeight = asWeight(correlated(windows, fine, coarse), weight);
        return {ofX, ofWeight, Tensor(), Tensor()};
    }
};

/// Everything else is LibTorch's, also to refuse. `channels`: the axis of the weight that x's meet.
bool possible(const Tensor& x, const Tensor& weight, int64_t channels) {
    return x.numel() > 0 && weight.dim() == 4 && x.size(1) == weight.size(channels) && x.is_cpu() &&
           x.dim() == 4 && x.scalar_type() == torch::kFloat32 && weight.scalar_type() == torch::kFloat32 &&
           weight.size(2) == weight.size(3);
}

Tensor withBias(const Tensor& map, const Tensor& bias) {
    return bias.defined() ? map + bias.view({1, -1, 1, 1}) : map;
}

} // namespace

Tensor matrixConvolution(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t stride,
                         int64_t padding) {
    if (!possible(x, weight, 1) || std::min(x.size(2), x.size(3)) + 2 * padding < weight.size(2))
        return torch::conv2d(x, weight, bias, stride, padding);
    return withBias(Convolution<Towards::Coarse>::apply(x, weight, stride, padding), bias);
}

Tensor transposedMatrixConvolution(const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t stride,
                                   int64_t padding) {
    const auto nothingLeft = [&](int64_t size) {
        return (size - 1) * stride - 2 * padding + weight.size(2) <= 0;
    };
    if (!possible(x, weight, 0) || nothingLeft(std::min(x.size(2), x.size(3))))
        return torch::conv_transpose2d(x, weight, bias, stride, padding);
    return withBias(Convolution<Towards::Fine>::apply(x, weight, stride, padding), bias);
}

void keepChannelsLast(torch::nn::Module& module) {
    for (Tensor& parameter : module.parameters())
        if (parameter.dim() == 4)
            parameter.set_data(channelsLast(parameter));
}

} // namespace galatea
