#pragma once
// The two ends of unpacking: the packed file, and the shared memory that what comes out is written to.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "io/inflate.h"
#include "io/regular_file.h"
#include "io/worker/memory_writer.h"

namespace galatea::decode {

/// The packed file, a block at a time.
class PackedInput {
  public:
    explicit PackedInput(const RegularFile& file) : file_(file) {}
    /// What has not been consumed; reads on if that is nothing. Empty at the end of the file.
    std::span<std::byte> available();
    void consume(size_t count) { begin_ += count; }
    /// Bytes consumed since the start of the file, and going back to such a place.
    int64_t position() const { return read_ - static_cast<int64_t>(end_ - begin_); }
    void seek(int64_t position);
    /// True if the next bytes are these; they stay.
    bool startsWith(std::string_view signature) const;
    bool onlyZerosLeft();

  private:
    const RegularFile& file_;
    std::vector<std::byte> block_;
    size_t begin_ = 0, end_ = 0;
    int64_t read_ = 0;
};

/// The unpacked bytes, written through one window of the shared memory.
class UnpackedOutput {
  public:
    UnpackedOutput(const RegularFile& file, int out, const InflateOptions& limits);

    /// Room for at least one byte. Throws InputError at the limit of bytes.
    std::span<std::byte> room();
    /// Throws InputError beyond the limit of what is honest for the file's length.
    void wrote(size_t count);
    void write(std::span<const std::byte> bytes);
    int64_t total() const { return total_; }
    /// Forgets what was written after `total` bytes.
    void rewind(int64_t total);

  private:
    const RegularFile& file_;
    int out_;
    int64_t room_, total_ = 0, windowStart_ = 0, windowEnd_ = 0;
    InflateOptions limits_;
    std::optional<MemoryView> window_;
};

} // namespace galatea::decode
