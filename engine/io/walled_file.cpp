#include "io/walled_file.h"

#include "io/sha256.h"
#include "sandbox/walls.h"

namespace galatea {

WallsMissing::WallsMissing(const std::string& file, std::string digest)
    : InputError(
          file,
          "is read only behind walls (it may be a program, or attack one), and this system has too few (" +
              availableWalls().text() + ")",
          "install bubblewrap; or, if you trust whoever made it, allow this very file: --allow-unsandboxed " +
              digest),
      sha256(std::move(digest)) {}

bool requireWalls(const std::string& path, int descriptor) {
    if (availableWalls().enough())
        return false;
    std::string digest = sha256OfFile("/proc/self/fd/" + std::to_string(descriptor));
    if (!isAllowedWithoutWalls(digest))
        throw WallsMissing(path, std::move(digest));
    return true;
}

std::string withoutWallsWarning() {
    return "it is read without enough walls around it (" + availableWalls().text() +
           ") because you allowed it: what it holds can do whatever you can do";
}

} // namespace galatea
