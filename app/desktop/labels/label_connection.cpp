#include "app/desktop/labels/label_connection.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {
constexpr int pollEvery = 400, retryEvery = 1500; ///< ms
constexpr int othersEvery = 8;                    ///< polls

QString sentenceOf(const std::exception& error) {
    return QString::fromStdString(escaped(error.what()));
}
} // namespace

LabelConnection::LabelConnection(const QString& location, const QString& who, ObjectIds ids,
                                 QObject* receiver, Listener listener)
    : receiver_(receiver), listener_(std::move(listener)), ids_(std::move(ids)) {
    makeLabelStore(location, who); // a URL that cannot be meant is told at once
    thread_.setObjectName("labels");
    connect(&thread_, &QThread::finished, this, &LabelConnection::finished);
    inside_.moveToThread(&thread_);
    thread_.start();
    inThread([this, location, who] {
        store_ = makeLabelStore(location, who); // a database connection belongs to its thread
        store_->watch([this] { poll(); });
        timer_ = std::make_unique<QTimer>();
        QObject::connect(timer_.get(), &QTimer::timeout, timer_.get(), [this] {
            work();
            poll();
        });
        timer_->start(pollEvery);
        work();
    });
}

LabelConnection::~LabelConnection() {
    end(QDeadlineTimer::Forever);
}

void LabelConnection::close() {
    timer_.reset();
    store_.reset();
    QThread::currentThread()->quit();
}

bool LabelConnection::end(QDeadlineTimer deadline) {
    inThread([this] { close(); });
    if (thread_.wait(deadline))
        return true;
    const std::lock_guard guard(receiving_);
    receiver_ = nullptr;
    return false;
}

void LabelConnection::finish() {
    inThread([this] {
        finishing_ = true;
        endIfDone();
    });
}

void LabelConnection::endIfDone() {
    if (finishing_ && (queue_.empty() || refused_))
        inThread([this] { close(); }); // not within a call of the timer that goes
}

void LabelConnection::inThread(std::function<void()> work) {
    QMetaObject::invokeMethod(&inside_, std::move(work), Qt::QueuedConnection);
}

void LabelConnection::tell(std::function<void()> message) {
    const std::lock_guard guard(receiving_);
    if (receiver_)
        QMetaObject::invokeMethod(receiver_, std::move(message), Qt::QueuedConnection);
}

void LabelConnection::write(LabelJob job) {
    ++waiting_;
    inThread([this, job = std::make_shared<LabelJob>(std::move(job))] {
        queue_.push_back(std::move(*job));
        work();
    });
}

void LabelConnection::acknowledge(LabelPosition position) {
    inThread([this, position] { position_ = position; });
}

void LabelConnection::askHistory(const std::string& object,
                                 std::function<void(std::vector<LabelEvent>)> answer) {
    inThread([this, object, answer = std::move(answer)] {
        std::vector<LabelEvent> history;
        try {
            if (store_->isOpen())
                history = store_->history(object);
        } catch (const std::exception& error) {
            lost(sentenceOf(error));
        }
        tell([answer, history = std::move(history)] { answer(history); });
    });
}

bool LabelConnection::flush(QDeadlineTimer deadline) const {
    while (waiting_ > 0 && !deadline.hasExpired())
        QThread::msleep(5);
    return waiting_ == 0;
}

void LabelConnection::lost(const QString& sentence) {
    store_->close();
    timer_->start(retryEvery);
    if (sentence != complaint_)
        tell([listener = listener_, sentence] { listener.failed(sentence); });
    complaint_ = sentence;
}

bool LabelConnection::openStore() {
    if (store_->isOpen())
        return true;
    if (refused_)
        return false;
    try {
        store_->open();
        timer_->start(pollEvery);
        shown_ = shown_ && !store_->isOther();
        if (shown_)
            return true;
        LabelRowNews news = withRows(store_->present());
        news.processed = processed_;
        position_ = {};
        told_ = news.position;
        everOpened_ = shown_ = true;
        complaint_.clear();
        tell([listener = listener_, place = store_->place(), writable = store_->isWritable(),
              notes = store_->notes(),
              news = std::move(news)] { listener.opened(place, writable, notes, news); });
        return true;
    } catch (const std::exception& error) {
        const QString sentence = sentenceOf(error);
        // What is no label store stays none; a server, or room on the disk, may come back.
        refused_ = !everOpened_ && dynamic_cast<const InputError*>(&error) &&
                   !dynamic_cast<const PassingFault*>(&error);
        if (refused_)
            tell([listener = listener_, sentence] { listener.refused(sentence); });
        else
            lost(sentence);
        return false;
    }
}

