#pragma once
// The logarithm of the gamma function and its derivative, for positive arguments.

#include <cstdint>

namespace galatea {

/// ln Γ(x), x > 0. (std::lgamma writes a global sign, which threads would share.)
double logGamma(double x);

/// ψ(x) = d ln Γ(x) / dx, x > 0.
double digamma(double x);

/// ln Γ_D(x), the multivariate gamma function: D (D−1)/4 · ln π + Σ_i ln Γ(x − i/2).
double logMultivariateGamma(double x, int64_t dims);

/// ψ_D(x) = Σ_i ψ(x − i/2).
double multivariateDigamma(double x, int64_t dims);

} // namespace galatea
