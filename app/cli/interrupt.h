#pragma once
// Ctrl-C and SIGTERM become a StopToken; a second one ends the program at once.

#include "core/stop_token.h"

namespace galatea::cli {

/// Call first thing in main, before any thread starts: the signals are blocked in this thread and all its
/// children and waited for by one thread of their own, so that no code ever runs inside a signal handler.
StopToken watchInterrupts();

} // namespace galatea::cli
