#include "torchscript/host/walls.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace galatea {

namespace {

void limit(__rlimit_resource_t what, int64_t value, const char* name) {
    const auto bound = static_cast<rlim_t>(value);
    const rlimit both{bound, bound};
    if (setrlimit(what, &both) != 0)
        throw std::system_error(errno, std::generic_category(), name);
}

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
#endif

} // namespace

void dieWithParent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_PDEATHSIG");
    // A parent that died before the call above sends no signal any more.
    if (getppid() != parent)
        throw std::runtime_error("the program that started it is gone");
}

void applyWalls(const Walls& walls) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_NO_NEW_PRIVS");
    limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
    // Past its limit a write is to fail, not to kill.
    std::signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
    // Sanitizers reserve terabytes of addresses; there only the resident memory is watched.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, addressSpaceInUse() + walls.growthBytes, "RLIMIT_AS");
#endif
    // Every descriptor is taken and none can be added, so whatever the model's code asks for, nothing opens.
    limit(RLIMIT_NOFILE, walls.descriptors, "RLIMIT_NOFILE");
}

} // namespace galatea
