#include "nn/gaussian_likelihood.h"

#include <array>

#include <ATen/Parallel.h>

namespace galatea {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr double logTwoPi = 1.8378770664093453;

Tensor byOperations(const Tensor& x, const Tensor& mean, const Tensor& variance) {
    return 0.5 * (logTwoPi + variance.log() + (x - mean).square() / variance).flatten(1).sum(1);
}

/// Σ (x − μ)² / v
double weighedSquares(const float* x, const float* mean, const float* variance, int64_t count) {
    std::array<float, 16> sums{};
    constexpr auto lanes = static_cast<int64_t>(sums.size());
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int64_t lane = 0; lane < lanes; ++lane) {
            const float rest = x[i + lane] - mean[i + lane];
            sums[static_cast<size_t>(lane)] += rest * rest / variance[i + lane];
        }
    for (; i < count; ++i)
        sums[0] += (x[i] - mean[i]) * (x[i] - mean[i]) / variance[i];
    double sum = 0;
    for (const float lane : sums)
        sum += static_cast<double>(lane);
    return sum;
}

/// What one image's pixels get: −g (x − μ) / v and ½ g (1 − (x − μ)² / v) / v. Null: nothing is asked for.
void gradientsOf(float g, const float* x, const float* mean, const float* variance, float* ofMean,
                 float* ofVariance, int64_t count) {
    if (ofMean)
        for (int64_t i = 0; i < count; ++i)
            ofMean[i] = g * (mean[i] - x[i]) / variance[i];
    if (ofVariance)
        for (int64_t i = 0; i < count; ++i) {
            const float rest = x[i] - mean[i], inverse = 1 / variance[i];
            ofVariance[i] = 0.5f * g * (1 - rest * rest * inverse) * inverse;
        }
}

/// The same as by operations, forth and back in a pass or two over memory instead of twenty.
struct Likelihood : torch::autograd::Function<Likelihood> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& mean,
                          const Tensor& variance) {
        context->save_for_backward({x, mean, variance});
        const int64_t images = x.size(0), pixels = x.numel() / images;
        Tensor squares = torch::empty({images}, x.options());
        const float *a = x.data_ptr<float>(), *m = mean.data_ptr<float>(), *v = variance.data_ptr<float>();
        float* to = squares.data_ptr<float>();
        at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
            for (int64_t n = begin; n < end; ++n)
                to[n] = static_cast<float>(
                    weighedSquares(a + n * pixels, m + n * pixels, v + n * pixels, pixels));
        });
        return 0.5 * (logTwoPi * static_cast<double>(pixels) + variance.log().flatten(1).sum(1) + squares);
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &x = saved[0], &mean = saved[1], &variance = saved[2], g = gradients[0].contiguous();
        const int64_t images = x.size(0), pixels = x.numel() / images;
        Tensor ofMean, ofVariance;
        if (context->needs_input_grad(1))
            ofMean = torch::empty_like(x);
        if (context->needs_input_grad(2))
            ofVariance = torch::empty_like(x);
        const float *a = x.data_ptr<float>(), *m = mean.data_ptr<float>(), *v = variance.data_ptr<float>(),
                    *each = g.data_ptr<float>();
        float *toMean = ofMean.defined() ? ofMean.data_ptr<float>() : nullptr,
              *toVariance = ofVariance.defined() ? ofVariance.data_ptr<float>() : nullptr;
        at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
            for (int64_t n = begin; n < end; ++n) {
                const int64_t at = n * pixels;
                gradientsOf(each[n], a + at, m + at, v + at, toMean ? toMean + at : nullptr,
                            toVariance ? toVariance + at : nullptr, pixels);
            }
        });
        return {Tensor(), ofMean, ofVariance};
    }
};

} // namespace

Tensor gaussianNegativeLogLikelihood(const Tensor& x, const Tensor& mean, const Tensor& variance) {
    const auto plain = [](const Tensor& t) { return t.is_cpu() && t.scalar_type() == torch::kFloat32; };
    const bool alike = x.sizes() == mean.sizes() && x.sizes() == variance.sizes();
    if (!alike || !plain(x) || !plain(mean) || !plain(variance) || x.requires_grad() || x.numel() == 0)
        return byOperations(x, mean, variance);
    return Likelihood::apply(x.contiguous(), mean.contiguous(), variance.contiguous());
}

} // namespace galatea
