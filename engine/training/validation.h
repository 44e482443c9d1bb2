#pragma once
// Figures of a trained model on objects it has not seen.

#include <span>
#include <vector>

#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct HeldOutReport {
    bool reconstructs = false; ///< the model encodes and decodes
    double squaredError = 0;   ///< pixel-mean squared error of decode(mean)
    std::vector<int64_t>
        componentCounts; ///< objects per most probable component, plain posterior; empty without mixture
};

HeldOutReport evaluateHeldOut(const Model& model, const Dataset& data, std::span<const int64_t> rows);

/// Pixel-mean squared error on `rows` of predicting everywhere the mean image of `trainingRows`.
double meanImageError(const Dataset& data, std::span<const int64_t> trainingRows,
                      std::span<const int64_t> rows);

} // namespace galatea
