#include "mixture/special_functions.h"

#include <cmath>
#include <numbers>

#include <unsupported/Eigen/SpecialFunctions>

namespace galatea {

double logGamma(double x) {
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

double digamma(double x) {
    return Eigen::numext::digamma(x);
}

double logMultivariateGamma(double x, int64_t dims) {
    double sum = 0.25 * static_cast<double>(dims * (dims - 1)) * std::log(std::numbers::pi);
    for (int64_t i = 0; i < dims; ++i)
        sum += logGamma(x - 0.5 * static_cast<double>(i));
    return sum;
}

double multivariateDigamma(double x, int64_t dims) {
    double sum = 0;
    for (int64_t i = 0; i < dims; ++i)
        sum += digamma(x - 0.5 * static_cast<double>(i));
    return sum;
}

} // namespace galatea
