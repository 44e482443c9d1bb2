#pragma once
// One step of Adam over plain lists of numbers. Apart from adam.cpp so that it can be compiled for speed.

#include <cstdint>

namespace galatea {

struct AdamStep {
    float beta1, beta2, rest1, rest2; ///< rest: 1 − β, from more digits than float has
    float rate;                       ///< learning rate / (1 − β₁ᵗ)
    float rootOfCorrection;           ///< 1 / √(1 − β₂ᵗ)
    float epsilon, weightDecay, gradientFactor;
};

/// Everything for one element at once: memory is read and written once, where a chain of tensor operations
/// goes through it ten times.
void adamStep(float* parameter, const float* gradients, float* first, float* second, int64_t count,
              const AdamStep& step);

double sumOfSquares(const float* values, int64_t count);

} // namespace galatea
