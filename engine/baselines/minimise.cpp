#include "baselines/minimise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace galatea {

namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

double largest(const Vector& a) {
    double most = 0;
    for (const double value : a)
        most = std::max(most, std::abs(value));
    return most;
}

/// The inverse of the Hessian as far as it is known, n × n.
class InverseHessian {
  public:
    explicit InverseHessian(size_t n) : n_(n), values_(n * n) { reset(1); }

    void reset(double scale) {
        std::fill(values_.begin(), values_.end(), 0.0);
        for (size_t i = 0; i < n_; ++i)
            values_[i * n_ + i] = scale;
    }

    Vector times(const Vector& v) const {
        Vector result(n_);
        for (size_t i = 0; i < n_; ++i)
            for (size_t j = 0; j < n_; ++j)
                result[i] += values_[i * n_ + j] * v[j];
        return result;
    }

    /// A step s changed the gradient by y; s·y > 0.
    void update(const Vector& s, const Vector& y) {
        const double sy = dot(s, y);
        const Vector hy = times(y);
        const double factor = (1 + dot(y, hy) / sy) / sy;
        for (size_t i = 0; i < n_; ++i)
            for (size_t j = 0; j < n_; ++j)
                values_[i * n_ + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
    }

  private:
    size_t n_;
    Vector values_;
};

struct Point {
    Vector x, gradient;
    double value = 0;
};

Point evaluated(const SmoothFunction& function, Vector x) {
    Point point;
    point.gradient.resize(x.size());
    point.value = function(x, point.gradient);
    point.x = std::move(x);
    return point;
}

/// A point along the direction where the value has fallen enough and the slope has become flat enough (the
/// weak Wolfe conditions), by doubling and bisection (Lewis & Overton 2013). The best point seen if there is
/// none; `from` itself if nothing along the direction is lower.
Point searched(const SmoothFunction& function, const Point& from, const Vector& direction) {
    constexpr double enough = 1e-4, flat = 0.9;
    constexpr int most = 50;
    const double slope = dot(from.gradient, direction);
    double low = 0, high = std::numeric_limits<double>::infinity(), step = 1;
    Point best = from;
    for (int i = 0; i < most; ++i) {
        Vector x = from.x;
        for (size_t j = 0; j < x.size(); ++j)
            x[j] += step * direction[j];
        Point there = evaluated(function, std::move(x));
        const bool fell = std::isfinite(there.value) && there.value <= from.value + enough * step * slope;
        const double slopeThere = dot(there.gradient, direction);
        if (std::isfinite(there.value) && there.value < best.value)
            best = there;
        if (fell && slopeThere >= flat * slope)
            return there;
        (fell ? low : high) = step;
        step = std::isfinite(high) ? (low + high) / 2 : 2 * step;
    }
    return best;
}

} // namespace

MinimiseReport minimiseBfgs(const SmoothFunction& function, Vector start, const MinimiseOptions& options) {
    Point here = evaluated(function, std::move(start));
    if (!std::isfinite(here.value))
        throw std::invalid_argument("the function to minimise is not finite at its start");
    InverseHessian inverse(here.x.size());
    MinimiseReport report;
    bool fresh = true; // nothing is known of the curvature yet
    for (; report.iterations < options.iterations; ++report.iterations) {
        if (largest(here.gradient) <= options.gradientTolerance * std::max(1.0, std::abs(here.value))) {
            report.converged = true;
            break;
        }
        Vector direction = inverse.times(here.gradient);
        for (double& component : direction)
            component = -component;
        Point next = searched(function, here, direction);
        if (!(next.value < here.value)) {
            if (fresh) { // not even downhill: as low as rounding lets it be
                report.converged = true;
                break;
            }
            inverse.reset(1);
            fresh = true;
            continue;
        }
        Vector step = next.x, change = next.gradient;
        for (size_t i = 0; i < step.size(); ++i) {
            step[i] -= here.x[i];
            change[i] -= here.gradient[i];
        }
        const double curvature = dot(step, change);
        if (curvature > 1e-12 * std::sqrt(dot(step, step) * dot(change, change))) {
            if (fresh)
                inverse.reset(curvature / dot(change, change));
            inverse.update(step, change);
            fresh = false;
        }
        here = std::move(next);
    }
    report.x = std::move(here.x);
    report.value = here.value;
    return report;
}

} // namespace galatea
