#pragma once
// A mixture made ready for evaluation.

#include <cmath>
#include <vector>

#include "mixture/mixture.h"
#include "mixture/row_tiles.h"

namespace galatea {

/// log π_k + log N(z; μ_k, σ²_k) = offset[k] − ½ Σ_d ((z_d − μ_kd) / σ_kd)².
class MixtureEvaluator {
  public:
    explicit MixtureEvaluator(const GaussianMixture& mixture);

    int64_t components() const { return centres_.count; }
    int64_t dims() const { return centres_.dims; }
    /// The tile's values become log π_k + log N.
    void jointLog(RowTile& tile) const;
    /// The tile's values become responsibilities. Returns Σ log p(z) over its rows.
    double responsibilities(RowTile& tile) const;

  private:
    ScaledCentres centres_;
    std::vector<double> offset_;
};

/// Checks that z is [N, mixture.dimensions]; returns it contiguous. Throws UsageError.
Array matchingRows(const GaussianMixture& mixture, const Array& z);

} // namespace galatea
