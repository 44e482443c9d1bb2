#pragma once
// Between the data's units and the network's: y = (x − offset) / scale per channel, then y = asinh y where
// the card's stretch says so (Lupton et al. 1999). Engine-internal: names torch types.

#include <string>

#include <torch/torch.h>

#include "models/model.h"

namespace galatea {

class InputScaling {
  public:
    /// Throws UsageError if the stretch is none this version knows ("", "linear", "asinh").
    explicit InputScaling(const ModelInput& input);

    torch::Tensor toNetwork(const torch::Tensor& x) const; ///< [N,C,H,W] data units → network units
    torch::Tensor toData(const torch::Tensor& y) const;    ///< the inverse
    /// Variance of the data's values where the network's have mean y and this variance, to first order.
    torch::Tensor varianceToData(const torch::Tensor& y, const torch::Tensor& variance) const;

    /// Adds the attributes and the TorchScript methods to_network(x), to_data(y) and variance_to_data(y, v)
    /// that do the same, for a family's `encode` and `decode` to call.
    void addTo(ScriptedForm& form) const;

  private:
    torch::Tensor offset_, scale_; ///< [1,C,1,1], or undefined: as is
    bool asinh_ = false;
    int64_t channels_ = 0;
};

} // namespace galatea
