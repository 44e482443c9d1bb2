#include "data/batching.h"

#include <stdexcept>

#include "data/ordered_prefetch.h"

namespace galatea {

struct BatchLoader::State {
    DatasetPtr data;
    std::vector<std::vector<int64_t>> batches;
    StopToken stop;
    std::unique_ptr<OrderedPrefetch<Batch>> prefetch; // last: its thread uses what stands above

    Batch make(int64_t index) const {
        Batch batch;
        batch.rows = batches[static_cast<size_t>(index)];
        batch.images = data->read(batch.rows);
        return batch;
    }
};

namespace {

GivenBatches cut(const std::vector<int64_t>& order, int64_t batchSize) {
    if (batchSize < 1)
        throw std::invalid_argument("a batch needs at least one image");
    GivenBatches batches({});
    const auto size = static_cast<size_t>(batchSize);
    for (size_t begin = 0; begin < order.size(); begin += size)
        batches.rows.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                  order.begin() +
                                      static_cast<std::ptrdiff_t>(std::min(begin + size, order.size())));
    return batches;
}

} // namespace

BatchLoader::BatchLoader(DatasetPtr data, std::vector<int64_t> order, int64_t batchSize, int64_t depth,
                         StopToken stop)
    : BatchLoader(std::move(data), cut(order, batchSize), depth, std::move(stop)) {}

BatchLoader::BatchLoader(DatasetPtr data, GivenBatches batches, int64_t depth, StopToken stop) {
    const auto count = static_cast<int64_t>(batches.rows.size());
    state_ =
        std::make_unique<State>(State{std::move(data), std::move(batches.rows), std::move(stop), nullptr});
    state_->prefetch = std::make_unique<OrderedPrefetch<Batch>>(
        count, 1, depth, [state = state_.get()](int64_t index) { return state->make(index); });
}

BatchLoader::~BatchLoader() = default;

int64_t BatchLoader::batchCount() const {
    return static_cast<int64_t>(state_->batches.size());
}

std::optional<Batch> BatchLoader::next() {
    return state_->prefetch->next(state_->stop);
}

} // namespace galatea
