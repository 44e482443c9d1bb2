#pragma once
// `bench --suite map` and `views`: how fast the desktop application's map, table and gallery are. Nothing of
// a window is linked here: the application itself measures, as a process of its own.

#include <cstdint>
#include <vector>

#include "command.h"

namespace galatea::cli {

/// Throws UsageError where there is no display, InputError where the desktop application is missing or fails.
Result benchMap(const std::vector<int64_t>& points, Context& context);
/// `rows` of the table; the gallery has a tenth as many.
Result benchViews(const std::vector<int64_t>& rows, Context& context);

} // namespace galatea::cli
