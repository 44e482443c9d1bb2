#pragma once
// The kernel calls a walled-in helper may still make: computing, memory, threads, and the descriptors it has.

namespace galatea {

/// True if the kernel filters calls.
bool seccompAvailable();

/// Lays the filter on every thread of this process; everything not on its list fails with EPERM.
/// `makesCode`: memory may be made executable. False if the kernel refuses the filter.
bool filterCalls(bool makesCode);

} // namespace galatea
