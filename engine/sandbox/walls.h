#pragma once
// Which walls this system can put around a program that reads strangers' files, which of them suffice, and
// which files a person lets in without.

#include <cstdint>
#include <string>
#include <vector>

namespace galatea {

/// Walls that stand, or could.
struct Walls {
    bool bubblewrap = false; ///< namespaces of its own: no network, no files but the system's libraries
    bool landlock = false;   ///< the kernel opens no file for it any more
    bool seccomp = false;    ///< the kernel takes only the calls that computing needs
    int landlockVersion = 0; ///< the kernel's; 0: it has none

    /// A program behind fewer walls than these may not touch a stranger's file.
    bool enough() const { return bubblewrap || (landlock && seccomp); }
    /// "bubblewrap, Landlock, seccomp", or "none"
    std::string text() const;
    /// As one number, to send: 1 bubblewrap, 2 Landlock, 4 seccomp.
    uint32_t bits() const;
    static Walls fromBits(uint32_t bits);
};

/// What this system offers, found out once by trying.
const Walls& wallsOfThisSystem();

/// What decides whether a file is read. The environment variable GALATEA_SIMULATE_MISSING (a list out of
/// bubblewrap, landlock, seccomp) takes walls out of this report, so that refusals can be tested; every wall
/// there is goes up all the same.
const Walls& availableWalls();
/// This system's walls without those named in such a list.
Walls wallsBut(const std::string& missing);

/// Files (SHA-256, lower-case hexadecimal) that a person lets in on a system without enough walls, after
/// having been warned. For the whole process, safe to use from several threads.
void allowWithoutWalls(std::vector<std::string> sha256);
bool isAllowedWithoutWalls(const std::string& sha256);

} // namespace galatea
