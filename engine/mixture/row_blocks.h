#pragma once
// Work over many rows on several threads, with results that do not depend on how many there are: the rows
// are cut into blocks by their number alone, and partial results are added up in the blocks' order.

#include <cstdint>
#include <functional>

#include "core/stop_token.h"

namespace galatea {

/// Threads that row work may use. 0: one per core (the start value). Set once, by the program.
void setRowThreads(int count);
int rowThreads();

struct RowBlocks {
    int64_t rows = 0, blockRows = 1;

    /// At most 64 blocks of at least `smallest` rows (the last may be smaller).
    explicit RowBlocks(int64_t rowCount, int64_t smallest = 1024);
    int64_t count() const { return (rows + blockRows - 1) / blockRows; }
    int64_t begin(int64_t block) const { return block * blockRows; }
    int64_t end(int64_t block) const { return block + 1 < count() ? begin(block + 1) : rows; }
};

/// Calls work(block, begin, end) once for every block, from several threads in no particular order.
/// Rethrows the first exception; throws Interrupted between blocks on a stop.
void forEachBlock(const RowBlocks& blocks, const StopToken& stop,
                  const std::function<void(int64_t block, int64_t begin, int64_t end)>& work);

} // namespace galatea
