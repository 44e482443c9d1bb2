// Zip archives of NumPy arrays.

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "io/npy.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteSourcePtr bytes =
        bytesInMemory(std::string(reinterpret_cast<const char*>(data), size), "input");
    std::vector<std::string> notes;
    try {
        for (const NpyArray& array : openNpy(bytes, notes)) {
            const NpyHeader& header = array.header();
            try {
                if (header.shape.size() == 1)
                    array.readColumn();
                if (!header.isNumber() || header.shape.empty())
                    continue;
                if (array.readFloat(0, header.shape[0]).shape() != header.shape)
                    std::abort();
            } catch (const InputError&) {
            }
        }
        openNpy(bytes, notes, "images");
    } catch (const InputError&) {
    }
    return 0;
}
