#pragma once
// The logarithm of the gamma function and its derivative, for positive arguments.

#include <cmath>
#include <cstdint>
#include <numbers>

#include <unsupported/Eigen/SpecialFunctions>

namespace galatea {

/// ln Γ(x), x > 0. (std::lgamma writes a global sign, which threads would share.)
inline double logGamma(double x) {
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

/// ψ(x) = d ln Γ(x) / dx, x > 0.
inline double digamma(double x) {
    return Eigen::numext::digamma(x);
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
