#pragma once
// How many threads LibTorch may use and on which device it computes: set once, when the program starts.

#include <string>

namespace galatea {

/// LibTorch starts with one thread. count 0: one per core.
void setThreads(int count);
int threads();

/// For a thread that computes now and then, as for a slider: on a machine of two cores it and its helper stay
/// on one each. After a rest of 50 ms Linux wakes both on the same core, and a decode of 11 ms takes 18.
/// Threads started by this thread afterwards share its core, unless they leave it as those that keep walled
/// processes do. Larger teams are left alone: they shrink and grow with the work, and new helpers would crowd
/// the caller's core.
void holdTeamInPlace();

/// "cpu", "cuda", "cuda:1", or "auto" (CUDA where there is one). Throws UsageError if there is no such
/// device.
void setDevice(const std::string& name);
std::string deviceName();

/// Version of the LibTorch in use, for cards and reports.
std::string torchVersion();

} // namespace galatea
