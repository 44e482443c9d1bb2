#pragma once
// Long work takes a StopToken and gives up at its next safe point; it knows nothing of threads.

#include <stop_token>

#include "core/error.h"

namespace galatea {

using StopToken = std::stop_token;

/// Throws Interrupted if a stop was requested.
inline void throwIfStopped(const StopToken& stop, const char* what = "interrupted") {
    if (stop.stop_requested())
        throw Interrupted(what);
}

} // namespace galatea
