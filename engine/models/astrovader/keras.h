#pragma once
// The weights that the authors of AstroVaDEr released, as Keras stored them.

#include <string>

#include "models/model.h"

namespace galatea {

/// Reads a Keras HDF5 weight file of AstroVaDEr's layers (Conv1 … Conv12, Output, FC3, latentmean,
/// latentlog_var, latentGMM_Layer); every size is taken from the arrays. Throws InputError.
ModelPtr readKerasAstroVaDEr(const std::string& path);

/// True if the file looks like one (HDF5 with a latentGMM_Layer group); never throws.
bool looksLikeKerasAstroVaDEr(const std::string& path);

} // namespace galatea
