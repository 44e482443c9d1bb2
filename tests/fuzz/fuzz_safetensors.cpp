// Model files: header and tensors.

#include <cstdlib>

#include "core/error.h"
#include "io/safetensors.h"
#include "memory_file.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const RegularFile file = memoryFile(data, size);
    try {
        const SafetensorsFile read = readSafetensors(file.descriptorPath());
        int64_t values = 0;
        for (const auto& [name, tensor] : read.tensors)
            values += tensor.size();
        // No tensor holds more than the file: the smallest element is two bytes.
        if (values > static_cast<int64_t>(size) / 2 || read.metadata.size() > size ||
            readSafetensorsMetadata(file.descriptorPath()) != read.metadata)
            std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
