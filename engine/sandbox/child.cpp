#include "sandbox/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "sandbox/landlock.h"
#include "sandbox/seccomp_filter.h"

namespace galatea {

namespace {

void limit(__rlimit_resource_t what, int64_t value, const char* name) {
    const auto bound = static_cast<rlim_t>(value);
    const rlimit both{bound, bound};
    if (setrlimit(what, &both) != 0)
        throw std::system_error(errno, std::generic_category(), name);
}

// Sanitizers reserve terabytes of addresses; there only the resident memory is watched.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
int64_t addressSpaceInUse() {
    long long pages = 0;
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    const bool read = file != nullptr && std::fscanf(file, "%lld", &pages) == 1;
    if (file != nullptr)
        std::fclose(file);
    if (!read)
        throw std::runtime_error("/proc/self/statm cannot be read");
    return pages * sysconf(_SC_PAGESIZE);
}

void limitMemory(int64_t growth) {
    limit(RLIMIT_AS, addressSpaceInUse() + growth, "RLIMIT_AS");
}
#else
void limitMemory(int64_t) {}
#endif

/// The kernel ends this process with the one that started it. `parent` 0: bubblewrap is in between, which
/// nothing in here can see.
void dieWithParent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_PDEATHSIG");
    // A parent that died before the call above sends no signal any more.
    if (getppid() != parent)
        throw std::runtime_error("the program that started it is gone");
}

/// One that computes on for nobody ends when the other side hangs up.
void endWithSocket() {
    std::thread([] {
        pollfd watched{childSocket, 0, 0};
        while (poll(&watched, 1, -1) <= 0 || (watched.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0)
            continue;
        _exit(0);
    }).detach();
}

void limitFiles(int descriptors) {
    limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
    // Past its limit a write is to fail, not to kill.
    std::signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
    limit(RLIMIT_NOFILE, descriptors, "RLIMIT_NOFILE");
}

} // namespace

ChildStart enterChild(int argc, char** argv) {
    if (argc != 5 || fcntl(childSocket, F_GETFD) < 0)
        throw std::runtime_error("is started by galatea and galatea-cli; it does nothing on its own");
    const auto number = [&](int index) { return std::strtol(argv[index], nullptr, 10); };
    const ChildStart start{static_cast<int>(number(2)), number(3) != 0, number(4) != 0};
    std::signal(SIGPIPE, SIG_IGN);
    dieWithParent(static_cast<pid_t>(number(1)));
    syscall(SYS_close_range, firstChildDescriptor + start.descriptors, ~0U, 0);
    endWithSocket();
    return start;
}

Walls applyWalls(const ChildStart& start, const ChildLimits& limits) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_NO_NEW_PRIVS");
    Walls walls;
    walls.bubblewrap = start.inBubblewrap;
    walls.landlockVersion = landlockVersion();
    limitMemory(limits.growthBytes); // reads a file
    walls.landlock = restrictThread({});
    limitFiles(limits.descriptors);
    walls.seccomp = filterCalls(limits.makesCode);
    if (!walls.enough() && !start.allowedWithoutWalls)
        throw std::runtime_error("the walls around it do not stand (" + walls.text() + ")");
    return walls;
}

} // namespace galatea
