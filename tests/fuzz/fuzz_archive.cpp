// The directory of a TorchScript archive, which is read in the window's own process.

#include <cstdlib>
#include <stdexcept>

#include "core/error.h"
#include "io/zip_directory.h"
#include "memory_file.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const RegularFile file = memoryFile(data, size);
    try {
        for (const ZipEntry& entry : readZipDirectory(file.descriptor(), file.size()))
            if (entry.name.size() > size)
                std::abort();
    } catch (const std::runtime_error&) {
    }
    return 0;
}
