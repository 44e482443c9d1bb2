#pragma once
// One label store at work: a thread of its own that writes what the person does, in order, and looks for what
// others do. What cannot be written is kept and tried again until it can.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

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
    LabelPosition seen;
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
        std::function<void(QString place, bool writable, QStringList notes, LabelRowNews)> opened;
        std::function<void(int64_t step, std::vector<LabelConflict>)> saved;
        std::function<void(LabelRowNews)> news;
        std::function<void(QStringList)> others;
        std::function<void(QStringList)> noted;        ///< something odd came up since
        std::function<void(QString sentence)> failed;  ///< it will be tried again
        std::function<void(QString sentence)> refused; ///< no store, and trying again would not help
    };

    /// Throws UsageError for a URL that cannot be meant.
    LabelConnection(const QString& location, const QString& who, ObjectIds ids, QObject* receiver,
                    Listener listener);
    ~LabelConnection() override; ///< ends the thread; what is not written by then is lost

    void write(LabelJob job);
    /// The person has seen the news up to here.
    void acknowledge(LabelPosition position);
    void askHistory(const std::string& object, std::function<void(std::vector<LabelEvent>)> answer);
    /// Waits until everything is written. False if it is not within the time.
    bool flush(int milliseconds);
    bool idle() const { return waiting_ == 0; } ///< nothing waits to be written

  private:
    void inThread(std::function<void()> work);
    void tell(std::function<void()> message);
    bool openStore();
    void work();
    void poll();
    void lost(const QString& sentence);
    LabelAction actionOf(const LabelJob& job) const;
    LabelRowNews withRows(LabelNews news);
    void buildIndex();

    QObject* receiver_;
    Listener listener_;
    ObjectIds ids_;
    std::unique_ptr<LabelStore> store_;
    std::deque<LabelJob> queue_;
    std::atomic<int> waiting_{0};
    bool everOpened_ = false, tried_ = false, complained_ = false, refused_ = false;
    int polls_ = 0;
    int64_t processed_ = 0;
    LabelPosition position_;
    QStringList others_;
    std::vector<std::pair<size_t, uint32_t>> index_; ///< hash of the id and row, in order
    std::unique_ptr<QTimer> timer_;
    QObject inside_; ///< lives in the thread
    QThread thread_;
};

} // namespace galatea
