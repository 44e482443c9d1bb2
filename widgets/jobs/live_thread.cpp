#include "widgets/jobs/live_thread.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace galatea {

struct LiveThread::Channel {
    int priority = 0;
    // Guarded by Shared::mutex.
    Task pending;
    std::function<void(const JobError&)> pendingFailed;
    quint64 pendingSequence = 0;
    quint64 requested = 0; ///< sequence number of the newest request
    quint64 finished = 0;  ///< of the newest finished one
    quint64 barred = 0;    ///< results up to this one are not delivered
    int inFlight = 0;      ///< taken by the thread, result not yet delivered
    std::stop_source stop;
};

struct LiveThread::Shared {
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::vector<std::shared_ptr<Channel>> channels;
    bool running = false;
    int undelivered = 0; ///< results on their way to the receiver
    bool quit = false;
    std::thread thread;

    bool anyPending() const {
        return std::any_of(channels.begin(), channels.end(), [](const auto& c) { return bool(c->pending); });
    }
    std::shared_ptr<Channel> next() const {
        std::shared_ptr<Channel> best;
        for (const auto& channel : channels)
            if (channel->pending && (!best || channel->priority > best->priority))
                best = channel;
        return best;
    }
};

LiveThread::LiveThread(const QString& name, std::function<void()> prepare, QObject* parent)
    : QObject(parent), prepare_(std::move(prepare)), shared_(std::make_unique<Shared>()) {
    setObjectName(name);
    shared_->thread = std::thread([this] { runLoop(); });
}

LiveThread::~LiveThread() {
    {
        std::lock_guard lock(shared_->mutex);
        shared_->quit = true;
        for (const auto& channel : shared_->channels)
            channel->stop.request_stop();
    }
    shared_->wake.notify_all();
    shared_->thread.join();
}

bool LiveThread::idle() const {
    std::lock_guard lock(shared_->mutex);
    return !shared_->running && shared_->undelivered == 0 && !shared_->anyPending();
}

void LiveThread::runLoop() {
    while (true) {
        std::shared_ptr<Channel> channel;
        Task task;
        std::function<void(const JobError&)> failed;
        quint64 sequence = 0;
        StopToken stop;
        {
            std::unique_lock lock(shared_->mutex);
            shared_->wake.wait(lock, [this] { return shared_->quit || shared_->anyPending(); });
            if (shared_->quit)
                return;
            channel = shared_->next();
            task = std::exchange(channel->pending, {});
            failed = std::exchange(channel->pendingFailed, {});
            sequence = channel->pendingSequence;
            stop = channel->stop.get_token();
            shared_->running = true;
            ++channel->inFlight;
        }
        if (prepare_)
            std::exchange(prepare_, {})();
        runOne(channel, task, stop, sequence, failed);
    }
}

void LiveThread::runOne(const std::shared_ptr<Channel>& channel, const Task& task, const StopToken& stop,
                        quint64 sequence, const std::function<void(const JobError&)>& failed) {
    Delivery delivery;
    try {
        delivery = task(stop);
    } catch (...) {
        const JobError error = describeError(std::current_exception());
        delivery = [failed, error] {
            if (failed && !error.cancelled)
                failed(error);
        };
    }
    {
        std::lock_guard lock(shared_->mutex);
        channel->finished = sequence;
        shared_->running = false;
        ++shared_->undelivered;
    }
    QMetaObject::invokeMethod(
        this,
        [this, channel, delivery, sequence] {
            bool wanted = false;
            {
                std::lock_guard lock(shared_->mutex);
                wanted = sequence > channel->barred && sequence == channel->finished;
            }
            if (wanted)
                delivery();
            {
                std::lock_guard lock(shared_->mutex);
                --shared_->undelivered;
                --channel->inFlight;
            }
            if (idle())
                Q_EMIT becameIdle();
        },
        Qt::QueuedConnection);
}

LatestWins::LatestWins(LiveThread& thread, int priority, QObject* parent)
    : QObject(parent), thread_(&thread), channel_(std::make_shared<LiveThread::Channel>()) {
    channel_->priority = priority;
    std::lock_guard lock(thread.shared_->mutex);
    thread.shared_->channels.push_back(channel_);
}

LatestWins::~LatestWins() {
    if (!thread_)
        return;
    cancel();
    std::lock_guard lock(thread_->shared_->mutex);
    std::erase(thread_->shared_->channels, channel_);
}

void LatestWins::submit(std::function<Delivery(const StopToken&)> task,
                        std::function<void(const JobError&)> failed) {
    if (!thread_)
        return;
    {
        std::lock_guard lock(thread_->shared_->mutex);
        channel_->pending = std::move(task);
        channel_->pendingFailed = std::move(failed);
        channel_->pendingSequence = ++channel_->requested;
    }
    thread_->shared_->wake.notify_all();
}

void LatestWins::cancel() {
    if (!thread_)
        return;
    std::lock_guard lock(thread_->shared_->mutex);
    channel_->stop.request_stop();
    channel_->stop = std::stop_source();
    channel_->pending = {};
    channel_->pendingFailed = {};
    channel_->barred = channel_->requested;
}

bool LatestWins::busy() const {
    if (!thread_)
        return false;
    std::lock_guard lock(thread_->shared_->mutex);
    return channel_->pending || channel_->inFlight > 0;
}

} // namespace galatea
