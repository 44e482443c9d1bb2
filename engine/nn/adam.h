#pragma once
// Adam with its whole state in named tensors, so that a checkpoint can hold it without pickling.

#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace galatea {

/// Kingma & Ba 2015, algorithm 1, with bias correction; β₁ = 0.9, β₂ = 0.999, ε = 1e-7 (Keras's) by default.
class Adam {
  public:
    struct Settings {
        double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;
    };
    explicit Adam(std::vector<torch::Tensor> parameters);
    Adam(std::vector<torch::Tensor> parameters, Settings settings);

    void zeroGradients();
    /// Euclidean norm of all gradients together; the same for any number of threads.
    double gradientNorm() const;
    /// One update with the given learning rate; parameters without a gradient stay. Gradients count
    /// `gradientFactor` times (clipping); then `weightDecay` times a parameter is added to its own.
    void step(double learningRate, double weightDecay = 0, double gradientFactor = 1);
    const std::vector<torch::Tensor>& parameters() const { return parameters_; }

    /// First and second moments, in the order of the parameters, and the number of steps taken.
    struct State {
        std::vector<torch::Tensor> first, second;
        int64_t steps = 0;
    };
    const State& state() const { return state_; }
    /// Copies the values in. Throws std::invalid_argument if shapes differ.
    void restore(const State& state);

  private:
    std::vector<torch::Tensor> parameters_;
    Settings settings_;
    State state_;
};

} // namespace galatea
