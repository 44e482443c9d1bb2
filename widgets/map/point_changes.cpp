#include "widgets/map/point_changes.h"

#include <memory>
#include <utility>

namespace galatea {

PointChanges::PointChanges(std::function<PointState()> present,
                           std::function<void(std::optional<PointState>)> done)
    : present_(std::move(present)), done_(std::move(done)) {}

PointChanges::~PointChanges() = default; // the threads are told to stop and waited for

void PointChanges::ask(PointChange kind, Change change) {
    std::erase_if(waiting_, [kind](const Asked& asked) { return asked.kind == kind; });
    const bool first = waiting_.empty();
    waiting_.push_back({kind, std::move(change)});
    if (first && !running_)
        QMetaObject::invokeMethod(
            this, [this] { begin(); }, Qt::QueuedConnection);
}

void PointChanges::drop() {
    waiting_.clear();
    ++batch_;
    worker_.request_stop();
}

void PointChanges::begin() {
    if (running_ || waiting_.empty())
        return;
    running_ = true;
    // The thread of a batch that was dropped is still waited for here, but it ends at its next safe point.
    worker_ = std::jthread([this, batch = batch_, state = present_(),
                            changes = std::exchange(waiting_, {})](const StopToken& stop) mutable {
        bool whole = true;
        try {
            for (const Asked& asked : changes) {
                throwIfStopped(stop);
                asked.change(state, stop);
            }
            if (state.news.points || state.news.colours) {
                state.colouring.tint(state.store, state.dark);
                state.tinted = true;
            }
        } catch (...) { // stopped, or no memory: the picture stays as it was
            whole = false;
        }
        changes.clear();
        auto result = std::make_shared<PointState>(std::move(state));
        QMetaObject::invokeMethod(
            this, [this, batch, result, whole] { end(batch, std::move(*result), whole); },
            Qt::QueuedConnection);
    });
}

void PointChanges::end(quint64 batch, PointState state, bool whole) {
    running_ = false;
    const bool wanted = batch == batch_;
    if (!whole || !wanted)
        discard(std::move(state));
    if (!whole && wanted)
        waiting_.clear(); // asked of what has not come
    if (wanted)
        done_(whole ? std::optional(std::move(state)) : std::nullopt);
    begin();
}

void PointChanges::discard(PointState state) {
    sweeper_ = std::jthread([state = std::move(state)]() mutable { state = {}; });
}

} // namespace galatea
