#pragma once
// What commands share about files: opening inputs with their notes as warnings, and checking an output's
// name before any long work starts.

#include <string>
#include <vector>

#include "command.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea::cli {

/// Opens a model of any kind; what was odd about it becomes warnings.
ModelPtr openModelFile(Context& context, const std::string& path);
/// What the models said while they worked becomes warnings too.
void tellLateNotes(Context& context);
/// Opens a data set of any kind; what was odd about it becomes warnings.
DatasetPtr openData(Context& context, const std::string& path);

/// The output's extension in lower case without the dot. Throws UsageError unless it is one of `formats`,
/// can be written, and is none of the inputs.
std::string checkedOutput(const std::string& path, const std::vector<std::string>& formats,
                          const std::vector<std::string>& inputs = {});

std::string absolutePath(const std::string& path);
/// SHA-256 of a regular file; empty for a folder or anything else.
std::string hashOf(const std::string& path);

/// Throws ModelError naming the model and the method unless the card has it.
void requireMethod(const Model& model, const std::string& path, const std::string& method);
/// The model's card with the mixture of a file in place of its own; as it is if `mixturePath` is empty.
/// Throws UsageError if the mixture is over other latents, else as readMixture().
ModelCard withMixture(const ModelCard& card, const std::string& mixturePath);
/// Throws UsageError unless the data has the shape the model takes.
void requireShape(const Model& model, const std::string& modelPath, const Dataset& data,
                  const std::string& dataPath);

/// Throws UsageError unless the data set has this row.
void requireIndex(const Dataset& data, const std::string& path, int64_t index);

/// "1 × 128 × 128".
std::string shapeText(int64_t channels, int64_t height, int64_t width);

} // namespace galatea::cli
