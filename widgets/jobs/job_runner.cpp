#include "widgets/jobs/job_runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <QElapsedTimer>
#include <QTimer>

#include "core/text.h"

namespace galatea {

struct JobRunner::Job {
    JobId id = 0;
    QString title;
    QPointer<QObject> context;
    bool hasContext = false;
    Task task;
    std::function<void(const JobError&)> failed;
    std::stop_source stop;
    // Guarded by Shared::mutex.
    bool running = false;
    ProgressUpdate progress;
    QElapsedTimer stageClock;
    qint64 stageStart = 0; ///< `done` when the stage's clock started
};

struct JobRunner::Shared {
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::shared_ptr<Job>> waiting;
    std::shared_ptr<Job> running;
    int undelivered = 0;
    bool quit = false;
    bool dirty = false; ///< progress since the last tick
    JobId lastId = 0;
    std::thread thread;
};

namespace {

/// Progress from the worker only marks the job; the window's timer reads it, so any number of updates
/// costs the window ten repaints a second.
class Reporter : public ProgressSink {
  public:
    Reporter(std::function<void(const ProgressUpdate&)> onUpdate,
             std::function<void(const std::string&)> onWarning)
        : onUpdate_(std::move(onUpdate)), onWarning_(std::move(onWarning)) {}
    void update(const ProgressUpdate& progress) override { onUpdate_(progress); }
    void warn(const std::string& message) override { onWarning_(message); }

  private:
    std::function<void(const ProgressUpdate&)> onUpdate_;
    std::function<void(const std::string&)> onWarning_;
};

} // namespace

JobRunner::JobRunner(QObject* parent)
    : QObject(parent), shared_(std::make_unique<Shared>()), ticker_(new QTimer(this)) {
    qRegisterMetaType<JobError>();
    ticker_->setInterval(100);
    connect(ticker_, &QTimer::timeout, this, [this] {
        bool dirty = false;
        {
            std::lock_guard lock(shared_->mutex);
            dirty = std::exchange(shared_->dirty, false);
        }
        if (dirty)
            Q_EMIT progressed();
    });
    shared_->thread = std::thread([this] { runLoop(); });
}

JobRunner::~JobRunner() {
    {
        std::lock_guard lock(shared_->mutex);
        shared_->quit = true;
        shared_->waiting.clear();
        if (shared_->running)
            shared_->running->stop.request_stop();
    }
    shared_->wake.notify_all();
    shared_->thread.join();
}

JobId JobRunner::enqueue(const QString& title, QObject* context, Task task,
                         std::function<void(const JobError&)> failed) {
    auto job = std::make_shared<Job>();
    job->title = title;
    job->context = context;
    job->hasContext = context != nullptr;
    job->task = std::move(task);
    job->failed = std::move(failed);
    {
        std::lock_guard lock(shared_->mutex);
        job->id = ++shared_->lastId;
        shared_->waiting.push_back(job);
        ++shared_->undelivered;
    }
    shared_->wake.notify_all();
    ticker_->start();
    Q_EMIT changed();
    return job->id;
}

void JobRunner::runLoop() {
    while (true) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(shared_->mutex);
            shared_->wake.wait(lock, [this] { return shared_->quit || !shared_->waiting.empty(); });
            if (shared_->quit)
                return;
            job = shared_->waiting.front();
            shared_->waiting.pop_front();
            shared_->running = job;
            job->running = true;
        }
        QMetaObject::invokeMethod(this, &JobRunner::changed, Qt::QueuedConnection);
        runOne(job);
    }
}

void JobRunner::runOne(const std::shared_ptr<Job>& job) {
    Reporter reporter(
        [this, job](const ProgressUpdate& update) {
            std::lock_guard lock(shared_->mutex);
            if (update.stage != job->progress.stage || !job->stageClock.isValid()) {
                job->stageClock.start();
                job->stageStart = update.done;
            }
            job->progress = update;
            shared_->dirty = true;
        },
        [this, job](const std::string& message) {
            const QString text = QString::fromStdString(escaped(message));
            QMetaObject::invokeMethod(
                this, [this, job, text] { Q_EMIT warned(job->title, text); }, Qt::QueuedConnection);
        });
    Delivery delivery;
    std::shared_ptr<JobError> error;
    try {
        throwIfStopped(job->stop.get_token());
        delivery = job->task(job->stop.get_token(), reporter);
    } catch (...) {
        error = std::make_shared<JobError>(describeError(std::current_exception()));
    }
    job->task = {}; // what the work captured dies on this thread
    {
        std::lock_guard lock(shared_->mutex);
        shared_->running.reset();
    }
    QMetaObject::invokeMethod(
        this, [this, job, delivery, error] { finish(job, delivery, error.get()); }, Qt::QueuedConnection);
}

void JobRunner::finish(const std::shared_ptr<Job>& job, const Delivery& delivery, const JobError* error) {
    const bool wanted = !job->hasContext || job->context;
    if (wanted && error) {
        if (job->failed)
            job->failed(*error);
        else if (!error->cancelled)
            Q_EMIT jobFailed(job->title, *error);
    } else if (wanted && delivery) {
        delivery();
    }
    bool last = false;
    {
        std::lock_guard lock(shared_->mutex);
        last = --shared_->undelivered == 0;
    }
    Q_EMIT changed();
    if (last) {
        ticker_->stop();
        Q_EMIT becameIdle();
    }
}

void JobRunner::cancel(JobId id) {
    std::shared_ptr<Job> dropped;
    {
        std::lock_guard lock(shared_->mutex);
        if (shared_->running && shared_->running->id == id)
            shared_->running->stop.request_stop();
        auto found = std::find_if(shared_->waiting.begin(), shared_->waiting.end(),
                                  [id](const auto& job) { return job->id == id; });
        if (found != shared_->waiting.end()) {
            dropped = *found;
            shared_->waiting.erase(found);
        }
    }
    if (dropped) {
        auto error = std::make_shared<JobError>();
        error->kind = ErrorKind::Interrupted;
        error->cancelled = true;
        error->fault = "cancelled";
        QMetaObject::invokeMethod(
            this, [this, dropped, error] { finish(dropped, {}, error.get()); }, Qt::QueuedConnection);
    }
    Q_EMIT changed();
}

void JobRunner::cancelAll() {
    for (const JobInfo& job : jobs())
        cancel(job.id);
}

bool JobRunner::idle() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->undelivered == 0;
}

std::vector<JobInfo> JobRunner::jobs() const {
    auto describe = [](const Job& job) {
        JobInfo info;
        info.id = job.id;
        info.title = job.title;
        info.running = job.running;
        info.stopping = job.stop.stop_requested();
        info.stage = QString::fromStdString(escaped(job.progress.stage));
        info.unit = QString::fromStdString(escaped(job.progress.unit));
        info.detail = QString::fromStdString(escaped(job.progress.detail));
        info.done = job.progress.done;
        info.total = job.progress.total;
        const double seconds = job.stageClock.isValid() ? job.stageClock.elapsed() / 1000.0 : 0;
        const double made = static_cast<double>(info.done - job.stageStart);
        if (seconds > 0.3 && made > 0) {
            info.rate = made / seconds;
            if (info.total > info.done)
                info.secondsLeft = static_cast<double>(info.total - info.done) / info.rate;
        }
        return info;
    };
    std::lock_guard lock(shared_->mutex);
    std::vector<JobInfo> list;
    if (shared_->running)
        list.push_back(describe(*shared_->running));
    for (const auto& job : shared_->waiting)
        list.push_back(describe(*job));
    return list;
}

} // namespace galatea
