#include "training/augment.h"

#include <array>
#include <numbers>

#include <ATen/Parallel.h>

namespace galatea {

namespace {

using torch::Tensor;

Tensor perImage(const Tensor& values) {
    return values.view({-1, 1, 1, 1});
}

/// What is drawn for each image: flips along either axis, then quarter turns.
struct Symmetries {
    Tensor vertical, horizontal; ///< bool [n], undefined: none
    Tensor quarters;             ///< float [n], 0 to 3, undefined: none
};

Symmetries drawnSymmetries(const TrainOptions& options, bool square, BatchContext& context) {
    Symmetries drawn;
    if (options.flips) {
        drawn.vertical = context.uniform({}).lt(0.5);
        drawn.horizontal = context.uniform({}).lt(0.5);
    }
    if (options.quarterTurns && square)
        drawn.quarters = (context.uniform({}) * 4).floor();
    return drawn;
}

/// By tensor operations, on any device and type. Exact: no pixel is interpolated.
Tensor transformedByOperations(const Tensor& images, const Symmetries& drawn) {
    Tensor result = images;
    if (drawn.vertical.defined()) {
        result = torch::where(perImage(drawn.vertical), result.flip(2), result);
        result = torch::where(perImage(drawn.horizontal), result.flip(3), result);
    }
    if (drawn.quarters.defined()) {
        const Tensor flipped = result, turn = perImage(drawn.quarters);
        for (int64_t quarters = 1; quarters < 4; ++quarters)
            result = torch::where(turn.eq(quarters), flipped.rot90(quarters, {2, 3}), result);
    }
    return result;
}

/// Where in a plane of W columns the pixel lies that comes to (row, column): first + row·down + column·along.
struct PixelPath {
    int64_t first, down, along;
};

PixelPath pathOf(int64_t height, int64_t width, bool vertical, bool horizontal, int64_t quarters) {
    // Rows and columns before the turn, as (at 0, 0; per row; per column), and then before the flips.
    const int64_t bottom = height - 1, right = width - 1;
    const std::array<std::array<int64_t, 6>, 4> turns{{{0, 1, 0, 0, 0, 1},
                                                       {0, 0, 1, right, -1, 0},
                                                       {bottom, -1, 0, right, 0, -1},
                                                       {bottom, 0, -1, 0, 1, 0}}};
    auto [y, yDown, yAlong, x, xDown, xAlong] = turns[static_cast<size_t>(quarters)];
    if (vertical)
        y = bottom - y, yDown = -yDown, yAlong = -yAlong;
    if (horizontal)
        x = right - x, xDown = -xDown, xAlong = -xAlong;
    return {y * width + x, yDown * width + xDown, yAlong * width + xAlong};
}

/// The same in one pass over memory.
Tensor transformedOnCpu(const Tensor& images, const Symmetries& drawn) {
    const Tensor from = images.contiguous();
    const int64_t channels = from.size(1), height = from.size(2), width = from.size(3),
                  plane = height * width;
    const auto is = [](const Tensor& flags, int64_t n) {
        return flags.defined() && flags.data_ptr<bool>()[n];
    };
    const auto turns = [&](int64_t n) {
        return drawn.quarters.defined() ? static_cast<int64_t>(drawn.quarters.data_ptr<float>()[n]) : 0;
    };
    Tensor result = torch::empty_like(from);
    const float* pixels = from.data_ptr<float>();
    float* out = result.data_ptr<float>();
    at::parallel_for(0, from.size(0) * channels, 4, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t n = i / channels;
            const PixelPath path =
                pathOf(height, width, is(drawn.vertical, n), is(drawn.horizontal, n), turns(n));
            const float* row = pixels + i * plane + path.first;
            float* to = out + i * plane;
            for (int64_t y = 0; y < height; ++y, row += path.down, to += width)
                if (path.along == 1)
                    std::copy_n(row, width, to);
                else
                    for (int64_t x = 0; x < width; ++x)
                        to[x] = row[x * path.along];
        }
    });
    return result;
}

Tensor randomlyTransformed(const Tensor& images, const TrainOptions& options, BatchContext& context) {
    const Symmetries drawn = drawnSymmetries(options, images.size(2) == images.size(3), context);
    if (!drawn.vertical.defined() && !drawn.quarters.defined())
        return images;
    const bool simple = images.is_cpu() && images.scalar_type() == torch::kFloat32 && images.numel() > 0;
    return simple ? transformedOnCpu(images, drawn) : transformedByOperations(images, drawn);
}

/// Turned about the centre and shifted; bilinear, with the edges repeated outwards.
Tensor randomlyMoved(const Tensor& images, const TrainOptions& options, BatchContext& context) {
    const Tensor angle = (2 * context.uniform({}) - 1) * (options.rotation * std::numbers::pi / 180);
    const Tensor shift = (2 * context.uniform({2}) - 1) * options.shift; // pixels, x and y
    const auto height = static_cast<double>(images.size(2)), width = static_cast<double>(images.size(3));
    // affine_grid's coordinates run from −1 to 1 along each axis: a turn of pixels is none of those.
    const Tensor cosine = angle.cos(), sine = angle.sin();
    const Tensor rows =
        torch::stack({torch::stack({cosine, -sine * (height / width), shift.select(1, 0) * (2 / width)}, 1),
                      torch::stack({sine * (width / height), cosine, shift.select(1, 1) * (2 / height)}, 1)},
                     1);
    namespace F = torch::nn::functional;
    const Tensor grid = F::affine_grid(rows, images.sizes().vec(), false);
    return F::grid_sample(
        images, grid,
        F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kBorder).align_corners(false));
}

} // namespace

Tensor augmented(const Tensor& images, const TrainOptions& options, BatchContext& context) {
    const torch::NoGradGuard guard;
    Tensor result = randomlyTransformed(images, options, context);
    if (options.rotation > 0 || options.shift > 0)
        result = randomlyMoved(result, options, context);
    if (options.noise > 0)
        result = result + options.noise * context.normal(images.sizes().slice(1).vec());
    return result;
}

} // namespace galatea
