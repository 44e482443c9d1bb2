#pragma once
// Several processes started by a launcher (torchrun, srun, mpirun with a wrapper) as one work.

#include <memory>

#include "core/partners.h"

namespace galatea {

class Collective;

class Launched : public Partners {
  public:
    /// The same processes, for train().
    virtual Collective& collective() = 0;
};

/// The other processes, found through RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as PyTorch's launcher
/// sets them: gloo on the CPU, NCCL where the compute device is CUDA and the library has it. Nothing where
/// WORLD_SIZE is not set or 1. Waits until all have come, at most five minutes. Throws UsageError for
/// variables that are missing or no numbers, ModelError if the others do not come.
std::unique_ptr<Launched> joinLauncher();

} // namespace galatea
