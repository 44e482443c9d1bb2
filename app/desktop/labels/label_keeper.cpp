#include "app/desktop/labels/label_keeper.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QPointer>
#include <QStandardPaths>
#include <QUrl>

#include "app/desktop/commands/label_commands.h"
#include "app/desktop/demo.h"
#include "app/desktop/labels/label_merge.h"
#include "core/error.h"

namespace galatea {

namespace {

constexpr int patienceAtEnd = 5000; ///< ms for what is on its way
constexpr int hangingAtEnd = 15000; ///< ms for a connection that is being made: it cannot be broken off

QString loginName() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry ? QString::fromLocal8Bit(entry->pw_name) : QString("somebody");
}

} // namespace

LabelKeeper::LabelKeeper(Document& document, MessageLog& log, Settings& settings, QObject* parent)
    : QObject(parent), document_(document), log_(log), settings_(settings) {
    document_.setLabeller(loginName());
    connect(&document_, &Document::labelsReset, this, &LabelKeeper::begin);
    connect(&document_, &Document::labelsEdited, this, &LabelKeeper::edited);
}

LabelKeeper::~LabelKeeper() {
    retire();
    const QDeadlineTimer writing(patienceAtEnd), hanging(patienceAtEnd + hangingAtEnd);
    for (const auto& connection : retired_)
        connection->flush(writing);
    for (auto& connection : retired_)
        if (!connection->end(hanging))
            (void)connection.release(); // goes with the program
}

void LabelKeeper::setPerson(const QString& name) {
    if (name.simplified().isEmpty())
        return;
    document_.setLabeller(name.simplified());
    settings_.setValue("labels/person", name.simplified().toUtf8());
    Q_EMIT changed();
}

QString LabelKeeper::teamUrl() const {
    return QString::fromUtf8(settings_.value("labels/url"));
}

void LabelKeeper::setTeamUrl(const QString& url) {
    if (!url.isEmpty())
        makeLabelStore(url, document_.labeller()); // refuses what cannot be meant, and passwords
    settings_.setValue("labels/url", url.toUtf8());
}

QString LabelKeeper::defaultLocation() const {
    if (const QString url = teamUrl(); !url.isEmpty())
        return url;
    const QString path = document_.data().path.isEmpty() ? document_.latents().path : document_.data().path;
    const QFileInfo info(path);
    // Caches are emptied, and the demonstration's files are everybody's.
    for (const QString& folder :
         {demonstrationFolder(), QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation)})
        if (!folder.isEmpty() && info.absoluteFilePath().startsWith(QDir(folder).absolutePath() + "/"))
            return {};
    if (path.isEmpty())
        return {};
    return info.absolutePath() + "/" + info.completeBaseName() + ".labels.db";
}

/// Other objects: what is on its way for the former ones is still written.
void LabelKeeper::begin() {
    retire();
    pending_ = false;
    if (const QByteArray name = settings_.value("labels/person"); !name.isEmpty())
        document_.setLabeller(QString::fromUtf8(name));
    location_ = document_.objectCount() > 0 ? defaultLocation() : QString();
    lazy_ = !location_.isEmpty() && !isDatabaseUrl(location_) && !QFileInfo::exists(location_);
    if (location_.isEmpty() || lazy_)
        return setState(State::Memory);
    keepIn(location_);
}

/// The window never waits for a connection that is being made, or for a last label.
void LabelKeeper::retire() {
    ++generation_;
    if (connection_) {
        connect(
            connection_.get(), &LabelConnection::finished, this,
            [this, gone = connection_.get()] {
                std::erase_if(retired_, [gone](const auto& one) { return one.get() == gone; });
            },
            Qt::QueuedConnection);
        connection_->finish();
        retired_.push_back(std::move(connection_));
    }
    writable_ = lazy_ = false;
    issued_ = saved_ = 0;
    others_.clear();
    conflicts_.clear();
    place_.clear();
}

