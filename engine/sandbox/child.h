#pragma once
// The helper program's side of walled_process.h.
//
//   int main(int argc, char** argv) {
//       const ChildStart start = enterChild(argc, argv);   // first of all
//       ... load and warm up what opens files ...
//       applyWalls(start, {.growthBytes = 1 << 30});        // before the first foreign byte
//       ... receiveRecord(childSocket, ...), answer with sendRecord() ...
//   }

#include <cstdint>

#include "sandbox/message_socket.h"
#include "sandbox/walls.h"

namespace galatea {

constexpr int childSocket = 3, firstChildDescriptor = 4;

struct ChildStart {
    int descriptors = 0; ///< handed over as firstChildDescriptor, ...
    bool inBubblewrap = false;
    bool allowedWithoutWalls = false;
};

/// Ties this process's life to the one that started it (by the kernel and by the socket), closes every
/// descriptor that was not handed over. Throws if it was not started by a WalledProcess or that is gone.
ChildStart enterChild(int argc, char** argv);

struct ChildLimits {
    int64_t growthBytes = 0; ///< address space beyond what is in use now
    int descriptors = 16;    ///< open files it may have, those in use included
    bool makesCode = false;  ///< it compiles at run time and needs memory that can be executed
};

/// After this: no file, socket or program can be opened, nothing written but to what is open already
/// (and never beyond its size), no other process seen or signalled; threads can still be made. Covers every
/// thread of the process. Returns what stands. Throws std::runtime_error if that is not enough, unless the
/// person allowed it.
Walls applyWalls(const ChildStart& start, const ChildLimits& limits);

} // namespace galatea
