#include "models/casvae/divergence.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace galatea {

namespace {

using torch::Tensor;

/// Φ⁻¹(p), 0 < p < 1, by bisection of erfc: slow, sure, and called some thousand times in all.
double normalQuantile(double p) {
    double low = -40, high = 40;
    for (int i = 0; i < 80; ++i) {
        const double middle = 0.5 * (low + high);
        (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

double upperTail(double x, double mean, double deviation) {
    return 0.5 * std::erfc((x - mean) / (deviation * std::numbers::sqrt2));
}

Tensor scaledBound(const Tensor& m, const Tensor& l, const DoublePeak& p) {
    const double variance = p.deviation * p.deviation;
    return std::log(p.deviation) - 0.5 * l +
           (m.square() + p.peak * p.peak + l.exp() - variance) / (2 * variance);
}

Tensor approximateKl(const Tensor& m, const Tensor& l, const DoublePeak& p) {
    const double variance = p.deviation * p.deviation, pull = 2 * p.peak / variance;
    const Tensor s = (0.5 * l).exp();
    const Tensor u = m / (std::numbers::sqrt2 * s);
    // E max(0, −x) of x ~ q, with erfc u ≈ 1 − tanh 1.19u.
    const Tensor beyondZero =
        s * (-u.square()).exp() / std::sqrt(2 * std::numbers::pi) - 0.5 * m * (1 - (1.19 * u).tanh());
    return std::log(2 * p.deviation) - 0.5 * l +
           ((m - p.peak).square() + l.exp() - variance) / (2 * variance) - pull * beyondZero;
}

} // namespace

PeakDivergence peakDivergence(const std::string& name) {
    if (name == "scaled-bound")
        return PeakDivergence::ScaledBound;
    if (name == "approximate-kl")
        return PeakDivergence::ApproximateKl;
    if (name == "wasserstein")
        return PeakDivergence::Wasserstein;
    if (name == "pseudo-wasserstein")
        return PeakDivergence::PseudoWasserstein;
    throw UsageError(name, "is no divergence from the double-peak prior",
                     "use approximate-kl, scaled-bound, wasserstein or pseudo-wasserstein");
}

double wassersteinConstant(const DoublePeak& prior) {
    // C = ∫ φ(Φ⁻¹(G(x))) dx, even in x; by the tail 1 − G, which keeps its digits for x > 0. Simpson's rule.
    const auto integrand = [&](double x) {
        const double tail = 0.5 * upperTail(x, -prior.peak, prior.deviation) +
                            0.5 * upperTail(x, prior.peak, prior.deviation);
        const double q = normalQuantile(tail);
        return std::exp(-0.5 * q * q) / std::sqrt(2 * std::numbers::pi);
    };
    constexpr int steps = 4000;
    const double end = prior.peak + 12 * prior.deviation, step = end / steps;
    double sum = integrand(0) + integrand(end);
    for (int i = 1; i < steps; ++i)
        sum += (i % 2 == 1 ? 4 : 2) * integrand(i * step);
    return 2 * sum * step / 3;
}

DoublePeakDivergence::DoublePeakDivergence(PeakDivergence kind, DoublePeak prior)
    : kind_(kind), prior_(prior),
      constant_(kind == PeakDivergence::Wasserstein ? wassersteinConstant(prior) : 0) {}

Tensor DoublePeakDivergence::operator()(const Tensor& mean, const Tensor& logvar) const {
    const Tensor s = (0.5 * logvar).exp();
    switch (kind_) {
    case PeakDivergence::ScaledBound:
        return scaledBound(mean, logvar, prior_);
    case PeakDivergence::Wasserstein:
        return mean.square() + logvar.exp() - 2 * constant_ * s +
               (prior_.peak * prior_.peak + prior_.deviation * prior_.deviation);
    case PeakDivergence::PseudoWasserstein:
        return (mean.abs() - prior_.peak).square() + (s - prior_.deviation).square();
    case PeakDivergence::ApproximateKl:
        break;
    }
    return approximateKl(mean, logvar, prior_);
}

} // namespace galatea
