#pragma once
// LibTorch starts with one thread; this is where the program sets how many it may use, once.

namespace galatea {

/// count 0: one per core. Call before any model work.
void setThreads(int count);
int threads();

} // namespace galatea
