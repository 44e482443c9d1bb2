#pragma once
// `bench --suite training`: how many images each family learns from in a second.

#include <cstdint>
#include <string>
#include <vector>

#include "command.h"

namespace galatea::cli {

struct TrainingBenchArguments {
    std::vector<std::string> families; ///< empty: all
    int64_t steps = 3;                 ///< per case, at least
    double seconds = 2;                ///< per case, at least
};

/// Trains every phase of each family on made images of the family's usual size, with the options and the
/// batch that `train` takes by itself, and measures the steps as they come: reading, augmentation and logging
/// count.
Result benchTraining(const TrainingBenchArguments& arguments, Context& context);

} // namespace galatea::cli
