#pragma once
// How long work takes.

#include <chrono>

namespace galatea {

using Clock = std::chrono::steady_clock;

inline double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace galatea
