#include "mixture/row_blocks.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace galatea {

namespace {

std::atomic<int> chosenThreads{0};

/// What the threads of one forEachBlock call share.
struct BlockQueue {
    std::atomic<int64_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;

    void fail() {
        const std::lock_guard lock(mutex);
        if (!failure)
            failure = std::current_exception();
    }
    bool failed() {
        const std::lock_guard lock(mutex);
        return failure != nullptr;
    }
};

} // namespace

void setRowThreads(int count) {
    chosenThreads = std::max(count, 0);
}

int rowThreads() {
    const int chosen = chosenThreads;
    return chosen > 0 ? chosen : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

RowBlocks::RowBlocks(int64_t rowCount, int64_t smallest) : rows(rowCount) {
    constexpr int64_t mostBlocks = 64;
    blockRows = std::max({int64_t{1}, smallest, (rowCount + mostBlocks - 1) / mostBlocks});
}

void forEachBlock(const RowBlocks& blocks, const StopToken& stop,
                  const std::function<void(int64_t, int64_t, int64_t)>& work) {
    BlockQueue queue;
    const auto serve = [&] {
        try {
            for (int64_t block; (block = queue.next++) < blocks.count() && !queue.failed();) {
                throwIfStopped(stop);
                work(block, blocks.begin(block), blocks.end(block));
            }
        } catch (...) {
            queue.fail();
        }
    };
    std::vector<std::jthread> helpers;
    for (int64_t i = 1; i < std::min<int64_t>(rowThreads(), blocks.count()); ++i)
        helpers.emplace_back(serve);
    serve();
    helpers.clear(); // joins
    if (queue.failure)
        std::rethrow_exception(queue.failure);
}

} // namespace galatea
