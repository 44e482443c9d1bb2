#include "torchscript/host_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace galatea {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int watchMilliseconds = 20; ///< between two looks at the host's memory

std::string programFolder() {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
    const std::string path(buffer.data(), length > 0 ? static_cast<size_t>(length) : 0);
    return path.substr(0, path.rfind('/'));
}

bool isProgram(const std::string& path) {
    return access(path.c_str(), X_OK) == 0;
}

/// The little a host needs to know of our environment; everything else is none of a stranger's business.
std::vector<std::string> hostEnvironment() {
    // Waiting threads must sleep: the window's own threads want the cores.
    std::vector<std::string> entries{"LANG=C", "TZ=UTC", "OMP_WAIT_POLICY=PASSIVE"};
    for (const char* name :
         {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name); value != nullptr)
            entries.push_back(std::string(name) + "=" + value);
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// posix_spawn's two helper objects, destroyed with their scope.
struct SpawnSetup {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    SpawnSetup() {
        posix_spawn_file_actions_init(&files);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    void prepare(int hostSocket, int model) {
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&files, hostSocket, hostSocketDescriptor);
        posix_spawn_file_actions_adddup2(&files, model, hostModelDescriptor);
        // Its own group: Ctrl-C in the terminal is for us, who then end it in good order.
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
};

int64_t residentBytes(pid_t process) {
    const std::string path = "/proc/" + std::to_string(process) + "/statm";
    long long total = 0, resident = 0;
    std::FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr)
        return 0;
    const bool read = std::fscanf(file, "%lld %lld", &total, &resident) == 2;
    std::fclose(file);
    return read ? resident * sysconf(_SC_PAGESIZE) : 0;
}

/// Signals are handled by the program's own threads, never by the keeper.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

std::string modelHostProgram() {
    const std::string folder = programFolder(), name = "/galatea-model-host";
    for (const std::string& path : {folder + name, folder + "/../libexec/galatea" + name})
        if (isProgram(path))
            return path;
    const char* named = std::getenv("GALATEA_MODEL_HOST");
    return named != nullptr && isProgram(named) ? named : std::string();
}

HostProcess::HostProcess(int modelDescriptor) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw HostLost(HostEnd::Died, "cannot be started (" + std::string(std::strerror(errno)) + ")");
    socket_ = ends[0];
    {
        const SignalsBlocked blocked;
        keeper_ = std::thread([this, modelDescriptor, end = ends[1]] { run(modelDescriptor, end); });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return started_ || ended_; });
    if (started_)
        return;
    lock.unlock();
    keeper_.join();
    close(socket_);
    throw HostLost(HostEnd::Died, "cannot be started (" + std::string(std::strerror(startFault_)) + ")");
}

HostProcess::~HostProcess() {
    kill();
    keeper_.join();
    close(socket_);
}

/// Starts the host and waits for its end. The kernel ties the host's life to the thread that started it,
/// not to the whole program, so that thread is this one, which lives exactly as long.
void HostProcess::run(int modelDescriptor, int hostSocket) {
    const int fault = spawn(modelDescriptor, hostSocket);
    close(hostSocket);
    if (fault == 0) {
        siginfo_t facts{};
        while (waitid(P_PID, static_cast<id_t>(process_), &facts, WEXITED | WNOWAIT) != 0 && errno == EINTR)
            continue;
    }
    // From here on the number may belong to somebody else.
    const std::lock_guard lock(mutex_);
    if (fault == 0)
        waitpid(process_, &status_, 0);
    startFault_ = fault;
    ended_ = true;
    changed_.notify_all();
}

int HostProcess::spawn(int modelDescriptor, int hostSocket) {
    const std::string program = modelHostProgram();
    if (program.empty())
        return ENOENT;
    // Out of the way of the places they are copied to.
    const int end = fcntl(hostSocket, F_DUPFD_CLOEXEC, 16),
              model = fcntl(modelDescriptor, F_DUPFD_CLOEXEC, 16);
    SpawnSetup setup;
    setup.prepare(end, model);
    std::vector<std::string> words{program, std::to_string(getpid())}, environment = hostEnvironment();
    pid_t process = -1;
    int fault = end < 0 || model < 0 ? EMFILE : 0;
    if (fault == 0)
        fault = posix_spawn(&process, program.c_str(), &setup.files, &setup.attributes,
                            pointers(words).data(), pointers(environment).data());
    close(end);
    close(model);
    const std::lock_guard lock(mutex_);
    process_ = process;
    started_ = fault == 0;
    changed_.notify_all();
    return fault;
}

bool HostProcess::alive() const {
    const std::lock_guard lock(mutex_);
    return started_ && !ended_;
}

void HostProcess::kill() {
    const std::lock_guard lock(mutex_);
    if (started_ && !ended_)
        ::kill(process_, SIGKILL);
}

std::string HostProcess::howItEnded() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
    if (WIFSIGNALED(status_))
        return "signal " + std::to_string(WTERMSIG(status_)) + ", " + strsignal(WTERMSIG(status_));
    return "exit status " + std::to_string(WEXITSTATUS(status_));
}

void HostProcess::lose(HostEnd end) {
    if (end == HostEnd::Died) {
        // Its socket may close a moment before it is gone; one that closed it on purpose is not waited for.
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(2), [this] { return ended_; });
    }
    kill();
    throw HostLost(end, howItEnded());
}

HostMessage HostProcess::ask(HostMessage question, int areaDescriptor, const HostBudget& budget) {
    question.number = ++questions_;
    const auto deadline = Clock::now() + std::chrono::duration<double>(std::min(budget.seconds, 1e8));
    if (!sendMessage(socket_, question, areaDescriptor))
        lose(HostEnd::Died);
    for (;;) {
        pollfd watched{socket_, POLLIN, 0};
        const int ready = poll(&watched, 1, watchMilliseconds);
        if (ready > 0)
            break;
        if (Clock::now() >= deadline)
            lose(HostEnd::Time);
        if (residentBytes(process_) > budget.residentBytes)
            lose(HostEnd::Memory);
    }
    HostMessage reply;
    int unexpected = -1;
    const Received received = receiveMessage(socket_, reply, unexpected);
    if (unexpected >= 0)
        close(unexpected);
    if (received == Received::Closed)
        lose(HostEnd::Died);
    if (received != Received::Message || reply.number != question.number)
        lose(HostEnd::Nonsense);
    return reply;
}

} // namespace galatea
