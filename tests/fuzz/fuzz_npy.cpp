// NumPy arrays.

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "io/npy.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const NpyArray array("x",
                             bytesInMemory(std::string(reinterpret_cast<const char*>(data), size), "input"));
        const NpyHeader& header = array.header();
        if (header.shape.size() == 1)
            array.readColumn();
        if (!header.isNumber() || header.shape.empty())
            return 0;
        const Array all = array.readFloat(0, header.shape[0]);
        if (all.shape() != header.shape)
            std::abort();
        if (header.shape[0] > 1)
            array.readFloat(header.shape[0] - 1, header.shape[0]);
    } catch (const InputError&) {
    }
    return 0;
}
