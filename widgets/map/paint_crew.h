#pragma once
// A few threads that wait for work and do it together: each is called once with its number.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace galatea {

class PaintCrew {
  public:
    using Work = std::function<void(int thread)>;

    explicit PaintCrew(int threads);
    ~PaintCrew(); ///< waits for what is being done
    PaintCrew(const PaintCrew&) = delete;
    PaintCrew& operator=(const PaintCrew&) = delete;

    int size() const { return static_cast<int>(threads_.size()); }
    /// Begins; the last thread to finish calls `finished`. Only while nothing else is being done.
    void start(Work work, std::function<void()> finished = {});
    void wait(); ///< until all are idle
    void run(Work work) {
        start(std::move(work));
        wait();
    }

  private:
    void live(int thread);

    std::mutex lock_;
    std::condition_variable begin_, end_;
    Work work_;
    std::function<void()> finished_;
    unsigned long job_ = 0;
    int working_ = 0;
    bool leaving_ = false;
    std::vector<std::thread> threads_;
};

} // namespace galatea
