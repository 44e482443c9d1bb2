#pragma once
// The unsaved state of windows that are open, in a folder of the person's state: one folder per window with a
// lock, a session file and its parts. A folder whose window has died is what a crash left behind.

#include <memory>
#include <vector>

#include <QDateTime>
#include <QString>

class QLockFile;

namespace galatea {

/// Left behind by a window that was not closed.
struct LostState {
    QString folder;
    QString sessionFile; ///< to be opened
    QString session;     ///< the session it belongs to; empty: never saved
    QDateTime time;      ///< of the last change that was kept
};

class RecoveryFolder {
  public:
    /// Nothing is made before file() is asked for.
    explicit RecoveryFolder(QString root);
    ~RecoveryFolder(); ///< the window is closed as it should be: its state is removed

    /// Where this window keeps its state; the folder is there and locked. Throws UsageError.
    QString file();
    bool holds(const QString& file) const; ///< it lies in this window's folder
    /// What others left behind, the newest first. States of living windows are not among them.
    std::vector<LostState> lost() const;
    /// This window goes on with a lost state, in its folder. False if another window was quicker.
    bool adopt(const LostState& lost);
    static void discard(const LostState& lost);

  private:
    void remove();

    QString root_, folder_;
    std::unique_ptr<QLockFile> lock_;
};

} // namespace galatea
