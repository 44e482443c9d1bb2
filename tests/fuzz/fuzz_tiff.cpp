// TIFF as the decode worker reads it.

#include <cmath>
#include <vector>

#include "core/error.h"
#include "io/worker/tiff_picture.h"
#include "memory_file.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const RegularFile file = memoryFile(data, size);
        decode::TiffPicture picture(file, 1 << 20);
        std::vector<float> out(static_cast<size_t>(picture.shape().samples()), 7.0f);
        picture.decode(out);
    } catch (const InputError&) {
    }
    return 0;
}
