#pragma once
// Bilinear upsampling by two as the first TensorFlow did it, differentiable.

#include <torch/torch.h>

namespace galatea {

/// x [N,C,H,W] → [N,C,2H,2W]. Output index i reads input position i/2, edges clamped: even outputs copy,
/// odd outputs average two neighbours (the last repeats the edge). Half-pixel centres, today's usual
/// choice, would shift the image by a quarter of an input pixel.
torch::Tensor upsampleLegacyBilinear(const torch::Tensor& x);

} // namespace galatea
