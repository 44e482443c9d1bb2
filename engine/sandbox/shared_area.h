#pragma once
// Memory that two processes see at once and neither can shrink under the other's feet.

#include <cstddef>
#include <cstdint>
#include <span>

namespace galatea {

class SharedArea {
  public:
    SharedArea() = default;
    /// Makes a zero-filled area and seals its size. Throws std::system_error.
    static SharedArea create(int64_t bytes);
    /// Maps an area somebody else made; the descriptor stays the caller's and is not needed any more.
    /// Throws std::runtime_error unless the area is sealed and exactly `bytes` long.
    static SharedArea adopt(int descriptor, int64_t bytes);
    ~SharedArea();
    SharedArea(SharedArea&& other) noexcept;
    SharedArea& operator=(SharedArea&& other) noexcept;

    int descriptor() const { return descriptor_; }
    int64_t bytes() const { return bytes_; }
    std::byte* data() const { return data_; }
    /// `count` floats from byte `offset`. Throws std::out_of_range if they are not all inside.
    std::span<float> floats(int64_t offset, int64_t count) const;

  private:
    void map(int descriptor, int64_t bytes);
    int descriptor_ = -1;
    int64_t bytes_ = 0;
    std::byte* data_ = nullptr;
};

} // namespace galatea
