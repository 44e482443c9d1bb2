#pragma once
// Opens a model of any kind by its content: ours in process, a stranger's TorchScript in the model host.

#include <cstdint>
#include <optional>
#include <string>

#include "models/model.h"
#include "sandbox/walls.h"

namespace galatea {

/// Walls around a stranger's model. Past one of them it is stopped and the call is a ModelError.
struct HostLimits {
    /// What the model may take on top of the libraries and of four times its file.
    int64_t memoryBytes = int64_t{1} << 30;
    double secondsToOpen = 15;  ///< wall clock for loading and probing together
    double secondsPerCall = 15; ///< wall clock per encode, decode or score of up to 32 rows
    int threads = 0;            ///< 0: as many as cores
    bool bubblewrap = true;     ///< false: Landlock and seccomp only, to compare costs
};

/// A .safetensors of ours is loaded here; a .pt (zip archive) is loaded and run only in the separate
/// program galatea-model-host, whatever the file is called. Throws InputError (no model, damaged, a card
/// that breaks its rules) or ModelError; a host that dies, hangs or grows is a ModelError with one plain
/// sentence, and the next call starts a fresh host. A TorchScript model's methods take and give what the
/// card calls network values; offset and scale are applied around them.
/// Where there are too few walls for the host it is not started: WallsMissing (io/walled_file.h), unless the
/// person allowed this very file.
ModelPtr openModel(const std::string& path, const HostLimits& limits = {});

/// The walls around a model's host; nothing for a model that runs in this process.
std::optional<Walls> wallsAround(const Model& model);

} // namespace galatea
