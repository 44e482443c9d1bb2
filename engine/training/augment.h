#pragma once
// Random changes to training images that leave what they show the same. Engine-internal: names torch types.

#include <torch/torch.h>

#include "models/batch_context.h"
#include "training/train.h"

namespace galatea {

/// images [n,C,H,W] flipped, turned, shifted and made noisier as the options ask, each image on its own.
/// Draws only from the context, so that several processes change an image of a batch as one would.
torch::Tensor augmented(const torch::Tensor& images, const TrainOptions& options, BatchContext& context);

} // namespace galatea
