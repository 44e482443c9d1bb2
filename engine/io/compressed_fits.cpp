#include "io/compressed_fits.h"

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "io/decode_worker.h"

namespace galatea {

CompressedFitsRows readCompressedFits(int descriptor, const std::string& name,
                                      const CompressedFitsImage& image, int64_t begin, int64_t end) {
    using namespace decode;
    constexpr int64_t maxBytes = int64_t{2} << 30;
    if (begin < 0 || end < begin || image.axes.empty() || image.axes[0] < 1)
        throw std::out_of_range("rows outside the image");
    CompressedFitsRows result;
    const int64_t width = image.axes[0];
    if (end - begin > maxBytes / static_cast<int64_t>(sizeof(float)) / width)
        throw InputError(name, "its compressed image is too large to be read at once", "read fewer rows");
    const int64_t bytes = (end - begin) * width * static_cast<int64_t>(sizeof(float));
    SealedMemory memory = SealedMemory::room(bytes);
    const BorrowedWorker worker(name, descriptor);
    WireWriter question;
    question.number(image.headerOffset).number(image.headerBytes).number(image.dataBytes);
    question.numbers(image.axes).number(begin).number(end);
    // The library maps the packed bytes and unpacks whole tiles, at most a plane, into whole numbers and
    // more.
    const int64_t height = image.axes.size() > 1 ? std::clamp<int64_t>(image.axes[1], 1, maxBytes) : 1;
    const int64_t plane = std::min(width, maxBytes / height) * height;
    const int64_t tiles = std::min(plane * 16, image.dataBytes * 200);
    const Budget budget{10 + static_cast<double>(bytes + image.dataBytes) / 10e6,
                        bytes + image.dataBytes + tiles};
    worker->ask(Task::FitsRows, question, budget, &memory, [&](WireReader& reply) {
        result.notes = reply.texts();
        if (!memory.seal(bytes))
            throw WireFault();
    });
    result.values = bytes == 0 ? Array({end - begin, width}) : memory.floats(0, {end - begin, width});
    return result;
}

} // namespace galatea
