#pragma once
// What a linear formula can tell of a hidden band: the measure for inpainting.

#include <cstdint>
#include <vector>

#include "core/array.h"

namespace galatea {

/// Least squares for one channel's pixel from the same pixel of all other channels and its neighbours up to
/// `radius` away (edges repeated), and a constant; one set of coefficients for all pixels.
class LinearPrediction {
  public:
    /// images [N,C,H,W]. Throws UsageError for a channel they lack or without others.
    LinearPrediction(const Array& images, int64_t channel, int64_t radius);
    Array predict(const Array& images) const; ///< [n,C,H,W] → [n,H,W]; the channel itself is not looked at

  private:
    int64_t channel_, radius_;
    std::vector<double> coefficients_;
};

} // namespace galatea
