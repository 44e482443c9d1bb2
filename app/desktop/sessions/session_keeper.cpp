#include "app/desktop/sessions/session_keeper.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "app/desktop/sessions/bundle.h"
#include "core/error.h"

namespace galatea {

namespace {

/// A map on its way to its place has no parameters yet; it is nothing to keep.
bool onItsWay(const MapContent& map) {
    return map.path.isEmpty() && map.map.method != "pca" && map.map.parameters.empty();
}

/// The map that every set of latents gets first: made again in a moment.
bool isFirstMap(const MapContent& map, const LatentsPtr& latents) {
    return map.path.isEmpty() && map.map.method == "pca" && latents &&
           map.map.coordinates.dim(1) == std::min<int64_t>(3, latents->mean.dim(1));
}

/// Latents as the model gave them, whatever mixture was fitted since; scores are kept apart.
LatentsPtr withoutFit(const Document& document) {
    auto latents = std::make_shared<Latents>(*document.latents().latents);
    latents->score.clear();
    if (const FittedMixturePtr& given = document.givenMixture()) {
        latents->responsibility = given->responsibility;
        latents->component = given->component;
    }
    return latents;
}

QString name(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

} // namespace

SessionKeeper::SessionKeeper(Workspace& workspace, Opener& opener, std::function<void(Session&)> look,
                             SessionQuestions questions, QObject* parent)
    : QObject(parent), workspace_(workspace), document_(workspace.document), opener_(opener),
      look_(std::move(look)), questions_(std::move(questions)), saving_(thread_, 1), keeping_(thread_, 0),
      keeper_(std::make_shared<SessionWriter>()) {
    timer_.setInterval(keepEvery);
    connect(&timer_, &QTimer::timeout, this, &SessionKeeper::keepNow);
    watchDocument();
    watchOpener();
}

SessionKeeper::~SessionKeeper() = default;

void SessionKeeper::watchDocument() {
    const auto changed = [this] { view_.reset(); };
    connect(&document_, &Document::contentChanged, this, changed);
    connect(&document_, &Document::filterChanged, this, changed);
    connect(&document_, &Document::selectionChanged, this, changed);
    connect(&document_, &Document::colouringChanged, this, changed);
    connect(&document_, &Document::hiddenClassesChanged, this, changed);
    connect(&document_, &Document::rankingChanged, this, changed);
    connect(&document_, &Document::traverseChanged, this, changed);
    connect(&document_, &Document::displayChanged, this, changed);
    connect(&document_, &Document::sampleSettingsChanged, this, changed);
    connect(&document_, &Document::currentChanged, this, changed);
    connect(&document_, &Document::scoresChanged, this, changed);
    connect(&document_.undoStack(), &QUndoStack::indexChanged, this, changed);
}

void SessionKeeper::watchOpener() {
    opener_.setSessionGate([this](const QString& path) { return admit(path); });
    opener_.setLocateQuestion([this](const SessionFileFault& fault) { return questions_.locate(fault); });
    connect(&opener_, &Opener::sessionRestored, this, &SessionKeeper::restored, Qt::QueuedConnection);
    connect(&opener_, &Opener::failed, this, [this](const QString& path) {
        if (admitted_ && path == lock_.path()) { // it did not open: the session before stays ours
            admitted_.reset();
            lock_.release();
            if (!before_.isEmpty())
                lock_.take(before_);
        }
    });
    connect(&opener_, &Opener::busyChanged, this, [this](bool busy) {
        const bool first = document_.undoStack().count() == 0 && opener_.sessionPath().isEmpty();
        if (!busy && (fresh_ || (first && !recovered_)))
            saved_ = state();
        fresh_ = fresh_ && busy;
    });
}

const QJsonObject& SessionKeeper::view() const {
    if (!view_)
        view_ = viewOf(document_);
    return *view_;
}

SessionKeeper::State SessionKeeper::state() const {
    State state;
    state.view = view();
    state.view.remove("current"); // looking is no change
    state.files = {document_.data().path, document_.model().path, document_.latents().path};
    state.maps = document_.keptMaps();
    state.layer = document_.dataLayer();
    state.looks = document_.componentLooks();
    state.mixture = document_.latents().fitted;
    if (!onItsWay(document_.map()))
        state.map = std::as_const(document_.map().map.coordinates).data();
    return state;
}

SessionSnapshot SessionKeeper::snapshot() const {
    SessionSnapshot snapshot;
    Session& session = snapshot.session;
    session.demonstration = opener_.demonstrationOpen();
    if (!session.demonstration) {
        session.data = document_.data().path;
        session.model = document_.model().path;
    }
    const LatentContent& latents = document_.latents();
    session.latents = latents.path;
    session.map = document_.map().path;
    session.transform = document_.data().transform;
    session.drewSamples = document_.samples() != nullptr;
    session.view = view();
    if (latents.fitted)
        session.mixture = mixtureToJson(*latents.fitted);
    if (latents.latents && latents.path.isEmpty() && !session.demonstration)
        snapshot.parts.latents = withoutFit(document_);
    if (latents.latents) {
        snapshot.parts.scores = latents.latents->score;
        snapshot.parts.holder = latents.latents;
    }
    const MapContent& map = document_.map();
    if (map.path.isEmpty() && !map.map.coordinates.empty() && !onItsWay(map) &&
        !isFirstMap(map, latents.latents))
        snapshot.parts.map = map.map;
    session.components = toJson(document_.componentLooks());
    for (const KeptMap& kept : document_.keptMaps()) {
        session.keptMaps.push_back({kept.name, kept.content->path});
        snapshot.parts.keptMaps.push_back(kept.content->path.isEmpty() ? kept.content->map : LatentMap());
    }
    if (const DataLayerPtr& layer = document_.dataLayer()) {
        // Written as latents even where they were made from a data set: no need to encode it again.
        snapshot.parts.layer = layer->latents;
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

void SessionKeeper::lockForSaving(const QString& path) {
    if (lock_.take(path) == SessionLock::State::Elsewhere)
        throw UsageError(path.toStdString(),
                         "this session is open in " + lock_.owner().sentence().toStdString(),
                         "save it under another name");
}

void SessionKeeper::save(const QString& path) {
    lockForSaving(path);
    saving_.cancel();
    SessionSnapshot now = snapshot();
    const State what = state();
    SessionWriter().write(now, path);
    finishSave(path, what);
}

void SessionKeeper::saveInBackground(const QString& path) {
    try {
        lockForSaving(path);
    } catch (const Error& error) {
        return workspace_.log.error(shown(error.what()));
    }
    auto now = std::make_shared<SessionSnapshot>(snapshot());
    saving_.request<bool>(
        [now, path](const StopToken&) {
            SessionWriter().write(*now, path);
            return true;
        },
        [this, path, what = state()](bool) { finishSave(path, what); },
        [this](const JobError& error) { workspace_.log.error(error.text()); });
}

void SessionKeeper::finishSave(const QString& path, const State& state) {
    saved_ = state;
    recovered_ = readOnly_ = false;
    copyOf_.clear();
    opener_.setSessionPath(path);
    workspace_.settings.addRecentFile(path);
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

void SessionKeeper::askAndSave(bool always) {
    QString path = opener_.sessionPath();
    if (always || path.isEmpty() || readOnly_)
        path = questions_.saveAs(path.isEmpty() ? proposedName() : path);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix() != "galatea")
        path += ".galatea";
    saveInBackground(QFileInfo(path).absoluteFilePath());
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

bool SessionKeeper::mayClose() {
    if (unsaved()) {
        const QString path = opener_.sessionPath();
        switch (questions_.unsaved(path.isEmpty() ? QString() : name(path))) {
        case SessionQuestions::Unsaved::Cancel:
            return false;
        case SessionQuestions::Unsaved::Discard:
            break;
        case SessionQuestions::Unsaved::Save: {
            QString target = path.isEmpty() || readOnly_ ? questions_.saveAs(proposedName()) : path;
            if (target.isEmpty())
                return false;
            if (QFileInfo(target).suffix() != "galatea")
                target += ".galatea";
            try {
                save(QFileInfo(target).absoluteFilePath());
            } catch (...) {
                workspace_.log.error(describeError(std::current_exception()).text());
                return false;
            }
        }
        }
    }
    timer_.stop();
    keeping_.cancel();
    recovery_.reset();
    return true;
}

// ---- Opening ---------------------------------------------------------------------------------------

bool SessionKeeper::admit(const QString& path) {
    using Answer = SessionQuestions::Elsewhere;
    before_ = lock_.path();
    admitted_ = Answer::TakeOver;
    if (recovery_ && recovery_->holds(path))
        return true;
    if (lock_.take(path) == SessionLock::State::Impossible) {
        workspace_.log.warning(name(path) + " lies where you may not write: it can only be looked at");
        admitted_ = Answer::ReadOnly;
    } else if (lock_.path() != QFileInfo(path).absoluteFilePath()) {
        admitted_ = questions_.elsewhere(path, lock_.owner());
        if (admitted_ == Answer::TakeOver && lock_.takeOver(path) != SessionLock::State::Held)
            admitted_ = Answer::ReadOnly;
    }
    if (admitted_ != Answer::Cancel)
        return true;
    admitted_.reset();
    return false;
}

void SessionKeeper::restored(const Session& session) {
    using Answer = SessionQuestions::Elsewhere;
    const Answer how = admitted_.value_or(Answer::TakeOver);
    const QString path = opener_.sessionPath();
    admitted_.reset();
    readOnly_ = how == Answer::ReadOnly;
    copyOf_.clear();
    if (readOnly_ || how == Answer::Copy)
        lock_.release(); // of the session before
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
    fresh_ = opener_.busy() && !recovered_;
}

// ---- Recovery --------------------------------------------------------------------------------------

QString SessionKeeper::recoveryRoot() {
    return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + "/recovery";
}

void SessionKeeper::startRecovery(const QString& root) {
    recovery_ = std::make_unique<RecoveryFolder>(root);
    lost_ = recovery_->lost();
    timer_.start();
    Q_EMIT lostChanged();
}

void SessionKeeper::keepNow() {
    if (!recovery_ || opener_.busy() || keeping_.busy())
        return;
    try {
        const bool needed = unsaved();
        if (!needed && lastKept_.isEmpty())
            return;
        const QString file = recovery_->file();
        if (!needed) {
            lastKept_ = {};
            keeping_.request<bool>([file](const StopToken&) { return QFile::remove(file); }, [](bool) {});
            return;
        }
        auto now = std::make_shared<SessionSnapshot>(snapshot());
        // What files make again in a moment from their cache is not written every time.
        if (!document_.data().path.isEmpty() && !document_.model().path.isEmpty())
            now->parts.latents.reset();
        now->session.recoveredFrom = opener_.sessionPath();
        QJsonObject json = sessionToJson(now->session, file);
        if (json == lastKept_ && state() == lastState_)
            return;
        lastKept_ = json;
        lastState_ = state();
        now->session.recoveredAt = QDateTime::currentDateTimeUtc();
        keeping_.request<bool>(
            [now, file, writer = keeper_](const StopToken&) {
                writer->write(*now, file);
                return true;
            },
            [this](bool) { Q_EMIT kept(); },
            [this](const JobError& error) {
                lastKept_ = {};
                timer_.stop(); // said once, not every two seconds
                workspace_.log.warning("The unsaved state is not kept: " + error.text());
            });
    } catch (const Error& error) {
        timer_.stop();
        workspace_.log.warning("The unsaved state is not kept: " + shown(error.what()));
    }
}

void SessionKeeper::restoreLost() {
    if (!recovery_ || lost_.empty())
        return;
    const LostState state = lost_.front();
    lost_.erase(lost_.begin());
    if (recovery_->adopt(state))
        opener_.openSession(state.sessionFile);
    else
        workspace_.log.warning("Another window has restored this state already");
    Q_EMIT lostChanged();
}

void SessionKeeper::discardLost() {
    for (const LostState& state : lost_)
        RecoveryFolder::discard(state);
    lost_.clear();
    Q_EMIT lostChanged();
}

} // namespace galatea
