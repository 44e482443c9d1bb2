// TIFF pictures are decoded by the decode worker: libtiff has too many formats to trust it here.

#include <sys/mman.h>
#include <unistd.h>

#include "core/error.h"
#include "io/decode_worker.h"
#include "io/raster_codec.h"

namespace galatea::raster {

Raster decodeTiff(const RegularFile& file, int64_t maxSamples) {
    using namespace decode;
    Raster raster;
    std::vector<int64_t> shape;
    SealedMemory memory = SealedMemory::room(maxSamples * static_cast<int64_t>(sizeof(float)));
    const BorrowedWorker worker(file.path(), file.descriptor());
    const Budget budget{10 + static_cast<double>(file.size()) / 10e6,
                        maxSamples * static_cast<int64_t>(sizeof(float))};
    worker->ask(Task::Tiff, WireWriter().number(maxSamples), budget, &memory, [&](WireReader& reply) {
        shape = {reply.number(1, 3), reply.number(1, maxSamples), reply.number(1, maxSamples)};
        raster.bitsPerSample = static_cast<int>(reply.number(1, 64));
        raster.notes = reply.texts();
        if (shape[2] > maxSamples / shape[1] / shape[0] ||
            !memory.seal(checkedElementCount(shape) * static_cast<int64_t>(sizeof(float))))
            throw WireFault();
    });
    raster.pixels = memory.floats(0, shape);
    return raster;
}

Raster decodeTiff(const std::string& bytes, const std::string& name, int64_t maxSamples) {
    const int descriptor = memfd_create("galatea-picture", MFD_CLOEXEC);
    if (descriptor < 0)
        throw InputError(name, "there is no memory to decode it", "close other programs");
    const RegularFile empty = RegularFile::adopt(descriptor, name);
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
        if (count <= 0)
            throw InputError(name, "there is no memory to decode it", "close other programs");
        done += static_cast<size_t>(count);
    }
    return decodeTiff(RegularFile::adopt(dup(descriptor), name), maxSamples);
}

} // namespace galatea::raster
