#pragma once
// Limits the model host lays on itself before it touches a foreign model.

#include <cstdint>

#include <sys/types.h>

namespace galatea {

struct Walls {
    int64_t growthBytes = 0; ///< address space beyond what is in use now
    int descriptors = 0;     ///< descriptors 0 … descriptors-1 are in use; no more can be opened
};

/// Ends this process when the one that started it ends. Throws if that has happened already.
void dieWithParent(pid_t parent);

/// The one place where the host is walled in; called after the libraries are loaded and warm and before
/// the model is. Throws std::system_error if a wall cannot be put up.
void applyWalls(const Walls& walls);

} // namespace galatea
