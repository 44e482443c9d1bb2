#include "app/desktop/sessions/session_lock.h"

#include <utility>

#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <QSysInfo>

namespace galatea {

QString LockOwner::sentence() const {
    const QString who = QString("process %1").arg(process);
    return thisHost ? QString("another window (%1)").arg(who)
                    : QString("a window on the computer %1 (%2)").arg(host, who);
}

SessionLock::SessionLock() = default;
SessionLock::~SessionLock() = default;

QString SessionLock::lockFile(const QString& sessionPath) {
    const QFileInfo info(sessionPath);
    return info.absolutePath() + "/." + info.fileName() + ".lock";
}

SessionLock::State SessionLock::take(const QString& sessionPath) {
    const QString wanted = QFileInfo(sessionPath).absoluteFilePath();
    if (lock_ && wanted == path_)
        return State::Held;
    auto lock = std::make_unique<QLockFile>(lockFile(wanted));
    lock->setStaleLockTime(0); // age proves nothing: sessions stay open for days
    if (lock->tryLock(0)) {
        lock_ = std::move(lock);
        path_ = wanted;
        return State::Held;
    }
    if (lock->error() != QLockFile::LockFailedError)
        return State::Impossible;
    owner_ = {};
    lock->getLockInfo(&owner_.process, &owner_.host, &owner_.application);
    owner_.thisHost = owner_.host.isEmpty() || owner_.host == QSysInfo::machineHostName();
    return State::Elsewhere;
}

SessionLock::State SessionLock::takeOver(const QString& sessionPath) {
    QFile::remove(lockFile(sessionPath));
    return take(sessionPath);
}

void SessionLock::adopt(SessionLock& other) {
    lock_ = std::move(other.lock_);
    path_ = std::exchange(other.path_, {});
}

void SessionLock::release() {
    lock_.reset();
    path_.clear();
}

} // namespace galatea
