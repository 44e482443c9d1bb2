#pragma once
// One window at a time writes a session: a lock file beside it, ".NAME.galatea.lock". A lock whose owner has
// died on this computer is taken over in silence; one from another computer cannot be judged and is the
// person's to decide on.

#include <memory>

#include <QString>

class QLockFile;

namespace galatea {

struct LockOwner {
    qint64 process = 0;
    QString host, application;
    bool thisHost = false;
    /// "another window (process 4711)", "a window on the computer atlas (process 12)"
    QString sentence() const;
};

class SessionLock {
  public:
    enum class State {
        Held,      ///< by us
        Elsewhere, ///< by a living window, or by one of another computer: owner() says which
        Impossible ///< the place cannot be written to: nobody can hold it
    };
    SessionLock();
    ~SessionLock(); ///< lets go
    /// Takes the lock of a session; the one held before is kept unless this succeeds.
    State take(const QString& sessionPath);
    /// Although another computer seems to hold it.
    State takeOver(const QString& sessionPath);
    /// Holds what the other held, which then holds nothing; what was held before is let go.
    void adopt(SessionLock& other);
    void release();
    const QString& path() const { return path_; } ///< the session it is held for; empty: none
    const LockOwner& owner() const { return owner_; }

    static QString lockFile(const QString& sessionPath);

  private:
    std::unique_ptr<QLockFile> lock_;
    QString path_;
    LockOwner owner_;
};

} // namespace galatea
