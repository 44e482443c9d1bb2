#pragma once
// Bytes that can be read at any place: a file on disk or memory that holds what was in one. Parsers take
// this, so that they do not care where their input comes from.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace galatea {

/// Immutable; every call may be made from several threads at once.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /// The file's name as it was asked for; for messages.
    virtual const std::string& name() const = 0;
    virtual int64_t size() const = 0;
    /// Exactly out.size() bytes from `offset`. Throws InputError if the source ends before.
    virtual void readAt(int64_t offset, std::span<std::byte> out) const = 0;
    /// A descriptor of the same bytes, to hand to another process; −1 if there is none. Stays the source's.
    virtual int descriptor() const { return -1; }

    /// Up to `count` bytes from `offset`, fewer if the source is shorter.
    std::string bytesAt(int64_t offset, int64_t count) const;
};

using ByteSourcePtr = std::shared_ptr<const ByteSource>;

/// A regular file, read by offset; nothing is kept in memory. Throws as openRegular() does.
ByteSourcePtr openBytes(const std::string& path);
/// The same, but a file packed with gzip or bzip2 (by content) is unpacked into sealed memory by the decode
/// worker. Throws as inflate() does.
ByteSourcePtr openUnpacked(const std::string& path, std::vector<std::string>& notes);

/// Bytes in memory; `name` is used in messages.
ByteSourcePtr bytesInMemory(std::string bytes, std::string name);

/// Memory that `owner` keeps alive and nobody changes (sealed), with its descriptor if it has one.
ByteSourcePtr bytesInMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                            std::string name, int descriptor = -1);

} // namespace galatea
