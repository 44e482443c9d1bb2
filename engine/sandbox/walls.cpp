#include "sandbox/walls.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <set>

#include "core/text.h"
#include "sandbox/bubblewrap.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_filter.h"

namespace galatea {

namespace {

struct AllowedFiles {
    std::mutex mutex;
    std::set<std::string> sha256;
};

AllowedFiles& allowedFiles() {
    static AllowedFiles files;
    return files;
}

} // namespace

std::string Walls::text() const {
    std::vector<std::string> names;
    if (bubblewrap)
        names.emplace_back("bubblewrap");
    if (landlock)
        names.emplace_back("Landlock");
    if (seccomp)
        names.emplace_back("seccomp");
    return names.empty() ? "none" : joined(names, ", ");
}

uint32_t Walls::bits() const {
    return (bubblewrap ? 1U : 0U) | (landlock ? 2U : 0U) | (seccomp ? 4U : 0U);
}

Walls Walls::fromBits(uint32_t bits) {
    return {(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, 0};
}

const Walls& wallsOfThisSystem() {
    static const Walls walls = [] {
        const int version = landlockVersion();
        return Walls{bubblewrapWorks(), version > 0, seccompAvailable(), version};
    }();
    return walls;
}

Walls wallsBut(const std::string& missing) {
    Walls walls = wallsOfThisSystem();
    for (const std::string& name : split(missing, ',')) {
        if (name == "bubblewrap")
            walls.bubblewrap = false;
        else if (name == "landlock")
            walls.landlock = false;
        else if (name == "seccomp")
            walls.seccomp = false;
    }
    return walls;
}

const Walls& availableWalls() {
    static const Walls walls = [] {
        const char* missing = std::getenv("GALATEA_SIMULATE_MISSING");
        return wallsBut(missing != nullptr ? missing : "");
    }();
    return walls;
}

void allowWithoutWalls(std::vector<std::string> sha256) {
    AllowedFiles& files = allowedFiles();
    const std::lock_guard lock(files.mutex);
    for (std::string& digest : sha256)
        files.sha256.insert(lowerCase(digest));
}

bool isAllowedWithoutWalls(const std::string& sha256) {
    AllowedFiles& files = allowedFiles();
    const std::lock_guard lock(files.mutex);
    return files.sha256.contains(lowerCase(sha256));
}

} // namespace galatea
