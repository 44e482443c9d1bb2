#pragma once
// Array ↔ torch::Tensor. Engine-internal: names torch types.

#include <torch/torch.h>

#include "core/array.h"

namespace galatea {

/// The device chosen by setDevice().
torch::Device computeDevice();

/// float32 tensor of the same shape. Shares the array's memory on the CPU (strides kept): treat it as
/// read-only.
torch::Tensor toTensor(const Array& array);

/// Contiguous float32 array on the CPU; shares the tensor's memory where it already is that.
Array toArray(const torch::Tensor& tensor);

} // namespace galatea