void LabelKeeper::keepIn(const QString& location) {
    retire();
    location_ = location;
    if (location.isEmpty() || document_.objectCount() == 0) {
        pending_ = pending_ || document_.labels().labelled() > 0;
        return setState(State::Memory);
    }
    try {
        connection_ = std::make_unique<LabelConnection>(location, document_.labeller(),
                                                        ObjectIds::of(document_), this, listener());
        setState(State::Opening);
    } catch (const std::exception& error) {
        location_.clear();
        log_.error("Labels: " + shown(error.what()));
        setState(State::Refused, shown(error.what()));
    }
}

LabelConnection::Listener LabelKeeper::listener() {
    const auto present = [this, mine = generation_] { return mine == generation_; };
    LabelConnection::Listener listener;
    listener.opened = [this, present](const QString& place, bool writable, const QStringList& notes,
                                      const LabelRowNews& news) {
        if (present())
            opened(place, writable, notes, news);
    };
    listener.saved = [this, present](int64_t step, const std::vector<LabelConflict>& conflicts) {
        if (!present())
            return;
        saved_ = step;
        conflicts_.insert(conflicts_.end(), conflicts.begin(), conflicts.end());
        if (!conflicts.empty())
            log_.warning(
                QString("Labels: %1 of these objects had been labelled otherwise by %2 meanwhile; both "
                        "are kept, yours is the later")
                    .arg(conflicts.size())
                    .arg(shown(conflicts.front().theirs.mark.who.toStdString())));
        setState(!writable_ ? State::ReadOnly : saved_ == issued_ ? State::Saved : State::Saving);
    };
    listener.news = [this, present](const LabelRowNews& news) {
        // What the person did since is not in the store yet: the news come again when it is.
        if (present() && news.processed == issued_) {
            take(news, false);
            connection_->acknowledge(news.position);
        }
    };
    listener.others = [this, present](const QStringList& others) {
        if (present()) {
            others_ = others;
            Q_EMIT changed();
        }
    };
    listener.noted = [this](const QStringList& notes) {
        for (const QString& note : notes)
            log_.warning("Labels: " + note);
    };
    listener.failed = [this, present](const QString& sentence) {
        log_.error("Labels are not saved: " + sentence);
        if (present())
            setState(State::Waiting, sentence);
    };
    listener.refused = [this, present](const QString& sentence) {
        if (!present())
            return;
        log_.error("Labels: " + sentence);
        setState(State::Refused, sentence);
    };
    return listener;
}

void LabelKeeper::edited(const LabelChange& change) {
    if (!writable_) { // goes there with all others once it is known what is there
        pending_ = true;
        return lazy_ ? keepIn(location_) : setState(state_, why_);
    }
    connection_->write(jobOf(change));
    setState(state_ == State::Waiting ? state_ : State::Saving, why_);
}

void LabelKeeper::opened(const QString& place, bool writable, const QStringList& notes,
                         const LabelRowNews& news) {
    place_ = place;
    for (const QString& note : notes)
        log_.warning("Labels in " + shown(place.toStdString()) + ": " + note);
    const LabelChange own = ownLabels();
    if (news.processed == issued_) { // else they come again, see listener()
        take(news, true);
        connection_->acknowledge(news.position);
    }
    writable_ = writable;
    if (!writable_)
        return setState(State::ReadOnly);
    pending_ = false;
    if (!own.empty())
        connection_->write(jobOf(own));
    setState(saved_ == issued_ ? State::Saved : State::Saving);
}

LabelChange LabelKeeper::ownLabels() const {
    LabelChange own;
    const LabelBook& book = document_.labels();
    const int64_t rows = book.labelled() > 0 ? book.rowCount() : 0;
    for (int64_t row = 0; row < rows; ++row)
        if (const LabelValue value = book.at(row); value.label != LabelValue::none) {
            own.rows.push_back(static_cast<uint32_t>(row));
            own.values.push_back(value);
        }
    own.classes = book.presentClasses();
    return own;
}

