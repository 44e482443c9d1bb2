#include "mixture/cholesky.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace galatea {

bool factorise(std::vector<double>& a, int64_t n) {
    const auto at = [&](int64_t i, int64_t j) -> double& { return a[static_cast<size_t>(i * n + j)]; };
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j <= i; ++j) {
            double sum = at(i, j);
            const double *left = a.data() + i * n, *right = a.data() + j * n;
            for (int64_t k = 0; k < j; ++k)
                sum -= left[k] * right[k];
            if (j < i)
                at(i, j) = sum / at(j, j);
            else if (!(sum > 0) || !std::isfinite(sum))
                return false;
            else
                at(i, i) = std::sqrt(sum);
        }
        std::fill(a.begin() + i * n + i + 1, a.begin() + (i + 1) * n, 0.0);
    }
    return true;
}

void invertLower(std::vector<double>& l, int64_t n) {
    // Row i of the inverse needs the rows above it, already inverted, and row i of L itself.
    std::vector<double> row(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
        double* target = l.data() + i * n;
        const double diagonal = target[i];
        std::fill(row.begin(), row.end(), 0.0);
        for (int64_t k = 0; k < i; ++k) {
            const double factor = target[k];
            const double* above = l.data() + k * n;
            for (int64_t j = 0; j <= k; ++j)
                row[static_cast<size_t>(j)] -= factor * above[j];
        }
        for (int64_t j = 0; j < i; ++j)
            target[j] = row[static_cast<size_t>(j)] / diagonal;
        target[i] = 1 / diagonal;
    }
}

double logDeterminant(const std::vector<double>& l, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += std::log(l[static_cast<size_t>(i * n + i)]);
    return 2 * sum;
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
