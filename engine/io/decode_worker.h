#pragma once
// Inside engine/io only: a decode worker seen from the program. Everything that decodes what a stranger
// packed goes through it; when it dies, one sentence says of which file and why.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "io/decode_protocol.h"
#include "io/sealed_memory.h"
#include "sandbox/walled_process.h"

namespace galatea::decode {

/// What a task may cost before the worker is killed.
struct Budget {
    double seconds = 10;                   ///< wall clock
    int64_t resultBytes = 0;               ///< that the result honestly needs, on top of `ownBytes`
    int64_t ownBytes = int64_t{512} << 20; ///< for the worker's own work
};

/// One process. Not for two threads at once.
class DecodeWorker {
  public:
    /// Starts it. Throws InputError naming `file` if it cannot be started.
    DecodeWorker(const std::string& file, bool allowedWithoutWalls);
    ~DecodeWorker();

    bool alive() const { return process_->alive(); }
    bool ranOutOfTime() const { return ranOutOfTime_; } ///< that is how it was lost
    pid_t id() const { return process_->id(); }

    /// Hands over an open file; what is asked from now on is about it. `file`: its name for messages.
    void attach(const std::string& file, int descriptor);
    /// Asks, and gives the answer's values to `use`, which throws WireFault if they make no sense. `room`:
    /// memory for what is long; may be none. Throws the worker's InputError or std::out_of_range, or
    /// InputError if the worker is lost.
    void ask(Task task, const WireWriter& arguments, const Budget& budget, SealedMemory* room,
             const std::function<void(WireReader&)>& use);

  private:
    [[noreturn]] void lost(const ProcessLost& loss, const Budget& budget);
    std::unique_ptr<WalledProcess> process_;
    std::string file_;
    std::string buffer_;
    bool ranOutOfTime_ = false;
};

/// A worker for a short task, from a small pool of waiting ones. It goes back unless it died.
class BorrowedWorker {
  public:
    /// Attached to the file already.
    BorrowedWorker(const std::string& file, int descriptor);
    ~BorrowedWorker();
    BorrowedWorker(const BorrowedWorker&) = delete;
    BorrowedWorker& operator=(const BorrowedWorker&) = delete;
    DecodeWorker* operator->() const { return worker_.get(); }

  private:
    std::unique_ptr<DecodeWorker> worker_;
    bool reusable_ = true;
};

/// Process numbers of the workers waiting in the pool, for tests.
std::vector<pid_t> waitingWorkers();

} // namespace galatea::decode
