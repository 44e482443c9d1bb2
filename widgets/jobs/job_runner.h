#pragma once
// Moves long work off the window's thread and brings back a value, an error or "cancelled".
//
//   runner.start<Latents>("Embedding", this,
//       [=](const StopToken& stop, ProgressSink& progress) { return embed(*model, *data, {}, stop, progress);
//       }, [this](Latents latents) { ... });
//
// Jobs run one after another on one thread (every thread that calls torch has a team of workers of its
// own; two teams on the same cores starve each other). Callbacks run on the thread the runner lives in.

#include <functional>
#include <memory>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QString>

#include "core/progress.h"
#include "core/stop_token.h"
#include "widgets/jobs/job_error.h"

class QTimer;

namespace galatea {

using JobId = quint64;

/// A job as people see it.
struct JobInfo {
    JobId id = 0;
    QString title;
    bool running = false;  ///< false: waiting for its turn
    bool stopping = false; ///< cancelled, not yet at a safe point
    QString stage, unit, detail;
    qint64 done = 0, total = 0; ///< total 0: unknown
    double rate = 0;            ///< units per second, 0 if unknown
    double secondsLeft = -1;    ///< negative if unknown
};

class JobRunner : public QObject {
    Q_OBJECT
  public:
    explicit JobRunner(QObject* parent = nullptr);
    ~JobRunner() override; ///< asks the running job to stop and waits for it

    /// `done` is called with what `work` returned unless `context` has died meanwhile. Without `failed`,
    /// errors (not cancellations) go to the signal jobFailed.
    template <class Value>
    JobId start(const QString& title, QObject* context,
                std::function<Value(const StopToken&, ProgressSink&)> work, std::function<void(Value)> done,
                std::function<void(const JobError&)> failed = {});

    void cancel(JobId id);
    void cancelAll();
    bool idle() const;                 ///< nothing runs or waits, and every callback has been made
    std::vector<JobInfo> jobs() const; ///< the running one first, then those waiting

  Q_SIGNALS:
    void changed();    ///< the list of jobs changed
    void progressed(); ///< figures of the running job changed; at most ten times a second
    void becameIdle();
    void warned(const QString& title, const QString& message);
    void jobFailed(const QString& title, const galatea::JobError& error);

  private:
    using Delivery = std::function<void()>;
    using Task = std::function<Delivery(const StopToken&, ProgressSink&)>;
    struct Job;
    struct Shared;

    JobId enqueue(const QString& title, QObject* context, Task task,
                  std::function<void(const JobError&)> failed);
    void runLoop();
    void runOne(const std::shared_ptr<Job>& job);
    void finish(const std::shared_ptr<Job>& job, const Delivery& delivery, const JobError* error);

    std::unique_ptr<Shared> shared_;
    QTimer* ticker_ = nullptr;
};

template <class Value>
JobId JobRunner::start(const QString& title, QObject* context,
                       std::function<Value(const StopToken&, ProgressSink&)> work,
                       std::function<void(Value)> done, std::function<void(const JobError&)> failed) {
    Task task = [work = std::move(work), done = std::move(done)](const StopToken& stop,
                                                                 ProgressSink& progress) -> Delivery {
        auto value = std::make_shared<Value>(work(stop, progress));
        return [value, done] { done(std::move(*value)); };
    };
    return enqueue(title, context, std::move(task), std::move(failed));
}

} // namespace galatea
