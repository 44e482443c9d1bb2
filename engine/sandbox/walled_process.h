#pragma once
// A helper program behind walls, seen from the program: started, asked, watched, killed, reaped. The
// program's side of child.h.
//
//   WalledStart start{findHelper("galatea-decode-worker", "GALATEA_DECODE_WORKER")};
//   start.descriptors = {file.descriptor()};          // the child finds it as descriptor 4
//   WalledProcess worker(start);
//   MyMessage reply = worker.ask(question, {.seconds = 20, .residentBytes = 1 << 30});

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "core/stop_token.h"
#include "sandbox/message_socket.h"
#include "sandbox/walls.h"

namespace galatea {

/// Path of a helper program: beside the running program, in ../libexec/galatea beside its folder, or named
/// by the environment variable. Empty if there is none.
std::string findHelper(const std::string& name, const std::string& environmentVariable);

struct WalledStart {
    std::string program;               ///< path, of findHelper()
    std::vector<int> descriptors = {}; ///< open files it gets as 4, 5, ...; they stay the caller's
    bool allowedWithoutWalls = false;  ///< the child serves even behind fewer walls than enough
    bool bubblewrap = true;            ///< false: Landlock and seccomp only (to compare costs, and in tests)
    std::vector<std::string> environment = {}; ///< "NAME=value" on top of the few that every helper gets
};

enum class ProcessEnd {
    Died,     ///< by itself: a crash, an exit
    Time,     ///< killed for the clock
    Memory,   ///< killed for its resident memory
    Nonsense, ///< killed because what it sent makes no sense
    Stopped,  ///< killed because the stop token asked for it
};

/// The process is gone; start a new one. what(): "signal 11, Segmentation fault" or "exit status 1", or why
/// it could not be started.
struct ProcessLost : std::runtime_error {
    ProcessLost(ProcessEnd how, const std::string& text) : std::runtime_error(text), end(how) {}
    ProcessEnd end;
};

struct WalledBudget {
    /// Until the answer, by the clock; without what passes while this program stands still.
    double seconds = 0;
    int64_t residentBytes = 0; ///< of the process
    StopToken stop = {};
};

class WalledProcess {
  public:
    /// Throws ProcessLost if the program cannot be started. Does not wait for it to be ready.
    explicit WalledProcess(const WalledStart& start);
    ~WalledProcess(); ///< kills and reaps it
    WalledProcess(const WalledProcess&) = delete;
    WalledProcess& operator=(const WalledProcess&) = delete;

    bool alive() const;
    pid_t id() const; ///< of the helper itself, as seen from here; -1 while that is not known
    bool usesBubblewrap() const { return bubblewrap_; }

    /// Sends a question, with an open file unless negative, and waits for its answer, which is exactly a
    /// Reply without a file. Not for two threads at once. Throws ProcessLost; the process is dead then.
    template <class Reply, class Question>
    Reply ask(const Question& question, const WalledBudget& budget, int descriptor = -1) {
        static_assert(std::is_trivially_copyable_v<Reply> && std::is_trivially_copyable_v<Question>);
        Reply reply{};
        const size_t got = askBytes(std::as_bytes(std::span(&question, 1)),
                                    std::as_writable_bytes(std::span(&reply, 1)), budget, descriptor);
        if (got != sizeof reply)
            reject();
        return reply;
    }
    template <class Message>
    Message ask(const Message& question, const WalledBudget& budget, int descriptor = -1) {
        return ask<Message, Message>(question, budget, descriptor);
    }
    /// The same for messages of any length; returns the reply's.
    size_t askBytes(std::span<const std::byte> question, std::span<std::byte> reply,
                    const WalledBudget& budget, int descriptor = -1);
    /// Kills it because an answer makes no sense, and throws ProcessLost.
    [[noreturn]] void reject();

  private:
    void run(const WalledStart& start, int childSocket);
    int spawn(const WalledStart& start, int childSocket, int infoPipe);
    void kill();
    void waitForAnswer(const WalledBudget& budget);
    std::string howItEnded();
    [[noreturn]] void lose(ProcessEnd end);

    int socket_ = -1;
    int info_ = -1; ///< where bubblewrap tells the helper's process number
    bool bubblewrap_ = false;
    bool lost_ = false; ///< given up; what may still lie in the socket is no answer any more
    std::thread keeper_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    pid_t process_ = -1;        ///< our child: the helper, or bubblewrap around it
    mutable pid_t helper_ = -1; ///< the helper
    int startFault_ = 0;        ///< errno of a start that failed
    bool started_ = false, ended_ = false;
    int status_ = 0; ///< of waitpid
};

} // namespace galatea
