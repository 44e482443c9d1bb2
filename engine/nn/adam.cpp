#include "nn/adam.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <ATen/Parallel.h>

#include "nn/adam_step.h"

namespace galatea {

namespace {

using torch::Tensor;

constexpr int64_t piece = int64_t{1} << 15; // elements: 128 kB of each list, which stay in a core's cache

/// The lists lie in memory element by element alike, wherever the layout puts them.
bool areAlike(const Tensor& a, const Tensor& b) {
    return b.is_cpu() && b.scalar_type() == torch::kFloat32 && a.strides() == b.strides() &&
           b.is_non_overlapping_and_dense();
}

Tensor alike(const Tensor& gradient, const Tensor& parameter) {
    return areAlike(parameter, gradient) ? gradient : torch::empty_like(parameter).copy_(gradient);
}

/// Calls work(begin, end) for pieces of 0 … count, always cut at the same places.
template <class Work>
void forPieces(int64_t count, const Work& work) {
    const int64_t pieces = (count + piece - 1) / piece;
    at::parallel_for(0, pieces, 1, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i)
            work(i * piece, std::min((i + 1) * piece, count));
    });
}

double squaredNorm(const Tensor& gradient) {
    if (!gradient.is_cpu() || gradient.scalar_type() != torch::kFloat32 ||
        !gradient.is_non_overlapping_and_dense())
        return gradient.to(torch::kFloat64).square().sum().item<double>();
    const int64_t count = gradient.numel();
    const auto* values = gradient.data_ptr<float>();
    std::vector<double> sums(static_cast<size_t>((count + piece - 1) / piece));
    forPieces(count, [&](int64_t begin, int64_t end) {
        sums[static_cast<size_t>(begin / piece)] = sumOfSquares(values + begin, end - begin);
    });
    double sum = 0;
    for (const double part : sums)
        sum += part;
    return sum;
}

/// The same by tensor operations, on any device and type.
void updateByOperations(const Tensor& parameter, const Tensor& gradient, Tensor& first, Tensor& second,
                        const AdamStep& u) {
    const Tensor g = gradient * u.gradientFactor + parameter * u.weightDecay;
    first.mul_(u.beta1).add_(g, u.rest1);
    second.mul_(u.beta2).addcmul_(g, g, u.rest2);
    parameter.addcdiv_(first, (second.sqrt() * u.rootOfCorrection).add_(u.epsilon), -u.rate);
}

} // namespace

Adam::Adam(std::vector<torch::Tensor> parameters) : Adam(std::move(parameters), Settings{}) {}

Adam::Adam(std::vector<torch::Tensor> parameters, Settings settings)
    : parameters_(std::move(parameters)), settings_(settings) {
    for (const torch::Tensor& parameter : parameters_) {
        state_.first.push_back(torch::zeros_like(parameter));
        state_.second.push_back(torch::zeros_like(parameter));
    }
}

void Adam::zeroGradients() {
    for (torch::Tensor& parameter : parameters_)
        parameter.mutable_grad() = torch::Tensor();
}

double Adam::gradientNorm() const {
    double sum = 0;
    for (const Tensor& parameter : parameters_)
        if (parameter.grad().defined())
            sum += squaredNorm(parameter.grad());
    return std::sqrt(sum);
}

void Adam::step(double learningRate, double weightDecay, double gradientFactor) {
    const torch::NoGradGuard guard;
    const auto t = static_cast<double>(++state_.steps);
    const double correction1 = 1 - std::pow(settings_.beta1, t);
    const double correction2 = std::sqrt(1 - std::pow(settings_.beta2, t));
    const auto narrowed = [](double value) { return static_cast<float>(value); };
    const AdamStep update{narrowed(settings_.beta1),
                          narrowed(settings_.beta2),
                          narrowed(1 - settings_.beta1),
                          narrowed(1 - settings_.beta2),
                          narrowed(learningRate / correction1),
                          narrowed(1 / correction2),
                          narrowed(settings_.epsilon),
                          narrowed(weightDecay),
                          narrowed(gradientFactor)};
    for (size_t i = 0; i < parameters_.size(); ++i) {
        const Tensor& parameter = parameters_[i];
        if (!parameter.grad().defined())
            continue;
        Tensor &first = state_.first[i], &second = state_.second[i];
        if (!areAlike(parameter, parameter) || !areAlike(parameter, first) || !areAlike(parameter, second)) {
            updateByOperations(parameter, parameter.grad(), first, second, update);
            continue;
        }
        const Tensor gradient = alike(parameter.grad(), parameter);
        auto *values = parameter.data_ptr<float>(), *m = first.data_ptr<float>(),
             *v = second.data_ptr<float>();
        const auto* g = gradient.data_ptr<float>();
        forPieces(parameter.numel(), [&](int64_t begin, int64_t end) {
            adamStep(values + begin, g + begin, m + begin, v + begin, end - begin, update);
        });
    }
}

void Adam::restore(const State& state) {
    if (state.first.size() != parameters_.size() || state.second.size() != parameters_.size())
        throw std::invalid_argument("the optimiser's state is of another network");
    const torch::NoGradGuard guard;
    for (size_t i = 0; i < parameters_.size(); ++i) {
        if (state.first[i].sizes() != parameters_[i].sizes() ||
            state.second[i].sizes() != parameters_[i].sizes())
            throw std::invalid_argument("the optimiser's state is of another network");
        state_.first[i].copy_(state.first[i]);
        state_.second[i].copy_(state.second[i]);
    }
    state_.steps = state.steps;
}

} // namespace galatea
