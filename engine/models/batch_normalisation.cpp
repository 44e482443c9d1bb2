#include "models/batch_normalisation.h"

#include <algorithm>

namespace galatea {

using torch::Tensor;

BatchNormalisationImpl::BatchNormalisationImpl(int64_t channels, BatchNormalisationSettings settings)
    : runningMean(register_buffer("running_mean", torch::zeros({channels}))),
      runningVariance(register_buffer("running_var", torch::ones({channels}))), settings_(settings) {}

Tensor BatchNormalisationImpl::forward(const Tensor& x) const {
    return torch::batch_norm(x, {}, {}, runningMean, runningVariance, false, settings_.momentum,
                             settings_.epsilon, false);
}

Tensor BatchNormalisationImpl::forward(const Tensor& x, const BatchContext& context) {
    const BatchShare& share = context.share();
    const auto perImage = static_cast<double>(x.dim() == 4 ? x.size(2) * x.size(3) : 1);
    const double count = perImage * static_cast<double>(share.total);
    if (share.images == share.total && count > 1) // the whole batch is here: one fused operation
        return torch::batch_norm(x, {}, {}, runningMean, runningVariance, true, settings_.momentum,
                                 settings_.epsilon, false);
    const std::vector<int64_t> over = x.dim() == 4 ? std::vector<int64_t>{0, 2, 3} : std::vector<int64_t>{0};
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[1] = x.size(1);
    const Tensor mean = context.sumOverBatch(x.sum(over)) / count;
    const Tensor centred = x - mean.view(shape);
    const Tensor variance = context.sumOverBatch(centred.square().sum(over)) / count;
    const torch::NoGradGuard guard;
    runningMean.lerp_(mean.detach(), settings_.momentum);
    runningVariance.lerp_(variance.detach() * (count / std::max(count - 1, 1.0)), settings_.momentum);
    const torch::AutoGradMode gradients(true);
    return centred * (variance + settings_.epsilon).rsqrt().view(shape);
}

} // namespace galatea
