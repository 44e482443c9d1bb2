#pragma once
// How smoothly the table and the gallery work with many rows on this machine: the real panels over made
// objects, scrolled, sorted, filtered and selected in. `galatea --bench views`; `galatea-cli bench --suite
// views` runs it.

#include <cstdint>
#include <vector>

#include "core/options.h"

namespace galatea {

struct ViewsBenchOptions {
    std::vector<int64_t> tableRows{10'000'000};
    std::vector<int64_t> galleryRows{1'000'000};
    int scrollMilliseconds = 4000; ///< how long each view is scrolled
    int repeats = 9;               ///< of the filter's evaluation
};

/// Needs a QApplication with a display. Tells on stderr what it is at.
Json runViewsBenchmark(const ViewsBenchOptions& options);

} // namespace galatea
