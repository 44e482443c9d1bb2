#pragma once
// Matrix products on all threads of a CPU. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// left [M,I] · right [I,N] → [M,N], without gradient. OpenBLAS is held to one thread here (nn/device.cpp
/// says why), so the columns of a large result are shared among the threads. The same for the same number of
/// them.
torch::Tensor sharedProduct(const torch::Tensor& left, const torch::Tensor& right);

enum class Product { Replaces, IsAdded }; ///< what is there already
/// The same into a result [M,N] that is there.
void sharedProductInto(torch::Tensor& result, const torch::Tensor& left, const torch::Tensor& right,
                       Product what = Product::Replaces);

} // namespace galatea
