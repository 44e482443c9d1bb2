#pragma once
// Writes a model as TorchScript for Python: torch.jit.load opens it and gives the same numbers.

#include <string>

#include "models/model.h"

namespace galatea {

/// Builds a module from the model's scripted form, with the card as extra file galatea.json. Atomic.
/// Throws ModelError if the model has no scripted form.
void exportTorchScript(const Model& model, const std::string& path);

/// Encodes and decodes in this process with the module exportTorchScript() would write, run as the model host
/// would run it: what isolation costs is measured against it. Throws as exportTorchScript().
ModelPtr scriptedInProcess(const Model& model);

} // namespace galatea
