#pragma once
// The safetensors format: named tensors and one text, no code. Format: 8 bytes of header length (little
// endian), that much JSON, then the tensors' bytes without holes
// (https://github.com/huggingface/safetensors).

#include <string>
#include <utility>
#include <vector>

#include "core/array.h"

namespace galatea {

struct SafetensorsFile {
    std::vector<std::pair<std::string, Array>> tensors; ///< in the order of their bytes
    std::string metadata; ///< value of __metadata__'s key "galatea"; empty if there is none
};

/// Reads every tensor as float32; F64, F16 and BF16 are converted. Throws InputError on anything the
/// format does not allow: a header above 1 MB, duplicate keys, holes, overlaps, a length that is not
/// exactly the file's, other element types, more than 8 axes.
SafetensorsFile readSafetensors(const std::string& path);

/// Only the text, after the same checks of the header; no tensor is read.
std::string readSafetensorsMetadata(const std::string& path);

/// Writes float32 tensors in the given order, whole or not at all; the header's length is a multiple of
/// 8. The same input gives the same bytes. Throws UsageError if the header would pass 1 MB.
void writeSafetensors(const std::string& path, const std::vector<std::pair<std::string, Array>>& tensors,
                      const std::string& metadata);

} // namespace galatea
