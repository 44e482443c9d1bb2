#include "models/lsgan/loss.h"

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

} // namespace galatea
