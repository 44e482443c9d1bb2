#include "app/desktop/sessions/session_keeper.h"

#include <utility>

#include <QDir>
#include <QEventLoop>
#include <QFileInfo>
#include <QStandardPaths>

#include "app/desktop/sessions/bundle.h"
#include "core/error.h"

namespace galatea {

namespace {

/// The map that every set of latents gets first: made again in a moment.
bool isFirstMap(const MapContent& map, const LatentsPtr& latents) {
    return map.path.isEmpty() && map.map.method == "pca" && latents &&
           map.map.coordinates.dim(1) == std::min<int64_t>(3, latents->mean.dim(1));
}

QString name(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

} // namespace

SessionKeeper::SessionKeeper(Workspace& workspace, Opener& opener, std::function<void(Session&)> look,
                             SessionQuestions questions, QObject* parent)
    : QObject(parent), workspace_(workspace), document_(workspace.document), opener_(opener),
      look_(std::move(look)), questions_(std::move(questions)), keeper_(std::make_shared<SessionWriter>()),
      saving_(thread_, 1), keeping_(thread_, 0), looking_(thread_, 2) {
    timer_.setInterval(keepEvery);
    connect(&timer_, &QTimer::timeout, this, &SessionKeeper::keepNow);
    watchDocument();
    watchOpener();
}

SessionKeeper::~SessionKeeper() = default;

void SessionKeeper::watchDocument() {
    const auto changed = [this] { choices_.reset(); };
    connect(&document_, &Document::contentChanged, this, changed);
    connect(&document_, &Document::filterChanged, this, changed);
    connect(&document_, &Document::selectionChanged, this, changed);
    connect(&document_, &Document::colouringChanged, this, changed);
    connect(&document_, &Document::hiddenClassesChanged, this, changed);
    connect(&document_, &Document::opinionsChanged, this, changed);
    connect(&document_, &Document::traverseChanged, this, changed);
    connect(&document_, &Document::displayChanged, this, changed);
    connect(&document_, &Document::sampleSettingsChanged, this, changed);
    connect(&document_, &Document::currentChanged, this, changed);
    connect(&document_.undoStack(), &QUndoStack::indexChanged, this, changed);
    connect(&document_, &Document::scoresChanged, this, [this] { ++scoresChanged_; });
}

void SessionKeeper::watchOpener() {
    opener_.setSessionGate([this](const QString& path) { return mayReplace() && admit(path); });
    opener_.setReplaceGate([this] { return mayReplace(); });
    opener_.setLocateQuestion([this](const SessionFileFault& fault) { return questions_.locate(fault); });
    connect(&opener_, &Opener::replaced, this, &SessionKeeper::replaced);
    connect(&opener_, &Opener::sessionOpened, this, &SessionKeeper::opened);
    connect(&opener_, &Opener::sessionNotOpened, this, &SessionKeeper::notOpened);
    connect(&opener_, &Opener::busyChanged, this, [this](bool busy) {
        if (busy) { // into an empty window, or beside files nobody has worked with
            if (opener_.sessionPath().isEmpty() && !unsaved())
                fresh_ = scoresChanged_;
            return;
        }
        if (std::exchange(fresh_, {}) == scoresChanged_ && document_.undoStack().count() == 0)
            saved_ = state();
        allowed_.reset();
    });
}

const QJsonObject& SessionKeeper::choices() const {
    if (!choices_)
        choices_ = choicesOf(document_);
    return *choices_;
}

SessionKeeper::State SessionKeeper::state() const {
    State state;
    state.choices = choices();
    state.choices.remove("current"); // looking is no change
    state.files = {document_.data().path, document_.model().path, document_.latents().path};
    const TransformOptions& transform = document_.data().transform;
    state.transform = {transform.crop, transform.gray, transform.average, transform.size, transform.rescale};
    state.maps = document_.keptMaps();
    state.layer = document_.dataLayer();
    state.looks = document_.componentLooks();
    state.mixture = document_.latents().fitted;
    state.ranking = document_.ranking();
    state.scores = scoresChanged_;
    state.map = std::as_const(document_.settledMap().map.coordinates).data();
    return state;
}

/// Nothing long is copied or put into words here: what the parts share, the thread that writes reads.
SessionSnapshot SessionKeeper::snapshot() const {
    SessionSnapshot snapshot;
    Session& session = snapshot.session;
    SessionParts& parts = snapshot.parts;
    session.demonstration = opener_.demonstrationOpen();
    if (!session.demonstration) {
        session.data = document_.data().path;
        session.model = document_.model().path;
    }
    const LatentContent& latents = document_.latents();
    session.latents = latents.path;
    session.map = document_.settledMap().path;
    session.transform = document_.data().transform;
    session.drewSamples = document_.samples() != nullptr;
    session.view = choices();
    parts.ranking = document_.ranking();
    parts.fitted = latents.fitted;
    parts.scored = latents.latents;
    if (latents.latents && latents.path.isEmpty() && !session.demonstration) {
        parts.latents = latents.latents;
        parts.given = document_.givenMixture();
    }
    const MapContent& map = document_.settledMap();
    if (map.path.isEmpty() && !map.map.coordinates.empty() && !isFirstMap(map, latents.latents))
        parts.map = map.map;
    session.components = toJson(document_.componentLooks());
    for (const KeptMap& kept : document_.keptMaps()) {
        session.keptMaps.push_back({kept.name, kept.content->path});
        parts.keptMaps.push_back(kept.content->path.isEmpty() ? kept.content->map : LatentMap());
    }
    if (const DataLayerPtr& layer = document_.dataLayer()) {
        // Written as latents even where they were made from a data set: no need to encode it again.
        parts.layer = layer->latents;
        session.layerLook = {{"name", layer->name},
                             {"path", layer->path},
                             {"colour", layer->colour.name(QColor::HexArgb)},
                             {"opacity", layer->opacity},
                             {"shown", layer->shown}};
    }
    for (const Extra& extra : extras_)
        session.extras[extra.name] = extra.save();
    look_(session);
    return snapshot;
}

// ---- Saving ----------------------------------------------------------------------------------------

/// Beside the lock of the session that is open, which stays until the other has been written.
std::shared_ptr<SessionLock> SessionKeeper::lockForSaving(const QString& path) {
    const QString wanted = QFileInfo(path).absoluteFilePath();
    auto lock = target_.lock();
    if (lock && lock->path() == wanted)
        return lock;
    lock = std::make_shared<SessionLock>();
    target_ = lock;
    if (wanted != lock_.path() && lock->take(wanted) == SessionLock::State::Elsewhere)
        throw UsageError(path.toStdString(),
                         "this session is open in " + lock->owner().sentence().toStdString(),
                         "save it under another name");
    return lock;
}

/// Waits, without listening to the person, until nothing is being written any more.
void SessionKeeper::settle() {
    if (thread_.idle())
        return;
    const bool keeping = timer_.isActive();
    timer_.stop();
    QEventLoop wait;
    connect(&thread_, &LiveThread::becameIdle, &wait, &QEventLoop::quit);
    wait.exec(QEventLoop::ExcludeUserInputEvents);
    if (keeping)
        timer_.start();
}

void SessionKeeper::save(const QString& path) {
    settle();
    const auto lock = lockForSaving(path);
    SessionSnapshot now = snapshot();
    const State what = state();
    SessionWriter().write(now, path);
    finishSave(path, what, *lock);
}

void SessionKeeper::saveInBackground(const QString& path) {
    try {
        saving_.request<bool>(
            [now = std::make_shared<SessionSnapshot>(snapshot()), path](const StopToken&) {
                SessionWriter().write(*now, path);
                return true;
            },
            [this, path, what = state(), lock = lockForSaving(path), of = replaced_](bool) {
                if (of == replaced_)
                    finishSave(path, what, *lock);
                else // of what is no longer open
                    workspace_.log.info("Saved " + name(path));
            },
            [this](const JobError& error) { workspace_.log.error(error.text()); });
    } catch (const Error& error) {
        workspace_.log.error(shown(error.what()));
    }
}

void SessionKeeper::finishSave(const QString& path, const State& state, SessionLock& lock) {
    saved_ = state;
    if (QFileInfo(path).absoluteFilePath() != lock_.path())
        lock_.adopt(lock);
    recovered_ = readOnly_ = false;
    copyOf_.clear();
    if (restored_)
        restored_->remove();
    restored_.reset();
    workspace_.settings.addRecentFile(path);
    opener_.setSessionPath(path);
    document_.undoStack().setClean();
    workspace_.log.info("Saved " + name(path));
    keepNow(); // nothing is unsaved: nothing is kept
    Q_EMIT saved(path);
}

QString SessionKeeper::proposedName() const {
    if (!copyOf_.isEmpty())
        return QFileInfo(copyOf_).dir().filePath(QFileInfo(copyOf_).completeBaseName() + " copy.galatea");
    const QString data = document_.data().path;
    return data.isEmpty() ? QString("session.galatea")
                          : QFileInfo(data).dir().filePath(QFileInfo(data).completeBaseName() + ".galatea");
}

QString SessionKeeper::withSuffix(const QString& path) const {
    const QString whole = QFileInfo(path).suffix() == "galatea" ? path : path + ".galatea";
    return QFileInfo(whole).absoluteFilePath();
}

void SessionKeeper::askAndSave(bool always) {
    QString path = opener_.sessionPath();
    if (always || path.isEmpty() || readOnly_)
        path = questions_.saveAs(path.isEmpty() ? proposedName() : path);
    if (!path.isEmpty())
        saveInBackground(withSuffix(path));
}

void SessionKeeper::askAndBundle() {
    if (document_.isEmpty())
        return workspace_.log.warning("There is nothing to save yet; open images or a model first");
    const QString start = opener_.sessionPath().isEmpty() ? proposedName() : opener_.sessionPath();
    const QString proposed =
        QFileInfo(start).dir().filePath(QFileInfo(start).completeBaseName() + " with everything");
    const BundlePlan plan = planBundle(snapshot().session, document_.data().source);
    const QString folder = questions_.bundle(proposed, plan.bytes);
    if (!folder.isEmpty())
        bundle(folder);
}

void SessionKeeper::bundle(const QString& folder) {
    const SessionSnapshot now = snapshot();
    const BundlePlan plan = planBundle(now.session, document_.data().source);
    workspace_.jobs.start<bool>(
        "Saving with everything inside", this,
        [now, plan, folder](const StopToken& stop, ProgressSink& progress) {
            writeBundle(now, plan, folder, stop, progress);
            return true;
        },
        [this, folder](bool) {
            workspace_.log.info("Wrote the folder " + name(folder) + "; open the session in it anywhere");
            Q_EMIT bundled(folder);
        });
}

bool SessionKeeper::unsaved() const {
    return !document_.isEmpty() && (recovered_ || !(state() == saved_));
}

/// False: the person wants to stay. Else what is unsaved has been saved or is not wanted.
bool SessionKeeper::askAboutUnsaved() {
    if (saving_.busy())
        settle(); // what is being saved is saved then
    if (questions_.labels && !questions_.labels())
        return false;
    if (!unsaved())
        return true;
    const QString path = opener_.sessionPath();
    switch (questions_.unsaved(path.isEmpty() ? QString() : name(path))) {
    case SessionQuestions::Unsaved::Cancel:
        return false;
    case SessionQuestions::Unsaved::Discard:
        return true;
    case SessionQuestions::Unsaved::Save:
        break;
    }
    const QString target = path.isEmpty() || readOnly_ ? questions_.saveAs(proposedName()) : path;
    if (target.isEmpty())
        return false;
    try {
        save(withSuffix(target));
        return true;
    } catch (...) {
        workspace_.log.error(describeError(std::current_exception()).text());
        return false;
    }
}

bool SessionKeeper::mayClose() {
    if (!askAboutUnsaved())
        return false;
    timer_.stop();
    keeping_.cancel();
    settle();
    if (restored_)
        restored_->remove();
    restored_.reset();
    recovery_.reset();
    return true;
}

/// Asked when the person gives the order and again when everything is read: what was done meanwhile counts.
bool SessionKeeper::mayReplace() {
    if (allowed_ && *allowed_ == state())
        return true;
    if (!askAboutUnsaved())
        return false;
    allowed_ = state();
    return true;
}

// ---- Opening ---------------------------------------------------------------------------------------

bool SessionKeeper::admit(const QString& path) {
    using Answer = SessionQuestions::Elsewhere;
    admittedPath_ = QFileInfo(path).absoluteFilePath();
    admitted_ = Answer::TakeOver;
    if (restoring_ || admittedPath_ == lock_.path())
        return true;
    switch (next_.take(path)) {
    case SessionLock::State::Held:
        break;
    case SessionLock::State::Impossible:
        workspace_.log.warning(name(path) + " lies where you may not write: it can only be looked at");
        admitted_ = Answer::ReadOnly;
        break;
    case SessionLock::State::Elsewhere:
        admitted_ = questions_.elsewhere(path, next_.owner());
        if (admitted_ == Answer::TakeOver && next_.takeOver(path) != SessionLock::State::Held)
            admitted_ = Answer::ReadOnly;
    }
    if (admitted_ != Answer::Cancel)
        return true;
    admitted_.reset();
    allowed_.reset();
    return false;
}

/// What was open is gone, as the person wished.
void SessionKeeper::replaced() {
    ++replaced_;
    if (!admitted_ || lock_.path() != admittedPath_)
        lock_.release();
    recovered_ = readOnly_ = false;
    copyOf_.clear();
    if (restored_)
        restored_->remove();
    restored_.reset();
    fresh_ = scoresChanged_;
}

void SessionKeeper::notOpened() {
    admitted_.reset();
    next_.release();
    restoring_.reset(); // it stays lost, and offered
}

void SessionKeeper::opened(const Session& session, bool whole) {
    using Answer = SessionQuestions::Elsewhere;
    const Answer how = admitted_.value_or(Answer::TakeOver);
    const QString path = opener_.sessionPath();
    admitted_.reset();
    readOnly_ = how == Answer::ReadOnly;
    if (!next_.path().isEmpty())
        lock_.adopt(next_);
    recovered_ = session.recoveredAt.isValid();
    if (recovered_) {
        const QString old = session.recoveredFrom;
        if (!old.isEmpty() && lock_.take(old) == SessionLock::State::Elsewhere)
            copyOf_ = old;
        opener_.setSessionPath(copyOf_.isEmpty() ? old : QString());
        workspace_.log.info("Restored the unsaved state of " +
                            session.recoveredAt.toLocalTime().toString("yyyy-MM-dd HH:mm:ss"));
    } else if (how == Answer::Copy) {
        copyOf_ = path;
        opener_.setSessionPath({});
        workspace_.log.info("This is a copy of " + name(path) + "; saving it asks for a name");
    } else if (readOnly_) {
        workspace_.log.warning(name(path) + " is held elsewhere: changes go into a session of another name");
    }
    for (const Extra& extra : extras_)
        extra.restore(session.extras[extra.name].toObject());
    saved_ = state();
    fresh_ = recovered_ ? std::nullopt : std::optional(scoresChanged_);
    if (!restoring_)
        return;
    if (whole) {
        std::erase_if(lost_,
                      [this](const LostState& lost) { return lost.folder == restoring_->state().folder; });
        restored_ = std::move(restoring_);
    } else { // what could not be read now may be read another time
        restoring_.reset();
        workspace_.log.warning("The state that was kept stays kept until you discard it");
    }
    Q_EMIT lostChanged();
}

// ---- Recovery --------------------------------------------------------------------------------------

QString SessionKeeper::recoveryRoot() {
    return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + "/recovery";
}

void SessionKeeper::startRecovery(const QString& root) {
    recovery_ = std::make_unique<RecoveryFolder>(root);
    timer_.start();
    looking_.request<std::vector<LostState>>([root](const StopToken&) { return lostStates(root); },
                                             [this](std::vector<LostState> lost) {
                                                 lost_ = std::move(lost);
                                                 Q_EMIT lostChanged();
                                             });
}

void SessionKeeper::keepNow() {
    if (!recovery_ || opener_.busy())
        return;
    const bool needed = unsaved();
    if (needed ? keeping_.busy() : lastKept_.isEmpty())
        return;
    try {
        const QString file = recovery_->file();
        if (needed)
            return keepState(file);
        lastKept_ = {};
        keeping_.request<bool>( // after what is being kept just now
            [file](const StopToken&) {
                removeState(file);
                return true;
            },
            [](bool) {});
    } catch (const Error& error) {
        sayNotKept(shown(error.what()));
    }
}

void SessionKeeper::keepState(const QString& file) {
    auto now = std::make_shared<SessionSnapshot>(snapshot());
    // What files make again in a moment from their cache is not written every time.
    if (!document_.data().path.isEmpty() && !document_.model().path.isEmpty())
        now->parts.latents.reset();
    now->session.recoveredFrom = opener_.sessionPath();
    QJsonObject json = sessionToJson(now->session, file);
    State what = state();
    if (json == lastKept_ && what == lastState_)
        return;
    lastKept_ = std::move(json);
    lastState_ = std::move(what);
    now->session.recoveredAt = QDateTime::currentDateTimeUtc();
    keeping_.request<bool>(
        [now, file, writer = keeper_](const StopToken&) {
            writer->write(*now, file);
            describeState(now->session, file);
            return true;
        },
        [this, before = restored_.get()](bool) {
            saidNotKept_ = false;
            if (restored_ && restored_.get() == before) { // it is kept here now
                restored_->remove();
                restored_.reset();
            }
            Q_EMIT kept();
        },
        [this](const JobError& error) {
            lastKept_["failed"] = true; // tried again, and removed when nothing is unsaved
            sayNotKept(error.text());
        });
}

/// Once, not every two seconds.
void SessionKeeper::sayNotKept(const QString& fault) {
    if (!std::exchange(saidNotKept_, true))
        workspace_.log.warning("The unsaved state is not kept: " + fault);
}

void SessionKeeper::restoreLost() {
    if (!recovery_ || lost_.empty() || restoring_)
        return;
    const LostState state = lost_.front();
    restoring_ = HeldState::hold(state);
    if (!restoring_) {
        lost_.erase(lost_.begin());
        workspace_.log.warning("Another window has restored this state already");
        Q_EMIT lostChanged();
    } else if (!opener_.openSession(state.sessionFile)) {
        restoring_.reset();
    }
}

void SessionKeeper::discardLost() {
    std::erase_if(lost_, [this](const LostState& state) {
        if (restoring_ && restoring_->state().folder == state.folder)
            return false;
        if (const auto held = HeldState::hold(state))
            held->remove();
        return true;
    });
    Q_EMIT lostChanged();
}

} // namespace galatea
