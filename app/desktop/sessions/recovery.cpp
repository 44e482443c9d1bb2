#include "app/desktop/sessions/recovery.h"

#include <algorithm>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QUuid>

#include "app/desktop/session.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

constexpr auto stateName = "state.galatea", aboutName = "about.json";

std::unique_ptr<QLockFile> lockOf(const QString& folder) {
    auto lock = std::make_unique<QLockFile>(folder + "/lock");
    lock->setStaleLockTime(0);
    return lock;
}

/// The lock goes after what it guards: nobody takes up a state half removed.
void removeFolder(const QString& folder, std::unique_ptr<QLockFile>& lock) {
    removeState(folder + '/' + stateName);
    lock.reset();
    QDir(folder).removeRecursively();
}

/// Without its few words (an older version wrote none, or the window died before them) a state is still one.
LostState lookAt(const QString& folder, const QString& file) {
    LostState state{folder, file, {}, QFileInfo(file).lastModified()};
    QFile about(folder + '/' + aboutName);
    if (!about.open(QIODevice::ReadOnly))
        return state;
    constexpr qint64 few = 1 << 16;
    const QJsonObject words = QJsonDocument::fromJson(about.read(few)).object();
    state.session = words["session"].toString();
    if (const auto time = QDateTime::fromString(words["time"].toString(), Qt::ISODate); time.isValid())
        state.time = time.toLocalTime();
    return state;
}

} // namespace

std::vector<LostState> lostStates(const QString& root) {
    std::vector<LostState> found;
    for (const QFileInfo& entry : QDir(root).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QString folder = entry.absoluteFilePath(), file = folder + '/' + stateName;
        const auto lock = lockOf(folder);
        if (!lock->tryLock(0))
            continue; // its window lives
        if (QFileInfo::exists(file)) {
            found.push_back(lookAt(folder, file));
        } else {
            lock->unlock();
            QDir().rmdir(folder); // only if nothing was kept in it
        }
    }
    std::sort(found.begin(), found.end(),
              [](const LostState& a, const LostState& b) { return a.time > b.time; });
    return found;
}

void describeState(const Session& session, const QString& file) {
    const QJsonObject words{{"session", session.recoveredFrom},
                            {"time", session.recoveredAt.toUTC().toString(Qt::ISODateWithMs)}};
    AtomicFile about(QFileInfo(file).dir().filePath(aboutName).toStdString());
    about.write(QJsonDocument(words).toJson().toStdString());
    about.commit();
}

void removeState(const QString& file) {
    QFile::remove(file); // first: the rest is nothing without it
    QFile::remove(QFileInfo(file).dir().filePath(aboutName));
    QDir(partsFolder(file)).removeRecursively();
}

HeldState::HeldState(LostState state, std::unique_ptr<QLockFile> lock)
    : state_(std::move(state)), lock_(std::move(lock)) {}

HeldState::~HeldState() = default;

std::unique_ptr<HeldState> HeldState::hold(const LostState& state) {
    auto lock = lockOf(state.folder);
    if (!QFileInfo::exists(state.sessionFile) || !lock->tryLock(0))
        return nullptr;
    return std::unique_ptr<HeldState>(new HeldState(state, std::move(lock)));
}

void HeldState::remove() {
    removeFolder(state_.folder, lock_);
}

RecoveryFolder::RecoveryFolder(QString root) : root_(std::move(root)) {}

RecoveryFolder::~RecoveryFolder() {
    if (!folder_.isEmpty())
        removeFolder(folder_, lock_);
}

QString RecoveryFolder::file() {
    if (folder_.isEmpty()) {
        const QString folder = QString("%1/%2-%3")
                                   .arg(root_, QString::number(QCoreApplication::applicationPid()),
                                        QUuid::createUuid().toString(QUuid::Id128).left(8));
        auto lock = lockOf(folder);
        if (!QDir().mkpath(folder) || !lock->tryLock(0))
            throw UsageError(folder.toStdString(), "the unsaved state cannot be kept here",
                             "check the disk's free space and your permission to write");
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        folder_ = folder;
        lock_ = std::move(lock);
    }
    return folder_ + '/' + stateName;
}

} // namespace galatea
