#pragma once
// A model whose reconstructions are known: the image plus a shift, with one variance everywhere.

#include "models/model.h"

namespace galatea {

class ShiftModel : public Model {
  public:
    /// variance 0: gives none
    ShiftModel(int64_t side, float shift, float variance) : side_(side), shift_(shift), variance_(variance) {
        card_.name = "shift";
        card_.input.channels = 1;
        card_.input.height = card_.input.width = side;
        card_.latent = side * side;
        card_.methods = {"encode", "decode"};
    }
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array& images) const override {
        return {images.reshaped({images.dim(0), side_ * side_}), {}};
    }
    Decoding decode(const Array& latents) const override {
        Decoding result{latents.copy().reshaped({latents.dim(0), 1, side_, side_}), {}};
        for (float& value : result.mean.values())
            value += shift_;
        if (variance_ > 0) {
            result.variance = Array(result.mean.shape());
            for (float& value : result.variance.values())
                value = variance_;
        }
        return result;
    }
    Array score(const Array&) const override { return {}; }

  private:
    int64_t side_;
    float shift_, variance_;
    ModelCard card_;
};

} // namespace galatea
