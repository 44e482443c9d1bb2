#pragma once
// Shared memory filled a window at a time, so that the worker's own resident memory stays small however
// long the result is.

#include <cstddef>
#include <cstdint>
#include <span>

namespace galatea::decode {

enum class Filling {
    All, ///< every byte will be written: its pages are taken in one go, which is faster than one by one
    Part ///< pages are taken as they are written
};

/// A writable view of part of shared memory, unmapped with its scope. Throws std::runtime_error if the part
/// is not inside.
class MemoryView {
  public:
    MemoryView(int descriptor, int64_t offset, int64_t bytes, Filling filling = Filling::All);
    ~MemoryView();
    MemoryView(MemoryView&& other) noexcept;
    MemoryView& operator=(MemoryView&& other) noexcept;
    std::span<std::byte> bytes() const { return {data_, static_cast<size_t>(bytes_)}; }

  private:
    void* mapped_ = nullptr;
    size_t mappedBytes_ = 0;
    std::byte* data_ = nullptr;
    int64_t bytes_ = 0;
};

/// Length of the shared memory behind a descriptor. Throws std::runtime_error if there is none.
int64_t memoryLength(int descriptor);

} // namespace galatea::decode
