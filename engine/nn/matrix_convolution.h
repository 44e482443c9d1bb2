#pragma once
// Convolutions of a whole batch as one matrix product. Engine-internal: names torch types.
//
// For deep maps of few pixels: with 1024 channels of 2×2 pixels oneDNN's direct convolutions and LibTorch's
// transposed ones (a product for each image) reach a tenth of what a processor can multiply, one product of
// all images most of it. Maps are kept channels-last inside, so that the pixels a kernel sees are copied in
// whole runs. Weights that are channels-last too are used where they lie; others are copied at every call.

#include <torch/torch.h>

namespace galatea {

/// As torch::conv2d. x [N,C,H,W], weight [O,C,k,k], bias [O] or undefined → [N,O,H',W'] with
/// H' = (H + 2·padding − k) / stride + 1, channels-last. Differentiable once, in x, weight and bias. On
/// other devices and in other types it is torch::conv2d.
torch::Tensor matrixConvolution(const torch::Tensor& x, const torch::Tensor& weight,
                                const torch::Tensor& bias, int64_t stride, int64_t padding);

/// As torch::conv_transpose2d. x [N,C,H,W], weight [C,O,k,k] → [N,O,H',W'] with
/// H' = (H − 1)·stride − 2·padding + k.
torch::Tensor transposedMatrixConvolution(const torch::Tensor& x, const torch::Tensor& weight,
                                          const torch::Tensor& bias, int64_t stride, int64_t padding);

/// Weights of four axes become channels-last, in place.
void keepChannelsLast(torch::nn::Module& module);

} // namespace galatea
