#pragma once
// A loop shared among a few threads.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace galatea {

/// Threads asked for, or as many as the machine runs at once for 0; never more than `pieces`.
inline int64_t usefulThreads(int64_t asked, int64_t pieces) {
    const int64_t all = std::max<int64_t>(1, static_cast<int64_t>(std::thread::hardware_concurrency()));
    return std::clamp<int64_t>(asked > 0 ? asked : all, 1, std::max<int64_t>(pieces, 1));
}

/// Calls work(i) once for each i in 0 … count−1, in no order, on `threads` threads (0: all cores), this one
/// among them. After the first exception no further piece begins, and it is thrown from here.
template <class Work>
void parallelFor(int64_t count, int64_t threads, Work work) {
    std::atomic<int64_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr fault;
    std::mutex lock;
    const auto run = [&] {
        for (int64_t i = next++; i < count && !failed; i = next++) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard guard(lock);
                if (!failed.exchange(true))
                    fault = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> others;
        for (int64_t i = 1; i < usefulThreads(threads, count); ++i)
            others.emplace_back(run);
        run();
    }
    if (fault)
        std::rethrow_exception(fault);
}

} // namespace galatea
