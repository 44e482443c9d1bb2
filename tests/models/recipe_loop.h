#pragma once
// What tests of recipes share: a plain training loop with LibTorch's own Adam, finite differences, and
// comparisons. For files that include torch before Qt.

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/array.h"
#include "core/random.h"
#include "models/recipe.h"

namespace galatea {

inline BatchContext wholeBatch(int64_t images, uint64_t seed) {
    return BatchContext(torch::make_generator<torch::CPUGeneratorImpl>(seed), {0, images, images});
}

/// `steps` updates of every group of each phase on one batch; returns the last loss of the last phase.
inline LossTerms trainOnOneBatch(Recipe& recipe, const torch::Tensor& images, int64_t steps, double rate) {
    LossTerms last;
    const std::vector<TrainingPhase> phases = recipe.phases();
    std::vector<ParameterGroup> groups = recipe.groups();
    RandomStream random(3);
    for (size_t phase = 0; phase < phases.size(); ++phase) {
        recipe.beginPhase(phase, [&] { return images; }, 1, random, {});
        std::vector<torch::optim::Adam> optimisers;
        for (const ParameterGroup& group : groups)
            optimisers.emplace_back(group.tensors, torch::optim::AdamOptions(rate));
        for (int64_t step = 0; step < steps; ++step)
            for (size_t update = 0; update < phases[phase].updates.size(); ++update) {
                const TrainingPosition position{phase, double(step) / double(steps), update};
                torch::optim::Adam& optimiser = optimisers[phases[phase].updates[update]];
                optimiser.zero_grad();
                BatchContext context = wholeBatch(images.size(0), uint64_t(1000 * phase + size_t(step)));
                last = recipe.loss(images, position, context);
                last.total.backward();
                optimiser.step();
                recipe.afterStep(position);
            }
    }
    return last;
}

inline double termOf(const LossTerms& loss, const std::string& name) {
    for (const auto& [key, value] : loss.terms)
        if (key == name)
            return value.item<double>();
    return std::numeric_limits<double>::quiet_NaN();
}

/// Largest relative difference between autograd's gradients of a float64 loss and central differences, over a
/// few entries of every parameter.
inline double worstGradient(const std::vector<torch::Tensor>& parameters,
                            const std::function<torch::Tensor()>& loss) {
    for (torch::Tensor parameter : parameters)
        parameter.mutable_grad() = torch::Tensor();
    loss().backward();
    const torch::NoGradGuard guard;
    double worst = 0;
    constexpr double step = 1e-6;
    for (const torch::Tensor& parameter : parameters) {
        const torch::Tensor flat = parameter.view({-1});
        const torch::Tensor gradient =
            parameter.grad().defined() ? parameter.grad().contiguous().view({-1}) : torch::zeros_like(flat);
        for (int64_t i = 0; i < flat.numel(); i += std::max<int64_t>(1, flat.numel() / 7)) {
            const double value = flat[i].item<double>();
            flat[i] = value + step;
            const double above = loss().item<double>();
            flat[i] = value - step;
            const double below = loss().item<double>();
            flat[i] = value;
            const double expected = (above - below) / (2 * step), found = gradient[i].item<double>();
            worst = std::max(worst, std::abs(found - expected) / std::max(1.0, std::abs(expected)));
        }
    }
    return worst;
}

inline Array uniformArray(std::vector<int64_t> shape, const char* name) {
    Array array(std::move(shape));
    RandomStream random(7, name);
    for (float& value : array.values())
        value = static_cast<float>(random.uniform());
    return array;
}

inline bool sameValues(const Array& a, const Array& b) {
    return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values());
}

} // namespace galatea
