#include "nn/adam.h"

#include <cmath>
#include <stdexcept>

namespace galatea {

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

void Adam::step(double learningRate, double weightDecay) {
    const torch::NoGradGuard guard;
    const auto t = static_cast<double>(++state_.steps);
    const double correction1 = 1 - std::pow(settings_.beta1, t);
    const double correction2 = std::sqrt(1 - std::pow(settings_.beta2, t));
    for (size_t i = 0; i < parameters_.size(); ++i) {
        torch::Tensor gradient = parameters_[i].grad();
        if (!gradient.defined())
            continue;
        if (weightDecay > 0)
            gradient = gradient.add(parameters_[i], weightDecay);
        state_.first[i].mul_(settings_.beta1).add_(gradient, 1 - settings_.beta1);
        state_.second[i].mul_(settings_.beta2).addcmul_(gradient, gradient, 1 - settings_.beta2);
        const torch::Tensor denominator = (state_.second[i].sqrt() / correction2).add_(settings_.epsilon);
        parameters_[i].addcdiv_(state_.first[i], denominator, -learningRate / correction1);
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
