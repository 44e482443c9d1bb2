#pragma once
// Our own model files: safetensors, weights only, the card in the header. Opening one runs no code.

#include <string>

#include "models/model.h"

namespace galatea {

/// Reads FILE.safetensors and rebuilds the network from the card's family and options. Throws
/// InputError (damaged, wrong tensors, unknown family), never runs anything from the file.
ModelPtr loadModel(const std::string& path);

/// Writes the model's weights and card, atomically. Throws ModelError if the model has no weights of ours.
void saveModel(const Model& model, const std::string& path);

} // namespace galatea
