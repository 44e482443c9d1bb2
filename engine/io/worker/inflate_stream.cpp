#include "io/worker/inflate_stream.h"

#include <bzlib.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/text.h"
#include "io/worker/memory_writer.h"

namespace galatea::decode {

namespace {

constexpr int64_t blockBytes = int64_t{256} << 10, windowBytes = int64_t{8} << 20;

[[noreturn]] void fail(const RegularFile& file, const std::string& fault) {
    throw InputError(file.path(), fault, "get the file again");
}

/// The packed file, a block at a time.
class PackedInput {
  public:
    explicit PackedInput(const RegularFile& file) : file_(file) {}
    /// What has not been consumed; reads on if that is nothing. Empty at the end of the file.
    std::span<std::byte> available() {
        if (begin_ == end_) {
            const int64_t count = std::min(blockBytes, file_.size() - read_);
            block_.resize(static_cast<size_t>(count));
            file_.readAt(read_, block_);
            read_ += count;
            begin_ = 0;
            end_ = block_.size();
        }
        return std::span(block_).subspan(begin_, end_ - begin_);
    }
    void consume(size_t count) { begin_ += count; }
    /// True if the next bytes are these; they stay.
    bool startsWith(std::string_view signature) {
        const int64_t at = read_ - static_cast<int64_t>(end_ - begin_);
        if (file_.size() - at < static_cast<int64_t>(signature.size()))
            return false;
        std::string bytes(signature.size(), '\0');
        file_.readAt(at, std::as_writable_bytes(std::span<char>(bytes)));
        return bytes == signature;
    }
    bool onlyZerosLeft() {
        for (std::span<std::byte> part = available(); !part.empty(); part = available()) {
            if (std::any_of(part.begin(), part.end(), [](std::byte byte) { return byte != std::byte{0}; }))
                return false;
            consume(part.size());
        }
        return true;
    }

  private:
    const RegularFile& file_;
    std::vector<std::byte> block_;
    size_t begin_ = 0, end_ = 0;
    int64_t read_ = 0;
};

/// The unpacked bytes, written through one window of the shared memory.
class UnpackedOutput {
  public:
    UnpackedOutput(const RegularFile& file, int out, const InflateOptions& limits)
        : file_(file), out_(out), room_(std::min(memoryLength(out), limits.maxBytes)), limits_(limits) {}

    /// Room for at least one byte.
    std::span<std::byte> room() {
        if (total_ == windowEnd_) {
            window_.reset();
            if (total_ >= room_)
                throw InputError(file_.path(),
                                 "it unpacks to more than " + humanBytes(static_cast<double>(room_)),
                                 "unpack it on disk and open what comes out");
            windowStart_ = total_;
            windowEnd_ = std::min(room_, total_ + windowBytes);
            window_.emplace(out_, windowStart_, windowEnd_ - windowStart_, Filling::Part);
        }
        return window_->bytes().subspan(static_cast<size_t>(total_ - windowStart_));
    }
    void wrote(size_t count) {
        total_ += static_cast<int64_t>(count);
        if (total_ > limits_.freeBytes && total_ / limits_.maxRatio > file_.size())
            throw InputError(file_.path(),
                             "it unpacks to more than " + std::to_string(limits_.maxRatio) +
                                 " times its length, as no honest image does",
                             "unpack it on disk if you trust it, and open what comes out");
    }
    int64_t total() const { return total_; }

  private:
    const RegularFile& file_;
    int out_;
    int64_t room_, total_ = 0, windowStart_ = 0, windowEnd_ = 0;
    InflateOptions limits_;
    std::optional<MemoryView> window_;
};

/// One member at a time: feeds the library until it says the member is over.
struct GzipMember {
    z_stream stream{};
    GzipMember() {
        if (inflateInit2(&stream, 15 + 16) != Z_OK) // 16: a gzip header and its checksums
            throw std::bad_alloc();
    }
    ~GzipMember() { inflateEnd(&stream); }
    GzipMember(const GzipMember&) = delete;
    GzipMember& operator=(const GzipMember&) = delete;

    bool step(const RegularFile& file, std::span<std::byte>& in, std::span<std::byte>& out) {
        stream.next_in = reinterpret_cast<Bytef*>(in.data());
        stream.avail_in = static_cast<uInt>(in.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        const int state = ::inflate(&stream, Z_NO_FLUSH);
        if (state == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            fail(file, "its packed data are damaged");
        in = in.last(stream.avail_in);
        out = out.last(stream.avail_out);
        return state == Z_STREAM_END;
    }
};

struct Bzip2Member {
    bz_stream stream{};
    Bzip2Member() {
        if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
            throw std::bad_alloc();
    }
    ~Bzip2Member() { BZ2_bzDecompressEnd(&stream); }
    Bzip2Member(const Bzip2Member&) = delete;
    Bzip2Member& operator=(const Bzip2Member&) = delete;

    bool step(const RegularFile& file, std::span<std::byte>& in, std::span<std::byte>& out) {
        stream.next_in = reinterpret_cast<char*>(in.data());
        stream.avail_in = static_cast<unsigned>(in.size());
        stream.next_out = reinterpret_cast<char*>(out.data());
        stream.avail_out = static_cast<unsigned>(out.size());
        const int state = BZ2_bzDecompress(&stream);
        if (state == BZ_MEM_ERROR)
            throw std::bad_alloc();
        if (state != BZ_OK && state != BZ_STREAM_END)
            fail(file, "its packed data are damaged");
        in = in.last(stream.avail_in);
        out = out.last(stream.avail_out);
        return state == BZ_STREAM_END;
    }
};

template <class Member>
void unpackMember(const RegularFile& file, PackedInput& input, UnpackedOutput& output) {
    Member member;
    for (bool ended = false; !ended;) {
        const std::span<std::byte> in = input.available(), out = output.room();
        std::span<std::byte> inLeft = in, outLeft = out;
        ended = member.step(file, inLeft, outLeft);
        input.consume(in.size() - inLeft.size());
        output.wrote(out.size() - outLeft.size());
        // With room for more and nothing left to read there will never be more.
        if (!ended && in.empty() && outLeft.size() == out.size())
            fail(file, "its packed data are cut short");
    }
}

} // namespace

Inflated inflateInto(const RegularFile& file, int out, const InflateOptions& limits) {
    const Packing packing = packingOf(file.firstBytes(10));
    if (packing == Packing::None)
        fail(file, "it is not packed with gzip or bzip2");
    const std::string_view signature = packing == Packing::Gzip ? "\x1f\x8b" : "BZh";
    PackedInput input(file);
    UnpackedOutput output(file, out, limits);
    Inflated result;
    do {
        if (packing == Packing::Gzip)
            unpackMember<GzipMember>(file, input, output);
        else
            unpackMember<Bzip2Member>(file, input, output);
    } while (input.startsWith(signature));
    if (!input.onlyZerosLeft())
        result.notes.emplace_back("bytes behind the packed data are ignored");
    result.bytes = output.total();
    return result;
}

} // namespace galatea::decode
