#pragma once
// Memory straight from the system, and straight back: what a thread's heap is given back it keeps for itself.

#include <cstddef>
#include <new>
#include <vector>

#include <sys/mman.h>

namespace galatea {

template <class T>
struct PageAllocator {
    using value_type = T;
    PageAllocator() = default;
    template <class Other>
    PageAllocator(const PageAllocator<Other>&) {}
    T* allocate(std::size_t count) {
        void* pages =
            mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED)
            throw std::bad_alloc();
        return static_cast<T*>(pages);
    }
    void deallocate(T* pages, std::size_t count) { munmap(pages, count * sizeof(T)); }
    template <class Other>
    bool operator==(const PageAllocator<Other>&) const {
        return true;
    }
};

template <class T>
using PagedVector = std::vector<T, PageAllocator<T>>;

} // namespace galatea
