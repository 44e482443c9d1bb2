#include "io/sealed_memory.h"

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

constexpr int allSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

[[noreturn]] void failed() {
    throw std::system_error(errno, std::generic_category(), "shared memory");
}

std::shared_ptr<std::byte> mapped(int descriptor, int64_t bytes, int protection, int kind) {
    if (bytes == 0)
        return {};
    void* address = mmap(nullptr, static_cast<size_t>(bytes), protection, kind, descriptor, 0);
    if (address == MAP_FAILED)
        failed();
    return {static_cast<std::byte*>(address),
            [bytes](std::byte* data) { munmap(data, static_cast<size_t>(bytes)); }};
}

} // namespace

SealedMemory SealedMemory::room(int64_t maxBytes) {
    SealedMemory memory;
    memory.descriptor_ = memfd_create("galatea-decoded", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory.descriptor_ < 0 || ftruncate(memory.descriptor_, maxBytes) != 0)
        failed();
    memory.size_ = maxBytes;
    return memory;
}

SealedMemory::~SealedMemory() {
    if (descriptor_ >= 0)
        close(descriptor_);
}

SealedMemory::SealedMemory(SealedMemory&& other) noexcept {
    *this = std::move(other);
}

SealedMemory& SealedMemory::operator=(SealedMemory&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    std::swap(sealed_, other.sealed_);
    std::swap(mapped_, other.mapped_);
    return *this;
}

bool SealedMemory::seal(int64_t bytes) {
    struct stat facts {};
    if (bytes < 0 || bytes > size_ || fstat(descriptor_, &facts) != 0 || facts.st_size != size_)
        throw std::runtime_error("shared memory is not as long as it was");
    if (ftruncate(descriptor_, bytes) != 0)
        failed();
    if (fcntl(descriptor_, F_ADD_SEALS, allSeals) != 0) {
        if (errno == EBUSY)
            return false;
        failed();
    }
    // Between cutting and sealing another process could have changed the length once more.
    if (fstat(descriptor_, &facts) != 0 || facts.st_size != bytes)
        throw std::runtime_error("shared memory changed its length");
    size_ = bytes;
    sealed_ = true;
    return true;
}

std::span<const std::byte> SealedMemory::bytes() const {
    if (!sealed_)
        throw std::logic_error("shared memory is read only once it is sealed");
    if (!mapped_)
        mapped_ = mapped(descriptor_, size_, PROT_READ, MAP_SHARED);
    return {mapped_.get(), static_cast<size_t>(size_)};
}

Array SealedMemory::floats(int64_t offset, const std::vector<int64_t>& shape) const {
    if (!sealed_)
        throw std::logic_error("shared memory is read only once it is sealed");
    const int64_t count = checkedElementCount(shape);
    if (offset < 0 || offset > size_ || offset % static_cast<int64_t>(sizeof(float)) != 0 ||
        count > (size_ - offset) / static_cast<int64_t>(sizeof(float)))
        throw std::length_error("shared memory is shorter than what it should hold");
    const std::shared_ptr<std::byte> view =
        mapped(descriptor_, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    return Array::wrap({view, reinterpret_cast<float*>(view.get() + offset)}, shape);
}

} // namespace galatea
