#pragma once
// Batches of a data set in a given order, read ahead on one background thread.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/stop_token.h"
#include "data/dataset.h"

namespace galatea {

struct Batch {
    Array images;              ///< [n,C,H,W]
    std::vector<int64_t> rows; ///< the n rows they came from
};

/// Rows of each batch, where they are chosen one by one; empty batches yield no images.
struct GivenBatches {
    explicit GivenBatches(std::vector<std::vector<int64_t>> batches) : rows(std::move(batches)) {}
    std::vector<std::vector<int64_t>> rows;
};

class BatchLoader {
  public:
    /// `order` lists the rows to read, repeats allowed; the last batch may be smaller. `depth` batches are
    /// read ahead. Throws std::invalid_argument if batchSize < 1.
    BatchLoader(DatasetPtr data, std::vector<int64_t> order, int64_t batchSize, int64_t depth = 2,
                StopToken stop = {});
    BatchLoader(DatasetPtr data, GivenBatches batches, int64_t depth = 2, StopToken stop = {});
    ~BatchLoader(); ///< waits for the read in progress
    BatchLoader(const BatchLoader&) = delete;
    BatchLoader& operator=(const BatchLoader&) = delete;

    int64_t batchCount() const;
    /// The next batch, or nothing after the last. Throws what reading it threw, Interrupted after a stop.
    std::optional<Batch> next();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace galatea