void LabelConnection::work() {
    if (openStore())
        writeQueue();
    endIfDone();
}

void LabelConnection::writeQueue() {
    while (!queue_.empty()) {
        const LabelJob& job = queue_.front();
        try {
            LabelAction action = actionOf(job);
            action.again = tried_;
            tried_ = true;
            const QStringList before = store_->notes();
            auto conflicts = store_->commit(action);
            tried_ = false;
            complaint_.clear();
            processed_ = job.step;
            told_ = position_; // what was told meanwhile met labels that were on their way: once more
            queue_.pop_front();
            tell([listener = listener_, step = processed_, conflicts = std::move(conflicts)] {
                listener.saved(step, conflicts);
            });
            if (store_->notes() != before)
                tell([listener = listener_, notes = store_->notes().mid(before.size())] {
                    listener.noted(notes);
                });
            --waiting_;
        } catch (const std::exception& error) {
            return lost(sentenceOf(error));
        }
    }
}

void LabelConnection::poll() {
    if (!shown_ || !store_->isOpen() || !queue_.empty())
        return;
    try {
        LabelRowNews news = withRows(store_->since(told_));
        news.processed = processed_;
        if (news.empty() && position_ == told_)
            position_ = news.position; // nothing but one's own
        told_ = news.position;
        if (!news.empty())
            tell([listener = listener_, news = std::move(news)] { listener.news(news); });
        if (!complaint_.isEmpty()) // it is back, and nothing waits
            tell([listener = listener_, step = processed_] { listener.saved(step, {}); });
        complaint_.clear();
        if (polls_++ % othersEvery == 0)
            if (QStringList now = store_->others(); now != others_) {
                others_ = now;
                tell([listener = listener_, now] { listener.others(now); });
            }
    } catch (const std::exception& error) {
        lost(sentenceOf(error));
    }
}

LabelAction LabelConnection::actionOf(const LabelJob& job) const {
    LabelAction action;
    action.step = job.step;
    action.seen = position_; // news that are told while this waits are not taken
    action.classes = job.classes;
    action.labels.reserve(job.change.rows.size());
    for (size_t i = 0; i < job.change.rows.size(); ++i) {
        const LabelValue& value = job.change.valueAt(i);
        LabelEvent event;
        event.object = ids_.at(job.change.rows[i]);
        event.mark = job.removal;
        if (value.label != LabelValue::none) {
            event.label = job.keys[static_cast<size_t>(value.label)];
            event.mark = job.marks.at(value.mark);
        }
        action.labels.push_back(std::move(event));
    }
    return action;
}

void LabelConnection::buildIndex() {
    index_.reserve(static_cast<size_t>(ids_.count));
    for (int64_t row = 0; row < ids_.count; ++row)
        index_.emplace_back(std::hash<std::string>()(ids_.at(row)), static_cast<uint32_t>(row));
    std::sort(index_.begin(), index_.end());
}

LabelRowNews LabelConnection::withRows(LabelNews news) {
    LabelRowNews found;
    found.position = news.position;
    found.classes = std::move(news.classes);
    if (!news.labels.empty() && index_.empty())
        buildIndex();
    for (LabelEvent& event : news.labels) {
        const size_t hash = std::hash<std::string>()(event.object);
        auto place = std::lower_bound(index_.begin(), index_.end(), std::make_pair(hash, uint32_t{0}));
        for (; place != index_.end() && place->first == hash; ++place)
            if (ids_.at(place->second) == event.object) {
                found.rows.push_back(place->second);
                found.labels.push_back(event);
            }
    }
    return found;
}

} // namespace galatea
