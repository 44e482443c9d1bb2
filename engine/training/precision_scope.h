#pragma once
// Mixed precision for the length of a scope. Engine-internal: names torch types.

#include <ATen/autocast_mode.h>

#include "nn/image_tensor.h"

namespace galatea {

/// bfloat16 inside, where asked for and where the device has it.
class PrecisionScope {
  public:
    explicit PrecisionScope(bool mixed) : mixed_(mixed && computeDevice().is_cuda()) {
        if (mixed_) {
            at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
            at::autocast::set_enabled(true);
        }
    }
    ~PrecisionScope() {
        if (mixed_) {
            at::autocast::clear_cache();
            at::autocast::set_enabled(false);
        }
    }
    PrecisionScope(const PrecisionScope&) = delete;
    PrecisionScope& operator=(const PrecisionScope&) = delete;

  private:
    bool mixed_;
};

} // namespace galatea