void LabelKeeper::take(const LabelRowNews& news, bool onlyUnlabelled) {
    LabelEdit edit = mergedNews(document_, news.classes, news.rows, news.labels, onlyUnlabelled);
    if (!edit.empty())
        document_.takeLabels(edit);
}

LabelJob LabelKeeper::jobOf(LabelChange change) {
    const LabelBook& book = document_.labels();
    LabelJob job;
    job.step = ++issued_;
    job.removal = commands::personsMark(document_);
    for (const LabelClass& one : book.classes())
        job.keys.push_back(one.key);
    for (const LabelValue& value : change.values)
        if (value.label != LabelValue::none)
            job.marks.try_emplace(value.mark, book.mark(value.mark));
    for (const int16_t id : change.classes)
        job.classes.push_back(
            {-1, book.classes()[static_cast<size_t>(id)], job.removal.who, job.removal.when});
    job.change = std::move(change);
    return job;
}

void LabelKeeper::setState(State state, const QString& why) {
    state_ = state;
    why_ = why;
    Q_EMIT changed();
}

QString LabelKeeper::stateText() const {
    const QString where = isDatabaseUrl(location_)
                              ? shown((place_.isEmpty() ? QUrl(location_).host() : place_).toStdString())
                              : shown(QFileInfo(location_).fileName().toStdString());
    switch (state_) {
    case State::Opening:
        return "Reading the labels in " + where + QString::fromUtf8(" …");
    case State::Saved:
        return "Saved in " + where;
    case State::Saving:
        return "Saving in " + where + QString::fromUtf8(" …");
    case State::Waiting:
        return "Not saved yet; it is tried again. " + why_;
    case State::ReadOnly:
        return where + " can only be read: new labels stay in memory";
    case State::Refused:
        return "Labels stay in memory. " + why_;
    default:
        return lazy_ ? "Labels will be kept in " + where + " beside the data"
                     : QString("Labels stay in memory: choose a place to keep them");
    }
}

bool LabelKeeper::idle() const {
    return state_ != State::Opening && state_ != State::Saving;
}

bool LabelKeeper::settle(int milliseconds) const {
    const QDeadlineTimer deadline(milliseconds);
    while (hasUnsaved() && (!idle() || !retired_.empty()) && !deadline.hasExpired()) {
        QCoreApplication::processEvents(QEventLoop::ExcludeUserInputEvents);
        QThread::msleep(5);
    }
    return !hasUnsaved();
}

bool LabelKeeper::hasUnsaved() const {
    const auto busy = [](const auto& connection) { return connection && !connection->idle(); };
    return busy(connection_) || std::any_of(retired_.begin(), retired_.end(), busy) ||
           (pending_ && document_.labels().labelled() > 0);
}

void LabelKeeper::clearConflicts() {
    conflicts_.clear();
    Q_EMIT changed();
}

void LabelKeeper::takeTheirs() {
    std::unordered_map<std::string, const LabelEvent*> theirs;
    for (const LabelConflict& conflict : conflicts_)
        theirs[conflict.theirs.object] = &conflict.theirs;
    std::vector<uint32_t> rows;
    std::vector<LabelEvent> events;
    const ObjectIds ids = ObjectIds::of(document_);
    for (int64_t row = 0; row < ids.count; ++row)
        if (const auto found = theirs.find(ids.at(row)); found != theirs.end()) {
            rows.push_back(static_cast<uint32_t>(row));
            events.push_back(*found->second);
        }
    LabelEdit edit = mergedNews(document_, {}, rows, events, false);
    commands::importLabels(document_, std::move(edit),
                           QString("take the others' labels of %1 object(s)").arg(rows.size()));
    clearConflicts();
}

void LabelKeeper::askHistory(int64_t row, QObject* context,
                             std::function<void(std::vector<LabelEvent>)> answer) {
    if (!connection_)
        return answer({});
    connection_->askHistory(document_.objectId(row),
                            [guard = QPointer<QObject>(context),
                             answer = std::move(answer)](const std::vector<LabelEvent>& events) {
                                if (guard)
                                    answer(events);
                            });
}

} // namespace galatea
