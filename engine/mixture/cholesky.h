#pragma once
// Symmetric positive definite matrices of moderate size, row-major, in double precision.

#include <cstdint>
#include <vector>

namespace galatea {

/// a [n,n] = L Lᵀ, of which the lower triangle is read; it becomes L, the upper triangle zero. False, and a
/// useless, if a is not positive definite.
bool factorise(std::vector<double>& a, int64_t n);

/// The lower-triangular L [n,n] becomes its inverse.
void invertLower(std::vector<double>& l, int64_t n);

/// ln |L Lᵀ|.
double logDeterminant(const std::vector<double>& l, int64_t n);

/// The factor of a matrix that is positive definite but for rounding: as much is added to the diagonal of
/// `a`, beginning with `least`, as it takes. Throws std::invalid_argument if a value is not finite.
std::vector<double> factorOf(std::vector<double>& a, int64_t n, double least);

} // namespace galatea
