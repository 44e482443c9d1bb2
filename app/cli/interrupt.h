#pragma once
// Ctrl-C and SIGTERM become a StopToken; a second one ends the program at once.

#include "core/stop_token.h"

namespace galatea::cli {

/// Call once, first thing in main: the signals are blocked in this thread and all it starts, and one thread
/// of their own turns them into the token.
StopToken watchInterrupts();

} // namespace galatea::cli
