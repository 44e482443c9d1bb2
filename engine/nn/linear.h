#pragma once
// Fully connected layers on all threads of a CPU. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// y = x Wᵀ + b, as torch::nn::Linear. x [N,in] → [N,out]. OpenBLAS is held to one thread here (nn/device.cpp
/// says why), so each large product, of the gradients too, is cut along its columns into as many parts as
/// there are threads. The same for the same number of threads.
torch::Tensor connected(const torch::nn::Linear& layer, const torch::Tensor& x);

} // namespace galatea
