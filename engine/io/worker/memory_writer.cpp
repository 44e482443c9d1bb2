#include "io/worker/memory_writer.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace galatea::decode {

int64_t memoryLength(int descriptor) {
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0)
        throw std::runtime_error("no memory came along");
    return facts.st_size;
}

MemoryView::MemoryView(int descriptor, int64_t offset, int64_t bytes, Filling filling) : bytes_(bytes) {
    const int64_t length = memoryLength(descriptor);
    if (offset < 0 || bytes < 0 || offset > length || bytes > length - offset)
        throw std::runtime_error("the memory that came along is too short");
    if (bytes == 0)
        return;
    const int64_t page = sysconf(_SC_PAGESIZE), start = offset / page * page;
    mappedBytes_ = static_cast<size_t>(offset - start + bytes);
    const int kind = MAP_SHARED | (filling == Filling::All ? MAP_POPULATE : 0);
    mapped_ = mmap(nullptr, mappedBytes_, PROT_READ | PROT_WRITE, kind, descriptor, start);
    if (mapped_ == MAP_FAILED) {
        mapped_ = nullptr;
        throw std::system_error(errno, std::generic_category(), "shared memory");
    }
    data_ = static_cast<std::byte*>(mapped_) + (offset - start);
}

MemoryView::~MemoryView() {
    if (mapped_ != nullptr)
        munmap(mapped_, mappedBytes_);
}

MemoryView::MemoryView(MemoryView&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)), mappedBytes_(other.mappedBytes_),
      data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryView& MemoryView::operator=(MemoryView&& other) noexcept {
    std::swap(mapped_, other.mapped_);
    std::swap(mappedBytes_, other.mappedBytes_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

} // namespace galatea::decode
