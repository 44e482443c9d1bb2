#pragma once
// Progress on stderr: a bar with rate and remaining time on a terminal, a plain line every few seconds
// otherwise. Warnings are printed at once and kept for --json.

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "core/progress.h"

namespace galatea::cli {

class TerminalProgress final : public ProgressSink {
  public:
    ~TerminalProgress() override { finish(); }

    /// quiet: no progress; warnings are shown all the same.
    void setQuiet(bool quiet) { quiet_ = quiet; }
    void update(const ProgressUpdate& update) override;
    void warn(const std::string& message) override;
    /// Takes an unfinished bar off the terminal; call before other text is printed.
    void finish();
    std::vector<std::string> warnings() const;

  private:
    using Clock = std::chrono::steady_clock;

    std::string line(const ProgressUpdate& update, double seconds) const;
    void clearBar();

    mutable std::mutex mutex_;
    bool quiet_ = false, barShown_ = false;
    std::string unit_;
    int64_t total_ = -1, done_ = 0;
    int64_t firstDone_ = 0; ///< units that were done when this work was first heard of
    Clock::time_point began_{}, shown_{};
    std::vector<std::string> warnings_;
};

/// "0:07", "12:34" or "3:05:00".
std::string clockText(double seconds);

} // namespace galatea::cli
