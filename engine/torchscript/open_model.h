#pragma once
// Opens a model of any kind by its content: ours in process, a stranger's TorchScript in the model host.

#include <cstdint>
#include <string>

#include "models/model.h"

namespace galatea {

/// Walls around a stranger's model.
struct HostLimits {
    int64_t memoryBytes = int64_t{6} << 30; ///< address space of the host process
    double secondsToOpen = 60;              ///< wall clock for loading and probing
    double secondsPerCall = 30;             ///< wall clock per encode, decode or score call
    int threads = 0;                        ///< 0: as many as cores
};

/// A .safetensors of ours is loaded here; a .pt (zip archive) is loaded and run only in the separate
/// program galatea-model-host. Throws InputError or ModelError; a host that dies, hangs or grows is a
/// ModelError with one plain sentence, and the next call starts a fresh host.
ModelPtr openModel(const std::string& path, const HostLimits& limits = {});

} // namespace galatea
