#pragma once
// Processes that do one work together, each a part of it.

#include <cstdint>
#include <vector>

#include "core/array.h"

namespace galatea {

class Partners {
  public:
    virtual ~Partners() = default;
    virtual int64_t rank() const = 0;  ///< of this process, from 0
    virtual int64_t ranks() const = 0; ///< processes in all
    /// The rows of all processes in the order of ranks, in each of them, bit for bit. `local` [n,...]; n may
    /// differ, all else must not. Must be called by all.
    virtual Array gatheredRows(const Array& local) = 0;
    /// The same for numbers of double precision.
    std::vector<double> gathered(const std::vector<double>& local);
};

} // namespace galatea
