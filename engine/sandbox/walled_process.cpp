#include "sandbox/walled_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
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
#include <system_error>

#include "sandbox/bubblewrap.h"
#include "sandbox/child.h"
#include "sandbox/landlock.h"

namespace galatea {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int watchMilliseconds = 20; ///< between two looks at the process's memory

std::string programFolder() {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
    const std::string path(buffer.data(), length > 0 ? static_cast<size_t>(length) : 0);
    return path.substr(0, path.rfind('/'));
}

bool isProgram(const std::string& path) {
    return access(path.c_str(), X_OK) == 0;
}

/// The little a helper needs to know of our environment; everything else is none of a stranger's business.
std::vector<std::string> helperEnvironment(const std::vector<std::string>& more) {
    std::vector<std::string> entries{"LANG=C", "TZ=UTC"};
    for (const char* name :
         {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name); value != nullptr)
            entries.push_back(std::string(name) + "=" + value);
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// A descriptor of our own, closed with its scope.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    ~Descriptor() {
        if (descriptor_ >= 0)
            close(descriptor_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

/// posix_spawn's two helper objects and the descriptors the child gets.
class SpawnSetup {
  public:
    SpawnSetup() : null_(open("/dev/null", O_RDWR | O_CLOEXEC)) {
        posix_spawn_file_actions_init(&files);
        posix_spawnattr_init(&attributes);
        // Its own group: Ctrl-C in the terminal is for us, who then end it in good order.
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        for (const int standard : {0, 1, 2})
            posix_spawn_file_actions_adddup2(&files, null_.get(), standard);
    }
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
        for (const int descriptor : copies_)
            close(descriptor);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    /// The child finds `descriptor` at `place`. False if there is no room for it.
    bool give(int descriptor, int place) {
        // Out of the way of the places they are copied to.
        const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 64);
        if (copy < 0)
            return false;
        copies_.push_back(copy);
        return posix_spawn_file_actions_adddup2(&files, copy, place) == 0;
    }

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};

  private:
    Descriptor null_;
    std::vector<int> copies_;
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

/// The time a helper has had for an answer. What passes while this program itself is stopped or starved is
/// not the helper's.
class Allowance {
  public:
    explicit Allowance(double seconds) : seconds_(seconds) {}
    /// To be asked every `watchMilliseconds`.
    bool spent() {
        const Clock::time_point now = Clock::now();
        passed_ += std::min(std::chrono::duration<double>(now - seen_).count(), 5e-3 * watchMilliseconds);
        seen_ = now;
        return passed_ >= seconds_;
    }

  private:
    double seconds_, passed_ = 0;
    Clock::time_point seen_ = Clock::now();
};

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

/// A thread that holds itself to one processor passes that on to what it starts; a helper is to have all that
/// the program has.
void takeProcessorsOfProgram() {
    cpu_set_t all;
    if (sched_getaffinity(getpid(), sizeof all, &all) == 0) // the main thread's
        sched_setaffinity(0, sizeof all, &all);
}

[[noreturn]] void notStarted(int fault) {
    throw ProcessLost(ProcessEnd::Died, "cannot be started (" + std::string(std::strerror(fault)) + ")");
}

} // namespace

std::string findHelper(const std::string& name, const std::string& environmentVariable) {
    const std::string folder = programFolder();
    for (const std::string& path : {folder + "/" + name, folder + "/../libexec/galatea/" + name})
        if (isProgram(path))
            return path;
    const char* named = std::getenv(environmentVariable.c_str());
    return named != nullptr && isProgram(named) ? named : std::string();
}

WalledProcess::WalledProcess(const WalledStart& start) {
    if (start.program.empty())
        notStarted(ENOENT);
    bubblewrap_ = start.bubblewrap && wallsOfThisSystem().bubblewrap;
    std::array<int, 2> ends{};
    try {
        ends = messageSocketPair();
    } catch (const std::system_error& error) {
        notStarted(error.code().value());
    }
    socket_ = ends[0];
    {
        const SignalsBlocked blocked;
        keeper_ = std::thread([this, &start, end = ends[1]] { run(start, end); });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return started_ || ended_; });
    if (started_)
        return;
    lock.unlock();
    keeper_.join();
    close(socket_);
    if (info_ >= 0)
        close(info_);
    notStarted(startFault_);
}

WalledProcess::~WalledProcess() {
    kill();
    keeper_.join();
    close(socket_);
    if (info_ >= 0)
        close(info_);
}

