#pragma once
// The BFGS method (Broyden, Fletcher, Goldfarb, Shanno; see Nocedal & Wright, Numerical Optimization,
// section 6.1) for smooth functions of a few variables.

#include <cstdint>
#include <functional>
#include <vector>

namespace galatea {

/// The function's value at x; writes its gradient, as long as x. A value that is not finite marks a point
/// that must not be gone to.
using SmoothFunction = std::function<double(const std::vector<double>& x, std::vector<double>& gradient)>;

struct MinimiseOptions {
    int64_t iterations = 200;
    double gradientTolerance = 1e-8; ///< of the gradient's largest component, times max(1, |value|)
};

struct MinimiseReport {
    std::vector<double> x;
    double value = 0;
    int64_t iterations = 0;
    bool converged = false; ///< the gradient vanishes, or no step makes the value smaller any more
};

/// Throws std::invalid_argument if the value at `start` is not finite.
MinimiseReport minimiseBfgs(const SmoothFunction& function, std::vector<double> start,
                            const MinimiseOptions& options = {});

} // namespace galatea
