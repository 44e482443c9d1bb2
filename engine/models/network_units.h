#pragma once
// Pixels as the network sees them, without the network: y = (x − offset) / scale per channel, then asinh y
// where the card's stretch says so. What errors and best fits are measured in.

#include "core/array.h"
#include "models/card.h"

namespace galatea {

class NetworkUnits {
  public:
    /// Throws UsageError if the stretch is none this version knows.
    explicit NetworkUnits(const ModelInput& input);

    Array toNetwork(const Array& images) const; ///< [N,C,H,W], data's units → network's; contiguous
    Array toData(const Array& images) const;    ///< the inverse
    double toNetwork(double value, int64_t channel) const;
    /// d toNetwork / d value.
    double slope(double value, int64_t channel) const;

  private:
    double offset(int64_t channel) const {
        return offset_.empty() ? 0 : offset_[static_cast<size_t>(channel)];
    }
    double scale(int64_t channel) const { return scale_.empty() ? 1 : scale_[static_cast<size_t>(channel)]; }
    std::vector<double> offset_, scale_;
    bool asinh_ = false;
};

} // namespace galatea
