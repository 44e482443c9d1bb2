#pragma once
// `bench --suite map`: how fast the desktop application's map is. Nothing of a window is linked here: the
// application itself measures, as a process of its own.

#include <cstdint>
#include <vector>

#include "command.h"

namespace galatea::cli {

/// Throws UsageError where there is no display, InputError where the desktop application is missing or fails.
Result benchMap(const std::vector<int64_t>& points, Context& context);

} // namespace galatea::cli
