#pragma once
// One thread for work that must feel immediate, with "latest wins": while something runs, a new request
// replaces the one still waiting, so no queue of stale pictures can build up.
//
//   LiveThread inference("inference");
//   LatestWins picture(inference, 10);                // a higher number goes first
//   picture.request<QImage>([=] { return draw(model->decode(z)); }, [this](QImage image) { show(image); });

#include <functional>
#include <memory>

#include <QObject>
#include <QPointer>
#include <QString>

#include "core/stop_token.h"
#include "widgets/jobs/job_error.h"

namespace galatea {

class LatestWins;

class LiveThread : public QObject {
    Q_OBJECT
  public:
    /// `prepare` runs on the thread before its first request.
    explicit LiveThread(const QString& name, std::function<void()> prepare = {}, QObject* parent = nullptr);
    ~LiveThread() override; ///< waits for the running request, drops those waiting
    bool idle() const;      ///< nothing runs, waits or is on its way to its receiver

  Q_SIGNALS:
    void becameIdle();

  private:
    friend class LatestWins;
    using Delivery = std::function<void()>;
    using Task = std::function<Delivery(const StopToken&)>;
    struct Channel;
    struct Shared;

    void runLoop();
    void runOne(const std::shared_ptr<Channel>& channel, const Task& task, const StopToken& stop,
                quint64 sequence, const std::function<void(const JobError&)>& failed);

    std::function<void()> prepare_; ///< for the thread itself
    std::unique_ptr<Shared> shared_;
};

/// One stream of requests. A result is delivered in the thread this object lives in (the LiveThread's)
/// if the object is still alive, unless cancel() was called or a later result of the stream is ready too.
/// A finished result is delivered although a newer request waits: a slider that never rests still shows
/// pictures.
class LatestWins : public QObject {
    Q_OBJECT
  public:
    LatestWins(LiveThread& thread, int priority, QObject* parent = nullptr);
    ~LatestWins() override;

    /// `work` may look at the stop token: it is triggered by cancel(), not by newer requests.
    template <class Value>
    void request(std::function<Value(const StopToken&)> work, std::function<void(Value)> done,
                 std::function<void(const JobError&)> failed = {}) {
        submit(
            [work = std::move(work), done = std::move(done)](const StopToken& stop) -> Delivery {
                auto value = std::make_shared<Value>(work(stop));
                return [value, done] { done(std::move(*value)); };
            },
            std::move(failed));
    }
    void cancel();     ///< nothing asked for so far will be delivered
    bool busy() const; ///< a request waits or runs, or its result is on the way

  private:
    using Delivery = std::function<void()>;
    void submit(std::function<Delivery(const StopToken&)> task, std::function<void(const JobError&)> failed);

    QPointer<LiveThread> thread_;
    std::shared_ptr<LiveThread::Channel> channel_;
};

} // namespace galatea
