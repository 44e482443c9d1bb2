#include "nn/upsample.h"

#include <ATen/Parallel.h>

namespace galatea {

namespace {

using torch::Tensor;

/// One output row from two input rows of W pixels with C channels beside each other (channels last).
void writeRow(const float* above, const float* below, float* out, int64_t width, int64_t channels) {
    for (int64_t x = 0; x < width; ++x) {
        const int64_t next = std::min(x + 1, width - 1);
        const float *a = above + x * channels, *b = below + x * channels;
        const float *c = above + next * channels, *d = below + next * channels;
        float *even = out + 2 * x * channels, *odd = even + channels;
        for (int64_t k = 0; k < channels; ++k) {
            const float left = 0.5f * (a[k] + b[k]);
            even[k] = left;
            odd[k] = 0.5f * left + 0.25f * (c[k] + d[k]);
        }
    }
}

/// Channels-last on the CPU in one pass over memory: convolutions there are fastest in that layout.
Tensor upsampleOnCpu(const Tensor& input) {
    const Tensor x = input.contiguous(torch::MemoryFormat::ChannelsLast);
    const int64_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
    Tensor out = torch::empty({n, channels, 2 * height, 2 * width},
                              x.options().memory_format(torch::MemoryFormat::ChannelsLast));
    const auto* from = x.data_ptr<float>();
    auto* to = out.data_ptr<float>();
    const int64_t inRow = width * channels, outRow = 2 * inRow;
    at::parallel_for(0, n * height, 8, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            const bool last = row % height == height - 1;
            const float* above = from + row * inRow;
            const float* below = last ? above : above + inRow;
            writeRow(above, above, to + 2 * row * outRow, width, channels);
            writeRow(above, below, to + (2 * row + 1) * outRow, width, channels);
        }
    });
    return out;
}

/// The same by tensor operations, on any device and type.
Tensor upsampleByOperations(const Tensor& x) {
    const auto along = [](const Tensor& t, int64_t axis) {
        const int64_t size = t.size(axis);
        const Tensor next = torch::cat({t.narrow(axis, 1, size - 1), t.narrow(axis, size - 1, 1)}, axis);
        std::vector<int64_t> shape = t.sizes().vec();
        shape[static_cast<size_t>(axis)] = 2 * size;
        return torch::stack({t, 0.5 * (t + next)}, axis + 1).reshape(shape);
    };
    return along(along(x, 2), 3);
}

/// Transpose of the map along one axis: every input collects from the outputs that read it.
Tensor gradientAlong(const Tensor& gradient, int64_t axis) {
    const int64_t size = gradient.size(axis) / 2;
    const auto half = [&](int64_t offset) { return gradient.slice(axis, offset, 2 * size, 2); };
    const Tensor even = half(0), odd = half(1);
    Tensor result = even + 0.5 * odd;
    if (size > 1)
        result.narrow(axis, 1, size - 1).add_(odd.narrow(axis, 0, size - 1), 0.5);
    result.narrow(axis, size - 1, 1).add_(odd.narrow(axis, size - 1, 1), 0.5);
    return result;
}

struct LegacyBilinear : torch::autograd::Function<LegacyBilinear> {
    static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) {
        if (x.is_cpu() && x.scalar_type() == torch::kFloat32)
            return upsampleOnCpu(x);
        return upsampleByOperations(x);
    }
    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext*,
                                                 torch::autograd::tensor_list gradients) {
        return {gradientAlong(gradientAlong(gradients[0], 3), 2)};
    }
};

} // namespace

Tensor upsampleLegacyBilinear(const Tensor& x) {
    return LegacyBilinear::apply(x);
}

} // namespace galatea
