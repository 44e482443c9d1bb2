#pragma once
// The logarithm of the gamma function and its derivative, for positive arguments.

#include <cmath>
#include <cstdint>
#include <numbers>

namespace galatea {

/// ln Γ(x), x > 0, to about 14 digits: recurrence up to 10, then Stirling's series.
inline double logGamma(double x) {
    double product = 1;
    for (; x < 10; ++x)
        product *= x;
    const double inverse = 1 / x, square = inverse * inverse;
    const double series =
        inverse *
        (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
    return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series - std::log(product);
}

/// ψ(x) = d ln Γ(x) / dx, x > 0.
inline double digamma(double x) {
    double sum = 0;
    for (; x < 10; ++x)
        sum -= 1 / x;
    const double square = 1 / (x * x);
    return sum + std::log(x) - 0.5 / x -
           square *
               (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132))));
}

/// ln Γ_D(x), the multivariate gamma function: D (D−1)/4 · ln π + Σ_i ln Γ(x − i/2).
inline double logMultivariateGamma(double x, int64_t dims) {
    double sum = 0.25 * static_cast<double>(dims * (dims - 1)) * std::log(std::numbers::pi);
    for (int64_t i = 0; i < dims; ++i)
        sum += logGamma(x - 0.5 * static_cast<double>(i));
    return sum;
}

/// ψ_D(x) = Σ_i ψ(x − i/2).
inline double multivariateDigamma(double x, int64_t dims) {
    double sum = 0;
    for (int64_t i = 0; i < dims; ++i)
        sum += digamma(x - 0.5 * static_cast<double>(i));
    return sum;
}

} // namespace galatea
