#include "data/batching.h"

#include <stdexcept>

#include "data/ordered_prefetch.h"

namespace galatea {

struct BatchLoader::State {
    DatasetPtr data;
    std::vector<int64_t> order;
    int64_t batchSize, batches;
    StopToken stop;
    std::unique_ptr<OrderedPrefetch<Batch>> prefetch; // last: its thread uses what stands above

    Batch make(int64_t index) const {
        const auto begin = order.begin() + index * batchSize;
        const auto end =
            order.begin() + std::min((index + 1) * batchSize, static_cast<int64_t>(order.size()));
        Batch batch;
        batch.rows.assign(begin, end);
        batch.images = data->read(batch.rows);
        return batch;
    }
};

BatchLoader::BatchLoader(DatasetPtr data, std::vector<int64_t> order, int64_t batchSize, int64_t depth,
                         StopToken stop) {
    if (batchSize < 1)
        throw std::invalid_argument("a batch needs at least one image");
    const auto rows = static_cast<int64_t>(order.size());
    const int64_t batches = (rows + batchSize - 1) / batchSize;
    state_ = std::make_unique<State>(
        State{std::move(data), std::move(order), batchSize, batches, std::move(stop), nullptr});
    state_->prefetch = std::make_unique<OrderedPrefetch<Batch>>(
        batches, 1, depth, [state = state_.get()](int64_t index) { return state->make(index); });
}

BatchLoader::~BatchLoader() = default;

int64_t BatchLoader::batchCount() const {
    return state_->batches;
}

std::optional<Batch> BatchLoader::next() {
    return state_->prefetch->next(state_->stop);
}

} // namespace galatea
