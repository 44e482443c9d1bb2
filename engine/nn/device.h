#pragma once
// How many threads LibTorch may use and on which device it computes: set once, when the program starts.

#include <string>

namespace galatea {

/// LibTorch starts with one thread. count 0: one per core.
void setThreads(int count);
int threads();

/// "cpu", "cuda", "cuda:1", or "auto" (CUDA where there is one). Throws UsageError if there is no such
/// device.
void setDevice(const std::string& name);
std::string deviceName();

/// Version of the LibTorch in use, for cards and reports.
std::string torchVersion();

} // namespace galatea
