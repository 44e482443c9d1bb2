#pragma once
// How fast the map is on this machine: a real view with made points, moved as a hand would, and beside it a
// naive drawing of all points in every frame. `galatea --bench map`; `galatea-cli bench --suite map` runs it.

#include <cstdint>
#include <vector>

#include "core/options.h"

namespace galatea {

struct MapBenchOptions {
    std::vector<int64_t> points{100'000, 1'000'000, 10'000'000};
    int frames = 60; ///< of each kind of movement
};

/// Needs a QApplication with a display. Tells on stderr what it is at.
Json runMapBenchmark(const MapBenchOptions& options);

} // namespace galatea
