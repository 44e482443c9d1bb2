// NPZ: a zip archive of NPY arrays, stored or deflated.

#include <algorithm>

#include <zlib.h>

#include "core/error.h"
#include "core/text.h"
#include "io/npy.h"
#include "io/zip_directory.h"

namespace galatea {

namespace {

constexpr int64_t freeBytes = int64_t{256} << 20; ///< unpacked whatever the ratio
constexpr int64_t maxBytes = int64_t{3} << 30, maxRatio = 200;

/// A stretch of another source.
class PartOfBytes : public ByteSource {
  public:
    PartOfBytes(ByteSourcePtr whole, int64_t offset, int64_t size, std::string name)
        : whole_(std::move(whole)), offset_(offset), size_(size), name_(std::move(name)) {}
    const std::string& name() const override { return name_; }
    int64_t size() const override { return size_; }
    void readAt(int64_t offset, std::span<std::byte> out) const override {
        if (offset < 0 || offset > size_ || std::ssize(out) > size_ - offset)
            throw InputError(name_, "the array is cut short", "get it again");
        whole_->readAt(offset_ + offset, out);
    }

  private:
    ByteSourcePtr whole_;
    int64_t offset_, size_;
    std::string name_;
};

[[noreturn]] void damaged(const std::string& name) {
    throw InputError(name, "its packed data are damaged", "get it again");
}

int64_t dataOffset(const ByteSource& bytes, const ZipEntry& entry) {
    const std::string header = bytes.bytesAt(entry.offset, 30);
    if (header.size() < 30 || !header.starts_with("PK\x03\x04"))
        damaged(bytes.name());
    const auto length = [&](size_t at) {
        return static_cast<unsigned char>(header[at]) | static_cast<unsigned char>(header[at + 1]) << 8;
    };
    const int64_t offset = entry.offset + 30 + length(26) + length(28);
    if (offset > bytes.size() || entry.packedBytes > bytes.size() - offset)
        damaged(bytes.name());
    return offset;
}

struct Inflater {
    z_stream stream{};
    Inflater() {
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
            throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

/// Exactly the bytes the directory claims. Memory grows with what really comes out.
std::string inflated(const ByteSource& bytes, const ZipEntry& entry, int64_t offset) {
    if (entry.bytes > maxBytes ||
        (entry.bytes > freeBytes && entry.bytes / maxRatio > std::max<int64_t>(entry.packedBytes, 1)))
        throw InputError(bytes.name(),
                         "the array '" + entry.name + "' would unpack to " +
                             humanBytes(static_cast<double>(entry.bytes)),
                         "save it without compression (numpy.savez)");
    Inflater inflater;
    z_stream& stream = inflater.stream;
    std::string out, in;
    int64_t taken = 0;
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        if (stream.avail_in == 0) {
            in = bytes.bytesAt(offset + taken, std::min<int64_t>(1 << 18, entry.packedBytes - taken));
            if (in.empty())
                damaged(bytes.name());
            taken += std::ssize(in);
            stream.next_in = reinterpret_cast<Bytef*>(in.data());
            stream.avail_in = static_cast<uInt>(in.size());
        }
        const size_t done = out.size();
        out.resize(done + std::min<size_t>(1 << 20, static_cast<size_t>(entry.bytes) + 1 - done));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
        stream.avail_out = static_cast<uInt>(out.size() - done);
        status = ::inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if ((status != Z_OK && status != Z_STREAM_END) || std::ssize(out) > entry.bytes)
            damaged(bytes.name());
    }
    if (std::ssize(out) != entry.bytes ||
        crc32_z(0, reinterpret_cast<const Bytef*>(out.data()), out.size()) != entry.checksum)
        damaged(bytes.name());
    return out;
}

std::vector<ZipEntry> entriesOf(const ByteSource& bytes) {
    if (bytes.descriptor() < 0)
        throw ZipFault("cannot be read from memory");
    return readZipDirectory(bytes.descriptor(), bytes.size());
}

bool isArray(const ZipEntry& entry) {
    return entry.name.ends_with(".npy");
}

} // namespace

std::vector<NpyArray> openNpy(const std::string& path, std::vector<std::string>& notes,
                              const std::string& wanted) {
    return openNpy(openBytes(path), notes, wanted);
}

std::vector<NpyArray> openNpy(const ByteSourcePtr& bytes, std::vector<std::string>& notes,
                              const std::string& wanted) {
    std::vector<NpyArray> arrays;
    if (looksLikeNpy(bytes->bytesAt(0, 8))) {
        arrays.emplace_back("", bytes);
        return arrays;
    }
    std::vector<ZipEntry> entries;
    try {
        entries = entriesOf(*bytes);
    } catch (const ZipFault& fault) {
        throw InputError(bytes->name(), fault.what(), "get it again");
    }
    std::optional<InputError> first;
    for (const ZipEntry& entry : entries) {
        const std::string name = entry.name.substr(0, entry.name.size() - (isArray(entry) ? 4 : 0));
        if (!isArray(entry) || (!wanted.empty() && name != wanted))
            continue;
        try {
            const int64_t offset = dataOffset(*bytes, entry);
            arrays.emplace_back(
                name, entry.deflated
                          ? bytesInMemory(inflated(*bytes, entry, offset), bytes->name())
                          : std::make_shared<PartOfBytes>(bytes, offset, entry.bytes, bytes->name()));
        } catch (const InputError& error) {
            notes.push_back("array '" + escaped(name) + "' was left out: " + escaped(error.fault()));
            if (!first)
                first = error;
        }
    }
    if (arrays.empty() && first)
        throw InputError(*first);
    if (arrays.empty())
        throw InputError(bytes->name(),
                         wanted.empty() ? "it holds no arrays" : "it holds no array '" + wanted + "'",
                         "name a file or array that is there");
    return arrays;
}

bool looksLikeNpz(const std::string& path) {
    try {
        const ByteSourcePtr bytes = openBytes(path);
        if (!bytes->bytesAt(0, 4).starts_with("PK"))
            return false;
        const std::vector<ZipEntry> entries = entriesOf(*bytes);
        return std::any_of(entries.begin(), entries.end(), isArray);
    } catch (const InputError&) {
        return false;
    } catch (const ZipFault&) {
        return false;
    }
}

} // namespace galatea
