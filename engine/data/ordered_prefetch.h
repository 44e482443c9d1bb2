#pragma once
// Makes numbered items on background threads, a bounded number ahead, and hands them out in order.

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/stop_token.h"

namespace galatea {

template <class T>
class OrderedPrefetch {
  public:
    /// `make(i)` for i = 0 … count-1 runs on `threads` threads, at most `depth` items ahead of next().
    OrderedPrefetch(int64_t count, int64_t threads, int64_t depth, std::function<T(int64_t)> make)
        : count_(count), depth_(std::max<int64_t>(depth, 1)), make_(std::move(make)) {
        for (int64_t i = 0; i < std::clamp<int64_t>(threads, 1, std::max<int64_t>(count, 1)); ++i)
            threads_.emplace_back([this] { work(); });
    }
    /// Waits for the items being made; those not begun are dropped.
    ~OrderedPrefetch() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_)
            thread.join();
    }
    OrderedPrefetch(const OrderedPrefetch&) = delete;
    OrderedPrefetch& operator=(const OrderedPrefetch&) = delete;

    /// The next item, or nothing after the last. Rethrows what making it threw; throws Interrupted if a stop
    /// is requested.
    std::optional<T> next(const StopToken& stop = {}) {
        throwIfStopped(stop);
        std::unique_lock lock(mutex_);
        if (handed_ >= count_)
            return std::nullopt;
        if (!changed_.wait(lock, stop, [this] { return ready_.contains(handed_); }))
            throw Interrupted("interrupted");
        auto node = ready_.extract(handed_++);
        lock.unlock();
        changed_.notify_all();
        if (node.mapped().fault)
            std::rethrow_exception(node.mapped().fault);
        return std::move(node.mapped().item);
    }

  private:
    struct Slot {
        std::optional<T> item;
        std::exception_ptr fault;
    };

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock,
                          [this] { return stopping_ || started_ >= count_ || started_ < handed_ + depth_; });
            if (stopping_ || started_ >= count_)
                return;
            const int64_t index = started_++;
            lock.unlock();
            Slot slot;
            try {
                slot.item = make_(index);
            } catch (...) {
                slot.fault = std::current_exception();
            }
            lock.lock();
            ready_.emplace(index, std::move(slot));
            changed_.notify_all();
        }
    }

    const int64_t count_, depth_;
    const std::function<T(int64_t)> make_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<int64_t, Slot> ready_;
    int64_t started_ = 0, handed_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace galatea