/// Starts the process and waits for its end. The kernel ties its life to the thread that started it, not to
/// the whole program, so that thread is this one, which lives exactly as long.
void WalledProcess::run(const WalledStart& start, int childSocketEnd) {
    takeProcessorsOfProgram();
    int fault = 0;
    {
        const Descriptor childEnd(childSocketEnd);
        std::array<int, 2> info{-1, -1};
        if (bubblewrap_ && pipe2(info.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            fault = errno;
        info_ = info[0];
        const Descriptor infoEnd(info[1]);
        if (fault == 0)
            fault = spawn(start, childEnd.get(), infoEnd.get());
    }
    // `start` may be gone from here on.
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

int WalledProcess::spawn(const WalledStart& start, int childSocketEnd, int infoPipe) {
    SpawnSetup setup;
    bool given = setup.give(childSocketEnd, childSocket);
    int place = firstChildDescriptor;
    for (const int descriptor : start.descriptors)
        given = given && setup.give(descriptor, place++);
    given = given && (infoPipe < 0 || setup.give(infoPipe, place));
    if (!given)
        return EMFILE;
    std::vector<std::string> words{start.program, bubblewrap_ ? "0" : std::to_string(getpid()),
                                   std::to_string(start.descriptors.size()), bubblewrap_ ? "1" : "0",
                                   start.allowedWithoutWalls ? "1" : "0"};
    if (bubblewrap_)
        words = inBubblewrap(words, place);
    else // Of this thread and of what it starts; inside bubblewrap the file tree does that from the start.
        restrictThread(readableForStart(start.program));
    std::vector<std::string> environment = helperEnvironment(start.environment);
    pid_t process = -1;
    const int fault = posix_spawn(&process, words.front().c_str(), &setup.files, &setup.attributes,
                                  pointers(words).data(), pointers(environment).data());
    const std::lock_guard lock(mutex_);
    process_ = process;
    helper_ = bubblewrap_ ? -1 : process;
    started_ = fault == 0;
    changed_.notify_all();
    return fault;
}

bool WalledProcess::alive() const {
    const std::lock_guard lock(mutex_);
    return started_ && !ended_;
}

pid_t WalledProcess::id() const {
    const std::lock_guard lock(mutex_);
    if (helper_ > 0 || info_ < 0)
        return helper_;
    // {"child-pid": 4711, ...}, written in one piece before the helper runs
    std::array<char, 512> text{};
    const ssize_t got = read(info_, text.data(), text.size() - 1);
    const char* key = got > 0 ? std::strstr(text.data(), "\"child-pid\":") : nullptr;
    if (key != nullptr)
        helper_ = static_cast<pid_t>(std::strtol(key + std::strlen("\"child-pid\":"), nullptr, 10));
    return helper_;
}

void WalledProcess::kill() {
    const std::lock_guard lock(mutex_);
    if (started_ && !ended_)
        ::kill(process_, SIGKILL);
}

std::string WalledProcess::howItEnded() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
    const auto bySignal = [](int signal) {
        return "signal " + std::to_string(signal) + ", " + strsignal(signal);
    };
    if (WIFSIGNALED(status_))
        return bySignal(WTERMSIG(status_));
    const int status = WEXITSTATUS(status_);
    // bubblewrap passes a signal on as a shell does
    return bubblewrap_ && status > 128 ? bySignal(status - 128) : "exit status " + std::to_string(status);
}

void WalledProcess::lose(ProcessEnd end) {
    lost_ = true;
    if (end == ProcessEnd::Died) {
        // Its socket may close a moment before it is gone; one that closed it on purpose is not waited for.
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(2), [this] { return ended_; });
    }
    kill();
    throw ProcessLost(end, howItEnded());
}

void WalledProcess::reject() {
    lose(ProcessEnd::Nonsense);
}

void WalledProcess::waitForAnswer(const WalledBudget& budget) {
    Allowance allowance(budget.seconds);
    for (;;) {
        pollfd watched{socket_, POLLIN, 0};
        if (poll(&watched, 1, watchMilliseconds) > 0)
            return;
        if (budget.stop.stop_requested())
            lose(ProcessEnd::Stopped);
        if (allowance.spent())
            lose(ProcessEnd::Time);
        if (const pid_t helper = id(); helper > 0 && residentBytes(helper) > budget.residentBytes)
            lose(ProcessEnd::Memory);
    }
}

size_t WalledProcess::askBytes(std::span<const std::byte> question, std::span<std::byte> reply,
                               const WalledBudget& budget, int descriptor) {
    if (lost_ || !sendBytes(socket_, question, descriptor))
        lose(ProcessEnd::Died);
    waitForAnswer(budget);
    const ReceivedBytes received = receiveBytes(socket_, reply);
    if (received.descriptor >= 0)
        close(received.descriptor);
    if (received.state == Received::Closed)
        lose(ProcessEnd::Died);
    if (received.state == Received::Nonsense || received.descriptor >= 0)
        reject();
    return received.bytes;
}

} // namespace galatea
