#include "mixture/cholesky.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <Eigen/Cholesky>

namespace galatea {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

} // namespace

bool factorise(std::vector<double>& a, int64_t n) {
    Eigen::Map<Matrix> matrix(a.data(), n, n);
    const Eigen::LLT<Matrix, Eigen::Lower> factors(matrix);
    if (factors.info() != Eigen::Success || !factors.matrixLLT().diagonal().allFinite())
        return false;
    matrix = factors.matrixL();
    return true;
}

void invertLower(std::vector<double>& l, int64_t n) {
    Eigen::Map<Matrix> matrix(l.data(), n, n);
    const Matrix inverse = matrix.triangularView<Eigen::Lower>().solve(Matrix::Identity(n, n));
    matrix = inverse.triangularView<Eigen::Lower>();
}

double logDeterminant(const std::vector<double>& l, int64_t n) {
    return 2 * Eigen::Map<const Matrix>(l.data(), n, n).diagonal().array().log().sum();
}

std::vector<double> factorOf(std::vector<double>& a, int64_t n, double least) {
    if (!std::all_of(a.begin(), a.end(), [](double value) { return std::isfinite(value); }))
        throw std::invalid_argument("a covariance is not finite");
    std::vector<double> factor = a;
    double largest = 0;
    for (int64_t i = 0; i < n; ++i)
        largest = std::max(largest, std::abs(a[static_cast<size_t>(i * n + i)]));
    for (double more = std::max(least, largest * 1e-15); !factorise(factor, n); more *= 10) {
        for (int64_t i = 0; i < n; ++i)
            a[static_cast<size_t>(i * n + i)] += more;
        factor = a;
    }
    return factor;
}

} // namespace galatea
