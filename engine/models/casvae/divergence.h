#pragma once
// How far q = N(m, e^l) is from the double-peak prior p = ½N(−μ, σ²) + ½N(μ, σ²) (Sun et al. 2019, appendix
// A). Derivations and what each form bounds: guide.md. Engine-internal: names torch types.

#include <string>

#include <torch/torch.h>

namespace galatea {

struct DoublePeak {
    double peak = 2;        ///< μ
    double deviation = 0.5; ///< σ
};

enum class PeakDivergence {
    ScaledBound,       ///< ½KL(q ‖ N(−μ,σ²)) + ½KL(q ‖ N(μ,σ²)): never below KL(q ‖ p)
    ApproximateKl,     ///< KL(q ‖ p) with log(1 + e^t) ≈ max(0, t) and erfc x ≈ 1 − tanh 1.19x
    Wasserstein,       ///< W₂²(q, p), exact
    PseudoWasserstein, ///< W₂² of q and the peak nearer to m, exact: (|m| − μ)² + (e^{l/2} − σ)²
};

/// From an option's text: "scaled-bound", "approximate-kl", "wasserstein" or "pseudo-wasserstein".
PeakDivergence peakDivergence(const std::string& name);

/// C = E[ε G⁻¹(Φ(ε))] of a standard normal ε, G being p's distribution function: the one number that
/// W₂²(N(m,s²), p) = m² + s² + μ² + σ² − 2 s C needs. Depends on p alone.
double wassersteinConstant(const DoublePeak& prior);

/// The divergence of each value; m and l of one shape, float32 or float64, give that shape. Differentiable.
class DoublePeakDivergence {
  public:
    DoublePeakDivergence(PeakDivergence kind, DoublePeak prior);
    torch::Tensor operator()(const torch::Tensor& mean, const torch::Tensor& logvar) const;

  private:
    PeakDivergence kind_;
    DoublePeak prior_;
    double constant_ = 0; ///< wassersteinConstant(), where needed
};

} // namespace galatea
