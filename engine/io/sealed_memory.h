#pragma once
// Memory that a decode worker fills and nobody can change afterwards: how large results cross from the worker
// to the program without a copy. The kernel enforces the seals, whatever the worker does.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/array.h"

namespace galatea {

class SealedMemory {
  public:
    SealedMemory() = default;
    /// Room for up to `maxBytes`, none of it taken from the system before it is written. Throws
    /// std::system_error.
    static SealedMemory room(int64_t maxBytes);
    ~SealedMemory();
    SealedMemory(SealedMemory&& other) noexcept;
    SealedMemory& operator=(SealedMemory&& other) noexcept;

    /// Shared memory that can be handed to another process; stays this object's. −1 if default-made.
    int descriptor() const { return descriptor_; }
    int64_t size() const { return size_; } ///< bytes; before seal() the most there may be

    /// Cuts it to its first `bytes` and forbids any change for ever. False, with nothing mapped, if another
    /// process still holds it open for writing through a mapping. Throws std::runtime_error if it is not
    /// that long.
    bool seal(int64_t bytes);
    /// The sealed bytes, mapped read-only at the first call; alive as long as this object.
    std::span<const std::byte> bytes() const;
    /// The bytes from `offset` as float32 [shape], a private view that may be written to without changing
    /// the sealed bytes; it lives on when this object is gone. Throws std::length_error if they are too few.
    Array floats(int64_t offset, const std::vector<int64_t>& shape) const;

  private:
    int descriptor_ = -1;
    int64_t size_ = 0;
    bool sealed_ = false;
    mutable std::shared_ptr<const std::byte> mapped_;
};

} // namespace galatea
