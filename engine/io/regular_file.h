#pragma once
// The one way a foreign file is opened: only regular files, never a pipe, a device or a folder, and never
// blocking. Libraries that want a name get /proc/self/fd/N, so that what was checked is what they read.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace galatea {

class RegularFile {
  public:
    /// Throws InputError if `path` is missing, unreadable or no regular file. Relative paths are made
    /// absolute first.
    explicit RegularFile(const std::string& path);
    /// Takes over a descriptor that was opened elsewhere (also shared memory); `name` is used in messages.
    /// Throws InputError unless it is a regular file.
    static RegularFile adopt(int descriptor, std::string name);
    ~RegularFile();
    RegularFile(RegularFile&& other) noexcept;
    RegularFile& operator=(RegularFile&& other) noexcept;
    RegularFile(const RegularFile&) = delete;
    RegularFile& operator=(const RegularFile&) = delete;

    const std::string& path() const { return path_; } ///< as it was asked for; for messages
    int descriptor() const { return descriptor_; }
    std::string descriptorPath() const; ///< "/proc/self/fd/N", valid while this lives
    int64_t size() const { return size_; }

    /// The whole file. Throws InputError if it is longer than `cap` bytes.
    std::string readAll(int64_t cap) const;
    /// Exactly out.size() bytes from `offset`. Throws InputError if the file ends before.
    void readAt(int64_t offset, std::span<std::byte> out) const;
    /// Up to `count` bytes from the start, fewer if the file is shorter.
    std::string firstBytes(size_t count) const;

  private:
    RegularFile() = default;
    void requireRegular();
    std::string path_;
    int descriptor_ = -1;
    int64_t size_ = 0;
};

inline RegularFile openRegular(const std::string& path) {
    return RegularFile(path);
}

/// True if the two names lead to the same file on disk (also by links); false if either is missing.
bool sameFile(const std::string& first, const std::string& second);

} // namespace galatea
