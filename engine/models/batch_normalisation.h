#pragma once
// Batch normalisation (Ioffe & Szegedy 2015) without a learned scale or shift, over the whole batch also
// where several processes share it. Engine-internal: names torch types.

#include <torch/torch.h>

#include "models/batch_context.h"

namespace galatea {

struct BatchNormalisationSettings {
    double epsilon = 1e-4; ///< added to the variance
    double momentum = 0.1; ///< share of a new batch in the running statistics
};

/// y = (x − mean) / √(variance + ε) per channel. x [N,C] or [N,C,H,W]. The running statistics are the buffers
/// running_mean and running_var [C]; the variance there is the unbiased one.
class BatchNormalisationImpl : public torch::nn::Module {
  public:
    explicit BatchNormalisationImpl(int64_t channels, BatchNormalisationSettings settings = {});

    /// With the running statistics: each image on its own.
    torch::Tensor forward(const torch::Tensor& x) const;
    /// With the batch's own mean and variance, which move the running ones.
    torch::Tensor forward(const torch::Tensor& x, const BatchContext& context);

    torch::Tensor runningMean, runningVariance;

  private:
    BatchNormalisationSettings settings_;
};
TORCH_MODULE(BatchNormalisation);

} // namespace galatea
