#include "nn/adam_step.h"

#include <cmath>

namespace galatea {

void adamStep(float* parameter, const float* gradients, float* first, float* second, int64_t count,
              const AdamStep& step) {
    const AdamStep s = step; // the compiler need not fear that the lists hold it
    float* __restrict__ p = parameter;
    const float* __restrict__ g = gradients;
    float* __restrict__ m = first;
    float* __restrict__ v = second;
    for (int64_t i = 0; i < count; ++i) {
        const float gradient = g[i] * s.gradientFactor + p[i] * s.weightDecay;
        m[i] = m[i] * s.beta1 + gradient * s.rest1;
        v[i] = v[i] * s.beta2 + gradient * gradient * s.rest2;
        p[i] -= s.rate * m[i] / (std::sqrt(v[i]) * s.rootOfCorrection + s.epsilon);
    }
}

double sumOfSquares(const float* values, int64_t count) {
    constexpr int64_t lanes = 16;
    float sums[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int64_t lane = 0; lane < lanes; ++lane)
            sums[lane] += values[i + lane] * values[i + lane];
    for (; i < count; ++i)
        sums[0] += values[i] * values[i];
    double sum = 0;
    for (const float lane : sums)
        sum += static_cast<double>(lane);
    return sum;
}

} // namespace galatea
