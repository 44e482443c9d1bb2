#include "io/worker/inflate_stream.h"

#include <bzlib.h>
#include <zlib.h>

#include <algorithm>
#include <span>

#include "core/error.h"
#include "io/worker/bzip2_blocks.h"
#include "io/worker/packed_stream.h"

namespace galatea::decode {

namespace {

[[noreturn]] void fail(const RegularFile& file, const std::string& fault) {
    throw InputError(file.path(), fault, "get the file again");
}

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
        else if (!unpackBzip2Blocks(input, output))
            unpackMember<Bzip2Member>(file, input, output);
    } while (input.startsWith(signature));
    if (!input.onlyZerosLeft())
        result.notes.emplace_back("bytes behind the packed data are ignored");
    result.bytes = output.total();
    return result;
}

} // namespace galatea::decode
