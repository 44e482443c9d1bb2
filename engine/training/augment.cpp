#include "training/augment.h"

#include <numbers>

namespace galatea {

namespace {

using torch::Tensor;

Tensor perImage(const Tensor& values) {
    return values.view({-1, 1, 1, 1});
}

Tensor randomFlips(const Tensor& images, BatchContext& context) {
    Tensor result = images;
    for (const int64_t axis : {2, 3})
        result = torch::where(perImage(context.uniform({})).lt(0.5), result.flip(axis), result);
    return result;
}

/// By 0, 1, 2 or 3 quarters: exact, no pixel is interpolated.
Tensor randomQuarterTurns(const Tensor& images, BatchContext& context) {
    const Tensor turn = perImage((context.uniform({}) * 4).floor());
    Tensor result = images;
    for (int64_t quarters = 1; quarters < 4; ++quarters)
        result = torch::where(turn.eq(quarters), images.rot90(quarters, {2, 3}), result);
    return result;
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
    Tensor result = images;
    if (options.flips)
        result = randomFlips(result, context);
    if (options.quarterTurns && images.size(2) == images.size(3))
        result = randomQuarterTurns(result, context);
    if (options.rotation > 0 || options.shift > 0)
        result = randomlyMoved(result, options, context);
    if (options.noise > 0)
        result = result + options.noise * context.normal(images.sizes().slice(1).vec());
    return result;
}

} // namespace galatea
