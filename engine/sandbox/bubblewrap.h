#pragma once
// How a helper is started inside bubblewrap: what it may see there is what the loader needs.

#include <string>
#include <vector>

namespace galatea {

/// Path of bwrap; empty if it is not installed.
std::string bubblewrapProgram();

/// True if bwrap can put up its walls here (some containers forbid it); tried by running it.
bool bubblewrapWorks();

/// The whole command line that runs `words` (a program's path and its arguments) as process 1 of its own
/// namespaces. bwrap writes the program's process number to `infoDescriptor` unless that is negative.
std::vector<std::string> inBubblewrap(const std::vector<std::string>& words, int infoDescriptor);

/// Folders outside the system's own where shared libraries are found: those this program has loaded from,
/// and LD_LIBRARY_PATH.
std::vector<std::string> otherLibraryFolders();

} // namespace galatea
