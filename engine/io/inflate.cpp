#include "io/inflate.h"

#include <algorithm>

#include "core/error.h"
#include "io/decode_worker.h"

namespace galatea {

Packing packingOf(std::string_view firstBytes) {
    using namespace std::string_view_literals;
    if (firstBytes.starts_with("\x1f\x8b\x08"sv))
        return Packing::Gzip;
    // "BZh", the size of its blocks, and then the start of a block or the end of an empty file.
    const std::string_view start = firstBytes.substr(0, 10);
    if (start.size() == 10 && start.starts_with("BZh"sv) && start[3] >= '1' && start[3] <= '9' &&
        (start.substr(4) == "\x31\x41\x59\x26\x53\x59"sv || start.substr(4) == "\x17\x72\x45\x38\x50\x90"sv))
        return Packing::Bzip2;
    return Packing::None;
}

InflatedFile inflate(const RegularFile& file, const InflateOptions& options) {
    using namespace decode;
    InflatedFile result;
    result.name = file.path();
    result.packing = packingOf(file.firstBytes(10));
    if (result.packing == Packing::None)
        throw InputError(file.path(), "it is not packed with gzip or bzip2", "open it as it is");
    const int64_t most = std::max<int64_t>(
        1, std::min(options.maxBytes, std::max(options.freeBytes, file.size() * options.maxRatio) + 1));
    auto memory = std::make_shared<SealedMemory>(SealedMemory::room(most));
    const BorrowedWorker worker(file.path(), file.descriptor());
    WireWriter limits;
    limits.number(options.maxBytes).number(options.maxRatio).number(options.freeBytes);
    // bzip2 unpacks about 5 MB of packed bytes a second; on a busy machine a fifth of that.
    const Budget budget{10 + static_cast<double>(file.size()) / 1e6, 0};
    worker->ask(Task::Inflate, limits, budget, memory.get(), [&](WireReader& reply) {
        if (!memory->seal(reply.number(0, most)))
            throw WireFault();
        result.notes = reply.texts();
    });
    result.memory = std::move(memory);
    return result;
}

} // namespace galatea
