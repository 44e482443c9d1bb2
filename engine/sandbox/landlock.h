#pragma once
// Landlock: the kernel's own access control that a thread lays on itself and on what it starts.

#include <string>
#include <vector>

namespace galatea {

/// The kernel's Landlock version; 0: it has none.
int landlockVersion();

/// From here on this thread, and every thread and program it starts, opens no file but those below `readable`
/// (to read and, if programs, to run), makes and changes none, opens no TCP connection and signals no process
/// outside. False if the kernel cannot do that.
bool restrictThread(const std::vector<std::string>& readable);

/// What a program must be able to read to be started and to load its libraries.
std::vector<std::string> readableForStart(const std::string& program);

} // namespace galatea
