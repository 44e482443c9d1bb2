#include "app/desktop/sessions/recovery.h"

#include <algorithm>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QUuid>

#include "app/desktop/session.h"
#include "core/error.h"

namespace galatea {

namespace {

constexpr auto stateName = "state.galatea";

std::unique_ptr<QLockFile> lockOf(const QString& folder) {
    auto lock = std::make_unique<QLockFile>(folder + "/lock");
    lock->setStaleLockTime(0);
    return lock;
}

} // namespace

RecoveryFolder::RecoveryFolder(QString root) : root_(std::move(root)) {}

RecoveryFolder::~RecoveryFolder() {
    remove();
}

void RecoveryFolder::remove() {
    if (folder_.isEmpty())
        return;
    lock_.reset();
    QDir(folder_).removeRecursively();
    folder_.clear();
}

QString RecoveryFolder::file() {
    if (folder_.isEmpty()) {
        const QString folder = QString("%1/%2-%3")
                                   .arg(root_)
                                   .arg(QCoreApplication::applicationPid())
                                   .arg(QUuid::createUuid().toString(QUuid::Id128).left(8));
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

bool RecoveryFolder::holds(const QString& file) const {
    return !folder_.isEmpty() && QFileInfo(file).absolutePath() == folder_;
}

std::vector<LostState> RecoveryFolder::lost() const {
    std::vector<LostState> found;
    for (const QFileInfo& entry : QDir(root_).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QString folder = entry.absoluteFilePath();
        if (folder == folder_)
            continue;
        const auto lock = lockOf(folder);
        if (!lock->tryLock(0))
            continue; // its window lives
        try {
            const QString file = folder + '/' + stateName;
            const Session session = readSession(file);
            found.push_back({folder, file, session.recoveredFrom, session.recoveredAt.toLocalTime()});
        } catch (const Error&) {
            lock->unlock();
            QDir(folder).removeRecursively(); // nothing was kept in it
        }
    }
    std::sort(found.begin(), found.end(),
              [](const LostState& a, const LostState& b) { return a.time > b.time; });
    return found;
}

bool RecoveryFolder::adopt(const LostState& lost) {
    auto lock = lockOf(lost.folder);
    if (!lock->tryLock(0))
        return false;
    remove();
    folder_ = lost.folder;
    lock_ = std::move(lock);
    return true;
}

void RecoveryFolder::discard(const LostState& lost) {
    const auto lock = lockOf(lost.folder);
    if (lock->tryLock(0)) {
        lock->unlock();
        QDir(lost.folder).removeRecursively();
    }
}

} // namespace galatea
