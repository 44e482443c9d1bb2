#pragma once
// Which objects are trained on and which are held out.

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "training/train.h"

namespace galatea {

struct Split {
    std::vector<int64_t> training, validation; ///< rows of the data set
};

/// Of the objects that `selectColumn` and `selectValue` choose, `validationFraction` are held out, chosen by
/// the seed. Throws UsageError if the column is missing, no object has the value, or nothing is left to train
/// on.
Split splitRows(const Dataset& data, const TrainOptions& options);

} // namespace galatea
