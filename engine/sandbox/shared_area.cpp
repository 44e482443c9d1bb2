#include "sandbox/shared_area.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace galatea {

namespace {
constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

[[noreturn]] void failed(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}
} // namespace

void SharedArea::map(int descriptor, int64_t bytes) {
    void* address =
        mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED)
        failed("shared memory");
    data_ = static_cast<std::byte*>(address);
    bytes_ = bytes;
}

SharedArea SharedArea::create(int64_t bytes) {
    SharedArea area;
    area.descriptor_ = memfd_create("galatea-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (area.descriptor_ < 0 || ftruncate(area.descriptor_, bytes) != 0 ||
        fcntl(area.descriptor_, F_ADD_SEALS, seals) != 0)
        failed("shared memory");
    area.map(area.descriptor_, bytes);
    return area;
}

SharedArea SharedArea::adopt(int descriptor, int64_t bytes) {
    SharedArea area;
    struct stat facts {};
    if (bytes <= 0 || fstat(descriptor, &facts) != 0 || facts.st_size != bytes ||
        (fcntl(descriptor, F_GET_SEALS) & seals) != seals)
        throw std::runtime_error("shared memory of the wrong size or without seals");
    area.map(descriptor, bytes);
    return area;
}

SharedArea::~SharedArea() {
    if (data_ != nullptr)
        munmap(data_, static_cast<size_t>(bytes_));
    if (descriptor_ >= 0)
        close(descriptor_);
}

SharedArea::SharedArea(SharedArea&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(std::exchange(other.bytes_, 0)),
      data_(std::exchange(other.data_, nullptr)) {}

SharedArea& SharedArea::operator=(SharedArea&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(bytes_, other.bytes_);
    std::swap(data_, other.data_);
    return *this;
}

std::span<float> SharedArea::floats(int64_t offset, int64_t count) const {
    if (offset < 0 || count < 0 || offset > bytes_ || offset % static_cast<int64_t>(alignof(float)) != 0 ||
        count > (bytes_ - offset) / static_cast<int64_t>(sizeof(float)))
        throw std::out_of_range("outside the shared memory");
    return {reinterpret_cast<float*>(data_ + offset), static_cast<size_t>(count)};
}

} // namespace galatea
