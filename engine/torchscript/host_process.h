#pragma once
// One running model host, seen from the program: started, asked, watched, killed, reaped.

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/types.h>

#include "torchscript/host_protocol.h"

namespace galatea {

enum class HostEnd {
    Died,     ///< by itself: a crash, an exit
    Time,     ///< killed for the clock
    Memory,   ///< killed for its resident memory
    Nonsense, ///< killed because what it sent makes no sense
};

/// The host is gone; start a new one.
struct HostLost : std::runtime_error {
    HostLost(HostEnd how, const std::string& text) : std::runtime_error(text), end(how) {}
    HostEnd end;
};

struct HostBudget {
    double seconds = 0;        ///< wall clock until the answer
    int64_t residentBytes = 0; ///< of the host process
};

class HostProcess {
  public:
    /// Starts the program with the model's open file. Throws HostLost if it cannot be started.
    explicit HostProcess(int modelDescriptor);
    ~HostProcess(); ///< kills and reaps it
    HostProcess(const HostProcess&) = delete;
    HostProcess& operator=(const HostProcess&) = delete;

    bool alive() const;
    pid_t id() const { return process_; }
    /// Sends a question, with an area's descriptor unless negative, and waits for its answer. Not for two
    /// threads at once. Throws HostLost; the host is dead then.
    HostMessage ask(HostMessage question, int areaDescriptor, const HostBudget& budget);

  private:
    void run(int modelDescriptor, int hostSocket);
    int spawn(int modelDescriptor, int hostSocket);
    void kill();
    std::string howItEnded();
    [[noreturn]] void lose(HostEnd end);

    int socket_ = -1;
    uint32_t questions_ = 0;
    std::thread keeper_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    pid_t process_ = -1;
    int startFault_ = 0; ///< errno of a start that failed
    bool started_ = false, ended_ = false;
    int status_ = 0; ///< of waitpid
};

/// Path of galatea-model-host: beside the running program, in ../libexec/galatea beside its folder, or
/// named by the environment variable GALATEA_MODEL_HOST. Empty if there is none.
std::string modelHostProgram();

} // namespace galatea
