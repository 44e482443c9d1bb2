#pragma once
// The three objectives. Engine-internal: names torch types.

#include <torch/torch.h>

namespace galatea {

/// Least squares (Mao et al. 2017, equation 2 with a = 0, b = 1): ½⟨(D(x) − 1)²⟩ + ½⟨D(G(z))²⟩.
torch::Tensor lsganDiscriminatorLoss(const torch::Tensor& ofReal, const torch::Tensor& ofMade);
/// ½⟨(D(G(z)) − 1)²⟩ (c = 1).
torch::Tensor lsganGeneratorLoss(const torch::Tensor& ofMade);
/// ⟨‖z − E(G(z))‖²⟩, the mean over images of the sum over latents (Murray et al. 2019, equation 1).
torch::Tensor embedderLoss(const torch::Tensor& z, const torch::Tensor& embedded);
/// ⟨(x − G(E(x)))²⟩, the mean over images and pixels. Not of the paper: with it the generator is also held to
/// draw what the survey holds, and the embedder to find it.
torch::Tensor redrawingLoss(const torch::Tensor& images, const torch::Tensor& redrawn);
/// Squared sliced Wasserstein distance of a batch's latents from the unit Gaussian, times D (Kolouri et al.
/// 2018, Sliced-Wasserstein autoencoder, equation 12; not of the paper): the mean over directions p and
/// images of (t_ip − Φ⁻¹((r_ip − ½)/N))², where t_ip is latent vector i along direction p and r_ip its rank
/// among the N. `latents` [n,D] are the batch's rows from `first` on, `batch` [N,D] all of them without
/// gradient, `directions` [P,D] of any length.
torch::Tensor priorLoss(const torch::Tensor& latents, const torch::Tensor& batch, int64_t first,
                        const torch::Tensor& directions);

} // namespace galatea
