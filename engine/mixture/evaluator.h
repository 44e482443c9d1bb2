#pragma once
// A mixture made ready for evaluation.

#include <cmath>
#include <variant>
#include <vector>

#include "mixture/full_tiles.h"
#include "mixture/mixture.h"
#include "mixture/row_tiles.h"

namespace galatea {

/// log π_k + log N(z; μ_k, Σ_k) = offset[k] − ½ d_k²(z), d² being Mahalanobis' distance: Σ_d ((z_d − μ_kd) /
/// σ_kd)², or |L_k⁻¹ (z − μ_k)|² with Σ_k = L_k L_kᵀ.
class MixtureEvaluator {
  public:
    explicit MixtureEvaluator(const GaussianMixture& mixture);
    /// Any densities of that form.
    MixtureEvaluator(ScaledCentres centres, std::vector<double> offset);
    MixtureEvaluator(WhitenedCentres centres, std::vector<double> offset);

    int64_t components() const { return static_cast<int64_t>(offset_.size()); }
    /// The tile's values become log π_k + log N.
    void jointLog(RowTile& tile) const;
    /// The tile's values become responsibilities. Returns Σ log p(z) over its rows; `each` [rows] gets them.
    double responsibilities(RowTile& tile, double* each = nullptr) const;

  private:
    std::variant<ScaledCentres, WhitenedCentres> centres_;
    std::vector<double> offset_;
};

/// Checks that z is [N, mixture.dimensions]; returns it contiguous. Throws UsageError.
Array matchingRows(const GaussianMixture& mixture, const Array& z);

} // namespace galatea
