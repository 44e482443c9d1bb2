#include "nn/kl_divergence.h"

#include <cmath>
#include <numbers>

namespace galatea {

namespace {
const double log2Pi = std::log(2 * std::numbers::pi);
}

torch::Tensor klToUnitGaussian(const torch::Tensor& mean, const torch::Tensor& logvar) {
    return -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1);
}

torch::Tensor jointLogProbability(const MixtureTensors& mixture, const torch::Tensor& z) {
    const torch::Tensor deviation = z.unsqueeze(1) - mixture.means.unsqueeze(0); // [N,K,D]
    const torch::Tensor squared = deviation.square() / mixture.variances;
    return mixture.logWeights - 0.5 * (log2Pi + mixture.variances.log() + squared).sum(2);
}

torch::Tensor scaledResponsibilities(const torch::Tensor& logJoint, double range) {
    return scaledResponsibilities(logJoint, range, logJoint.min(), logJoint.max());
}

torch::Tensor scaledResponsibilities(const torch::Tensor& logJoint, double range, const torch::Tensor& low,
                                     const torch::Tensor& high) {
    // A batch whose values are all alike has nothing to scale: the tiny number keeps 0/0 away.
    const torch::Tensor unit = (logJoint - low) / (high - low).clamp_min(1e-12);
    return torch::softmax(range * (unit - 1), 1);
}

torch::Tensor klToMixture(const torch::Tensor& mean, const torch::Tensor& logvar,
                          const torch::Tensor& responsibility, const MixtureTensors& mixture) {
    const torch::Tensor deviation = mean.unsqueeze(1) - mixture.means.unsqueeze(0); // [N,K,D]
    const torch::Tensor squared = (logvar.exp().unsqueeze(1) + deviation.square()) / mixture.variances;
    const torch::Tensor cross = 0.5 * (log2Pi + mixture.variances.log() + squared).sum(2); // [N,K]
    const torch::Tensor logGamma = responsibility.clamp_min(1e-30).log();
    const torch::Tensor overComponents = (responsibility * (cross - mixture.logWeights + logGamma)).sum(1);
    return overComponents - 0.5 * (1 + log2Pi + logvar).sum(1);
}

} // namespace galatea
