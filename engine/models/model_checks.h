#pragma once
// What every model checks before it computes.

#include "models/model.h"

namespace galatea {

void requireMethod(const ModelCard& card, const std::string& method); ///< ModelError if the card lacks it
void requireImages(const ModelCard& card, const Array& images);       ///< UsageError unless [N,C,H,W] fits
void requireLatents(const ModelCard& card, const Array& latents);     ///< UsageError unless [N,D] fits

} // namespace galatea
