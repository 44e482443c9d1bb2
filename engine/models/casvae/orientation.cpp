#include "models/casvae/orientation.h"

namespace galatea {

torch::Tensor rankConcordance(const torch::Tensor& a, const torch::Tensor& b) {
    const auto n = static_cast<double>(a.size(0));
    const auto order = [](const torch::Tensor& x) { return (x.unsqueeze(0) - x.unsqueeze(1)).sign(); };
    return (order(a) * order(b)).sum() / std::max(n * (n - 1), 1.0);
}

} // namespace galatea
