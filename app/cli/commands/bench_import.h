#pragma once
// `bench --suite import`: how fast small images on disk become a data set.

#include <string>
#include <vector>

#include "command.h"

namespace galatea::cli {

struct ImportBenchArguments {
    int64_t images = 10000;
    int64_t side = 64;
    std::vector<std::string> formats{"fits", "png", "cube", "npy"};
};

/// Makes the files in a temporary folder, imports them, and removes everything again.
Result benchImport(const ImportBenchArguments& arguments, Context& context);

} // namespace galatea::cli
