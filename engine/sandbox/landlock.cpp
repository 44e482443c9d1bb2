#include "sandbox/landlock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "sandbox/bubblewrap.h"

namespace galatea {

namespace {

// The kernel's numbers, written out because the system's header may be older than its kernel.
constexpr unsigned versionFlag = 1;
constexpr int pathBeneath = 1;
constexpr uint64_t execute = 1, readFile = 1 << 2, readFolder = 1 << 3;

struct Ruleset {
    uint64_t files = 0, network = 0, scoped = 0;
};
struct [[gnu::packed]] PathRule {
    uint64_t allowed = 0;
    int32_t parent = -1;
};

/// All that this version can forbid.
Ruleset everything(int version) {
    Ruleset rules;
    const int rights = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    rules.files = (uint64_t{1} << rights) - 1;
    rules.network = version >= 4 ? 3 : 0;
    rules.scoped = version >= 6 ? 3 : 0;
    return rules;
}

size_t sizeFor(int version) {
    return version >= 6 ? sizeof(Ruleset) : version >= 4 ? offsetof(Ruleset, scoped) : sizeof(uint64_t);
}

void allow(int rules, const std::string& path) {
    const int descriptor = open(path.c_str(), O_PATH | O_CLOEXEC);
    struct stat facts {};
    if (descriptor >= 0 && fstat(descriptor, &facts) == 0) {
        const PathRule rule{execute | readFile | (S_ISDIR(facts.st_mode) ? readFolder : 0), descriptor};
        syscall(SYS_landlock_add_rule, rules, pathBeneath, &rule, 0);
    }
    if (descriptor >= 0)
        close(descriptor);
}

} // namespace

int landlockVersion() {
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, versionFlag);
    return version > 0 ? static_cast<int>(version) : 0;
}

bool restrictThread(const std::vector<std::string>& readable) {
    const int version = landlockVersion();
    if (version == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    const Ruleset handled = everything(version);
    const long rules = syscall(SYS_landlock_create_ruleset, &handled, sizeFor(version), 0);
    if (rules < 0)
        return false;
    for (const std::string& path : readable)
        allow(static_cast<int>(rules), path);
    const bool restricted = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(static_cast<int>(rules));
    return restricted;
}

std::vector<std::string> readableForStart(const std::string& program) {
    std::vector<std::string> paths{program,
                                   "/usr/lib",
                                   "/usr/lib32",
                                   "/usr/lib64",
                                   "/usr/local/lib",
                                   "/lib",
                                   "/lib32",
                                   "/lib64",
                                   "/etc/ld.so.cache",
                                   "/etc/alternatives",
                                   "/proc",
                                   "/sys/devices/system/cpu",
                                   "/dev/urandom"};
    for (const std::string& folder : otherLibraryFolders())
        paths.push_back(folder);
    return paths;
}

} // namespace galatea
