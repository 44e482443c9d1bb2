#pragma once
// How a batch is shared among processes. Engine-internal: names torch types.

#include "models/batch_context.h"

namespace galatea {

/// The rows of a batch that fall to one of several processes: contiguous, sizes differing by at most one. A
/// batch with fewer images than processes is computed whole by each of them.
BatchShare shareOf(int64_t images, const Collective* collective);

} // namespace galatea
