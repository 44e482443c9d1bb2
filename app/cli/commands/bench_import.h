#pragma once
// `bench --suite import`: how fast small images on disk become a data set.

#include <filesystem>
#include <string>
#include <vector>

#include "command.h"

namespace galatea::cli {

struct ImportBenchArguments {
    int64_t images = 10000;
    int64_t side = 64;
    std::vector<std::string> formats{"fits", "png", "cube", "npy", "frames"};
    int64_t repeats = 3; ///< of frames
};

/// Makes the files in a temporary folder, imports them, and removes everything again.
Result benchImport(const ImportBenchArguments& arguments, Context& context);

/// The frames' part: makes five bands of a field in `folder`, cuts its sources out at given positions and by
/// detection.
void benchFrames(const ImportBenchArguments& arguments, const std::filesystem::path& folder, Context& context,
                 Result& result);

} // namespace galatea::cli
