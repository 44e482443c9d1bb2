#include "io/zip_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace galatea {

namespace {

constexpr uint32_t endSignature = 0x06054b50, end64Signature = 0x06064b50, locator64Signature = 0x07064b50,
                   entrySignature = 0x02014b50;
constexpr int64_t endBytes = 22, end64Bytes = 56, locator64Bytes = 20, entryBytes = 46;
constexpr int64_t maxDirectoryBytes = int64_t{32} << 20;
constexpr uint64_t maxEntries = 200000;

[[noreturn]] void damaged() {
    throw ZipFault("is damaged or incomplete (its zip directory is not there)");
}

std::string readAt(int descriptor, int64_t offset, int64_t count) {
    std::string bytes(static_cast<size_t>(count), '\0');
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = pread(descriptor, bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(offset) + static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            damaged();
        done += static_cast<size_t>(got);
    }
    return bytes;
}

/// Little-endian number at a place that is checked to be inside the text.
template <class Number>
Number numberAt(const std::string& bytes, size_t at) {
    if (at > bytes.size() || bytes.size() - at < sizeof(Number))
        damaged();
    Number value = 0;
    for (size_t i = sizeof(Number); i-- > 0;)
        value = static_cast<Number>((value << 8) | static_cast<unsigned char>(bytes[at + i]));
    return value;
}

struct Directory {
    uint64_t entries = 0, bytes = 0, offset = 0;
};

Directory findDirectory(int descriptor, int64_t fileBytes) {
    if (fileBytes < endBytes)
        damaged();
    const int64_t tailBytes = std::min(fileBytes, endBytes + 65535 + locator64Bytes);
    const std::string tail = readAt(descriptor, fileBytes - tailBytes, tailBytes);
    const size_t at = tail.rfind("PK\x05\x06", static_cast<size_t>(tailBytes - endBytes));
    if (at == std::string::npos)
        damaged();
    Directory directory{numberAt<uint16_t>(tail, at + 10), numberAt<uint32_t>(tail, at + 12),
                        numberAt<uint32_t>(tail, at + 16)};
    const auto locatorSize = static_cast<size_t>(locator64Bytes);
    if (at >= locatorSize && numberAt<uint32_t>(tail, at - locatorSize) == locator64Signature) {
        const auto offset = numberAt<uint64_t>(tail, at - locatorSize + 8);
        if (offset > static_cast<uint64_t>(fileBytes - std::min(fileBytes, end64Bytes)))
            damaged();
        const std::string end = readAt(descriptor, static_cast<int64_t>(offset), end64Bytes);
        if (numberAt<uint32_t>(end, 0) != end64Signature)
            damaged();
        directory = {numberAt<uint64_t>(end, 32), numberAt<uint64_t>(end, 40), numberAt<uint64_t>(end, 48)};
    }
    return directory;
}

/// Sizes that do not fit 32 bits stand in the zip64 extra field, only those that are all ones, in this order.
struct LongSizes {
    uint64_t bytes, packed, offset;
};

void readExtra(const std::string& extra, LongSizes& sizes) {
    for (size_t at = 0; at + 4 <= extra.size();) {
        const auto tag = numberAt<uint16_t>(extra, at);
        const size_t end = at + 4 + numberAt<uint16_t>(extra, at + 2);
        at += 4;
        if (tag == 1)
            for (uint64_t* field : {&sizes.bytes, &sizes.packed, &sizes.offset})
                if (*field == 0xFFFFFFFF && at + 8 <= end) {
                    *field = numberAt<uint64_t>(extra, at);
                    at += 8;
                }
        at = end;
    }
}

/// One record of the central directory; moves `at` behind it.
ZipEntry readEntry(const std::string& directory, size_t& at, int64_t fileBytes) {
    if (numberAt<uint32_t>(directory, at) != entrySignature)
        damaged();
    const auto flags = numberAt<uint16_t>(directory, at + 8), method = numberAt<uint16_t>(directory, at + 10);
    LongSizes sizes{numberAt<uint32_t>(directory, at + 24), numberAt<uint32_t>(directory, at + 20),
                    numberAt<uint32_t>(directory, at + 42)};
    const size_t nameBytes = numberAt<uint16_t>(directory, at + 28);
    const size_t extraBytes = numberAt<uint16_t>(directory, at + 30);
    const size_t commentBytes = numberAt<uint16_t>(directory, at + 32);
    const size_t nameAt = at + static_cast<size_t>(entryBytes), checksumAt = at + 16;
    at = nameAt + nameBytes + extraBytes + commentBytes;
    if (at > directory.size())
        damaged();
    readExtra(directory.substr(nameAt + nameBytes, extraBytes), sizes);
    if ((flags & 1) != 0 || (method != 0 && method != 8))
        throw ZipFault("is a zip archive that is encrypted or packed in an unknown way");
    const auto file = static_cast<uint64_t>(fileBytes);
    if (sizes.packed > file || sizes.offset > file - sizes.packed ||
        (method == 0 && sizes.packed != sizes.bytes) || sizes.bytes > (uint64_t{1} << 50))
        throw ZipFault("is damaged (its zip directory names more bytes than the file has)");
    return {directory.substr(nameAt, nameBytes),
            static_cast<int64_t>(sizes.packed),
            static_cast<int64_t>(sizes.bytes),
            static_cast<int64_t>(sizes.offset),
            method == 8,
            numberAt<uint32_t>(directory, checksumAt)};
}

} // namespace

std::vector<ZipEntry> readZipDirectory(int descriptor, int64_t fileBytes) {
    const Directory directory = findDirectory(descriptor, fileBytes);
    const auto file = static_cast<uint64_t>(fileBytes);
    if (directory.bytes > file || directory.offset > file - directory.bytes)
        damaged();
    if (directory.bytes > static_cast<uint64_t>(maxDirectoryBytes) || directory.entries > maxEntries)
        throw ZipFault("is a zip archive with too many entries");
    const std::string bytes =
        readAt(descriptor, static_cast<int64_t>(directory.offset), static_cast<int64_t>(directory.bytes));
    std::vector<ZipEntry> entries;
    size_t at = 0;
    for (uint64_t i = 0; i < directory.entries; ++i)
        entries.push_back(readEntry(bytes, at, fileBytes));
    return entries;
}

} // namespace galatea
