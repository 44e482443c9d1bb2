#pragma once
// Divergences of a diagonal Gaussian posterior q(z|x) = N(m, e^l) from the priors used here.

#include <torch/torch.h>

namespace galatea {

/// KL(N(m, e^l) ‖ N(0, I)) per object: −½ Σ_d (1 + l − m² − e^l). m, l [N,D] → [N].
torch::Tensor klToUnitGaussian(const torch::Tensor& mean, const torch::Tensor& logvar);

/// A mixture's tensors during training.
struct MixtureTensors {
    torch::Tensor logWeights; ///< [K], of normalised weights
    torch::Tensor means;      ///< [K,D]
    torch::Tensor variances;  ///< [K,D], positive
};

/// log π_k + log N(z_n; μ_k, σ²_k). z [N,D] → [N,K].
torch::Tensor jointLogProbability(const MixtureTensors& mixture, const torch::Tensor& z);

/// The s3VDC responsibilities (Cao et al. 2020; AstroVaDEr eq. 17): log p(k|z) up to a constant is min–max
/// scaled over the whole batch to [−range, 0] before the softmax over k, so no component's probability can
/// underflow. logJoint [N,K] → [N,K]. This is not the plain posterior.
torch::Tensor scaledResponsibilities(const torch::Tensor& logJoint, double range);
/// The same where the batch is shared among processes: `low` and `high` are its smallest and largest value.
torch::Tensor scaledResponsibilities(const torch::Tensor& logJoint, double range, const torch::Tensor& low,
                                     const torch::Tensor& high);

/// KL of q(z|x) q(c|x) from the mixture prior p(z|c) p(c) (VaDE, Jiang et al. 2017, eq. 12) per object:
/// ½ Σ_k γ_k Σ_d [log 2π + log σ²_kd + (e^{l_d} + (m_d − μ_kd)²)/σ²_kd] − Σ_k γ_k log π_k + Σ_k γ_k log γ_k
/// − ½ Σ_d (1 + l_d + log 2π). m, l [N,D], γ [N,K] → [N].
/// The constant log 2π of the entropy is kept, so the value is a true divergence (0 where q equals the
/// prior).
torch::Tensor klToMixture(const torch::Tensor& mean, const torch::Tensor& logvar,
                          const torch::Tensor& responsibility, const MixtureTensors& mixture);

} // namespace galatea
