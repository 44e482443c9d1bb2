#pragma once
// Bytes as an open file, for readers that want one.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "io/regular_file.h"

namespace galatea {

inline RegularFile memoryFile(const uint8_t* data, size_t size) {
    const int descriptor = memfd_create("input", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, data, size) != static_cast<ssize_t>(size))
        std::abort();
    return RegularFile::adopt(descriptor, "input");
}

} // namespace galatea
