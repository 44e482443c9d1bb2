#pragma once
// What the suites of `bench` share.

#include <cstdint>
#include <string>
#include <vector>

#include "command.h"
#include "commands/bench_import.h"
#include "commands/evaluate/summary.h"
#include "core/array.h"
#include "core/clock.h"
#include "models/model.h"

namespace galatea::cli {

struct BenchArguments {
    std::string suite = "inference", model;
    std::vector<int64_t> batches{1, 32, 256};
    std::vector<std::string> methods{"encode", "decode"};
    std::vector<std::string> families;         ///< of training; empty: all
    std::vector<double> points{1e5, 1e6, 1e7}; ///< of the map
    int64_t repeats = 3;
    double seconds = 2;
    ImportBenchArguments import;
};

/// Images (uniform) or latents (normal) of a seed.
Array benchNoise(std::vector<int64_t> shape, uint64_t seed, bool images);

Result benchIsolation(const ModelPtr& model, const BenchArguments& arguments, Context& context);

} // namespace galatea::cli
