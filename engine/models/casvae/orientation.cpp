#include "models/casvae/orientation.h"

namespace galatea {

torch::Tensor rankConcordances(const torch::Tensor& columns) {
    const auto n = static_cast<double>(columns.size(0));
    const torch::Tensor each = columns.t(); // [M,N]
    const torch::Tensor order = (each.unsqueeze(1) - each.unsqueeze(2)).sign().flatten(1);
    return torch::matmul(order, order.t()) / std::max(n * (n - 1), 1.0);
}

torch::Tensor rankConcordance(const torch::Tensor& a, const torch::Tensor& b) {
    return rankConcordances(torch::stack({a, b}, 1))[0][1];
}

int64_t mostAgreedWith(const torch::Tensor& concordances) {
    const torch::Tensor others = concordances.abs().fill_diagonal_(0).sum(1);
    return others.argmax().item<int64_t>();
}

} // namespace galatea
