#pragma once
// Inside engine/data only.

#include "data/transforms.h"

namespace galatea {

/// What a data set's description becomes. Throws UsageError if the transform cannot be applied to it.
DatasetInfo transformedInfo(DatasetInfo info, const TransformOptions& options);

} // namespace galatea
