#include "models/lsgan/loss.h"

#include <cmath>

namespace galatea {

torch::Tensor lsganDiscriminatorLoss(const torch::Tensor& ofReal, const torch::Tensor& ofMade) {
    return 0.5 * (ofReal - 1).square().mean() + 0.5 * ofMade.square().mean();
}

torch::Tensor lsganGeneratorLoss(const torch::Tensor& ofMade) {
    return 0.5 * (ofMade - 1).square().mean();
}

torch::Tensor embedderLoss(const torch::Tensor& z, const torch::Tensor& embedded) {
    return (z - embedded).square().sum(1).mean();
}

torch::Tensor redrawingLoss(const torch::Tensor& images, const torch::Tensor& redrawn) {
    return (images - redrawn).square().mean();
}

torch::Tensor priorLoss(const torch::Tensor& latents, const torch::Tensor& batch, int64_t first,
                        const torch::Tensor& directions) {
    const torch::Tensor towards = (directions / directions.norm(2, 1, true)).t();
    const int64_t count = batch.size(0);
    const torch::Tensor share = (torch::arange(count, latents.options()) + 0.5) / static_cast<double>(count);
    const torch::Tensor quantile = std::sqrt(2.0) * torch::erfinv(2 * share - 1);
    const torch::Tensor rank = torch::matmul(batch, towards).argsort(int64_t{0}).argsort(int64_t{0});
    const torch::Tensor target = quantile.index({rank.narrow(0, first, latents.size(0))});
    return (torch::matmul(latents, towards) - target).square().mean() * static_cast<double>(latents.size(1));
}

} // namespace galatea
