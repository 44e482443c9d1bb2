// gzip and bzip2 as the decode worker unpacks them.

#include <cstdlib>

#include "core/error.h"
#include "io/sealed_memory.h"
#include "io/worker/inflate_stream.h"
#include "memory_file.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        InflateOptions limits;
        limits.maxBytes = 1 << 20;
        SealedMemory memory = SealedMemory::room(limits.maxBytes);
        const decode::Inflated result =
            decode::inflateInto(memoryFile(data, size), memory.descriptor(), limits);
        if (result.bytes > limits.maxBytes || !memory.seal(result.bytes))
            std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
