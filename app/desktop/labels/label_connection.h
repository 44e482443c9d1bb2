#pragma once
// One label store at work: a thread of its own that writes what the person does, in order, and looks for what
// others do. What cannot be written is kept and tried again until it can.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <QDeadlineTimer>
#include <QObject>
#include <QStringList>
#include <QThread>
#include <QTimer>

#include "app/desktop/labels/label_store.h"
#include "app/desktop/labels/object_ids.h"

namespace galatea {

/// What a person did, as it was when it was done.
struct LabelJob {
    int64_t step = 0;
    LabelChange change;
    std::vector<std::string> keys;                 ///< of the classes, by number
    std::unordered_map<uint32_t, LabelMark> marks; ///< those that the change mentions
    LabelMark removal;                             ///< of labels that went
    std::vector<ClassEvent> classes;
};

/// What a store says, with the rows it is about; `labels` and `rows` are equally long.
struct LabelRowNews {
    LabelPosition position;
    std::vector<uint32_t> rows;
    std::vector<LabelEvent> labels;
    std::vector<ClassEvent> classes;
    int64_t processed = 0; ///< the last step that was written before
    bool empty() const { return labels.empty() && classes.empty(); }
};

class LabelConnection : public QObject {
    Q_OBJECT
  public:
    /// All are called in the thread of `receiver`.
    struct Listener {
        /// What is there, also where another store has taken the place of the former one.
        std::function<void(const QString& place, bool writable, const QStringList& notes,
                           const LabelRowNews&)>
            opened;
        /// Everything up to this step; also when a store that was lost is back.
        std::function<void(int64_t step, const std::vector<LabelConflict>&)> saved;
        std::function<void(const LabelRowNews&)> news;
        std::function<void(const QStringList&)> others;
        std::function<void(const QStringList&)> noted;        ///< something odd came up since
        std::function<void(const QString& sentence)> failed;  ///< it will be tried again
        std::function<void(const QString& sentence)> refused; ///< no store, and trying again would not help
    };

    /// Throws UsageError for a URL that cannot be meant.
    LabelConnection(const QString& location, const QString& who, ObjectIds ids, QObject* receiver,
                    Listener listener);
    ~LabelConnection() override; ///< waits for the thread's end; what is not written by then is lost

    void write(LabelJob job);
    /// The person has seen the news up to here. Until then they are told again after each job.
    void acknowledge(LabelPosition position);
    void askHistory(const std::string& object, std::function<void(std::vector<LabelEvent>)> answer);
    /// Waits until everything is written. False if it is not within the time.
    bool flush(QDeadlineTimer deadline) const;
    bool idle() const { return waiting_ == 0; } ///< nothing waits to be written
    /// The last call: ends the thread once everything is written, without waiting for it.
    void finish();
    /// Ends the thread at once. False if it hangs for longer: then it tells nobody anything any more, but
    /// must not be destroyed.
    bool end(QDeadlineTimer deadline);

  Q_SIGNALS:
    void finished(); ///< the thread has ended

  private:
    void close();
    void endIfDone();
    void inThread(std::function<void()> work);
    void tell(std::function<void()> message);
    bool openStore();
    void work();
    void writeQueue();
    void poll();
    void lost(const QString& sentence);
    LabelAction actionOf(const LabelJob& job) const;
    LabelRowNews withRows(LabelNews news);
    void buildIndex();

    std::mutex receiving_;
    QObject* receiver_; ///< nullptr: nobody listens any more
    Listener listener_;
    ObjectIds ids_;
    std::unique_ptr<LabelStore> store_;
    std::deque<LabelJob> queue_;
    std::atomic<int> waiting_{0};
    bool everOpened_ = false; ///< some store was there once
    bool shown_ = false;      ///< what is in the present one has been told
    bool tried_ = false, refused_ = false, finishing_ = false;
    QString complaint_; ///< as told last, and not mended since
    int polls_ = 0;
    int64_t processed_ = 0;
    LabelPosition position_, told_; ///< of the others' news: seen by the person, and told
    QStringList others_;
    std::vector<std::pair<size_t, uint32_t>> index_; ///< hash of the id and row, in order
    std::unique_ptr<QTimer> timer_;
    QObject inside_; ///< lives in the thread
    QThread thread_;
};

} // namespace galatea
