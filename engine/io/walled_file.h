#pragma once
// May a stranger's file be read at all? Only behind walls, or because a person said so for this very file.

#include <string>

#include "core/error.h"

namespace galatea {

/// The file needs walls this system does not have. A person who trusts it can allow its SHA-256
/// (sandbox/walls.h: allowWithoutWalls) and open it again.
struct WallsMissing : InputError {
    WallsMissing(const std::string& file, std::string digest);
    std::string sha256;
};

/// Returns false where there are walls enough (availableWalls()), true where there are not and the person
/// allowed this file: then it is read without. Otherwise throws WallsMissing. `path` is for messages.
bool requireWalls(const std::string& path, int descriptor);

/// What a person should read who opens a file that way.
std::string withoutWallsWarning();

} // namespace galatea
