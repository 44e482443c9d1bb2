#pragma once
// Decides from the outside, running nothing, whether a file is a TorchScript archive worth handing to the
// model host.

#include <string>
#include <vector>

#include "io/regular_file.h"

namespace galatea {

struct ScriptArchive {
    bool hasCard = false;
    std::vector<std::string> notes; ///< what is odd but does no harm, a sentence each
};

/// True if the file starts as a zip archive does.
bool looksLikeZip(const RegularFile& file);

/// Throws InputError unless the archive is whole, holds TorchScript, and unpacks to a sane size.
ScriptArchive checkScriptArchive(const RegularFile& file);

} // namespace galatea
