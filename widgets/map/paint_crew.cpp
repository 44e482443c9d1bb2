#include "widgets/map/paint_crew.h"

#include <algorithm>

namespace galatea {

PaintCrew::PaintCrew(int threads) {
    for (int thread = 0; thread < std::max(1, threads); ++thread)
        threads_.emplace_back([this, thread] { live(thread); });
}

PaintCrew::~PaintCrew() {
    wait();
    {
        const std::lock_guard guard(lock_);
        leaving_ = true;
    }
    begin_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void PaintCrew::live(int thread) {
    unsigned long done = 0;
    std::unique_lock guard(lock_);
    while (true) {
        begin_.wait(guard, [&] { return leaving_ || job_ != done; });
        if (leaving_)
            return;
        done = job_;
        guard.unlock();
        work_(thread);
        guard.lock();
        if (--working_ > 0)
            continue;
        if (finished_)
            finished_();
        end_.notify_all();
    }
}

void PaintCrew::start(Work work, std::function<void()> finished) {
    {
        const std::lock_guard guard(lock_);
        work_ = std::move(work);
        finished_ = std::move(finished);
        working_ = size();
        ++job_;
    }
    begin_.notify_all();
}

void PaintCrew::wait() {
    std::unique_lock guard(lock_);
    end_.wait(guard, [&] { return working_ == 0; });
}

} // namespace galatea
