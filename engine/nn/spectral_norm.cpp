#include "nn/spectral_norm.h"

namespace galatea {

namespace {

using torch::Tensor;

constexpr double smallestNorm = 1e-12; // a weight of zeros must not divide by nothing

/// The order of the columns does not matter for the norm; this one needs no copy of channels-last weights.
/// The vectors keep the order [C,k,k], whatever the memory: withColumns() and inOrder() change between them.
Tensor asMatrix(const Tensor& weight) {
    const Tensor lastly = weight.dim() == 4 ? weight.permute({0, 2, 3, 1}) : weight;
    return lastly.reshape({weight.size(0), -1});
}

/// v in the order of asMatrix(weight)'s columns.
Tensor withColumns(const Tensor& v, const Tensor& weight) {
    if (weight.dim() != 4)
        return v;
    return v.view({weight.size(1), weight.size(2), weight.size(3)}).permute({1, 2, 0}).reshape(-1);
}

/// The way back.
Tensor inOrder(const Tensor& v, const Tensor& weight) {
    if (weight.dim() != 4)
        return v;
    return v.view({weight.size(2), weight.size(3), weight.size(1)}).permute({2, 0, 1}).reshape(-1);
}

void iterate(const Tensor& weight, Tensor& u, Tensor& v) {
    Tensor columns = withColumns(v, weight);
    powerIteration(asMatrix(weight), u, columns);
    v.copy_(inOrder(columns, weight));
}

Tensor unit(const Tensor& vector) {
    return vector / vector.norm().clamp_min(smallestNorm);
}

} // namespace

void powerIteration(const Tensor& matrix, Tensor& u, Tensor& v) {
    const torch::NoGradGuard guard;
    const Tensor w = matrix.detach();
    v.copy_(unit(torch::mv(w.t(), u)));
    u.copy_(unit(torch::mv(w, v)));
}

Tensor dividedBySpectralNorm(const Tensor& weight, const Tensor& u, const Tensor& v) {
    // Copies, so that a later iteration in place does not reach into this one's gradient.
    const Tensor sigma = torch::dot(u.clone(), torch::mv(asMatrix(weight), withColumns(v.clone(), weight)));
    return weight / sigma.clamp_min(smallestNorm);
}

SpectralNormImpl::SpectralNormImpl(const std::vector<Tensor>& weights, uint64_t seed, int iterations) {
    auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
    for (size_t i = 0; i < weights.size(); ++i) {
        const Tensor matrix = asMatrix(weights[i].detach());
        const auto random = [&](int64_t size) {
            return unit(torch::randn({size}, generator, torch::kFloat32).to(matrix.options()));
        };
        u_.push_back(register_buffer("u_" + std::to_string(i), random(matrix.size(0))));
        v_.push_back(register_buffer("v_" + std::to_string(i), random(matrix.size(1))));
    }
    settle(weights, iterations);
}

void SpectralNormImpl::settle(const std::vector<Tensor>& weights, int iterations) {
    TORCH_CHECK(weights.size() == u_.size(), "as many weights as singular vectors");
    for (size_t i = 0; i < weights.size(); ++i)
        for (int step = 0; step < iterations; ++step)
            iterate(weights[i], u_[i], v_[i]);
}

std::vector<Tensor> SpectralNormImpl::normalised(const std::vector<Tensor>& weights, bool learn) {
    TORCH_CHECK(weights.size() == u_.size(), "as many weights as singular vectors");
    std::vector<Tensor> result;
    for (size_t i = 0; i < weights.size(); ++i) {
        if (learn)
            iterate(weights[i], u_[i], v_[i]);
        result.push_back(dividedBySpectralNorm(weights[i], u_[i], v_[i]));
    }
    return result;
}

} // namespace galatea
