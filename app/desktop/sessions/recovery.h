#pragma once
// The unsaved state of windows that are open, in a folder of the person's state: one folder per window with a
// lock, a session file and its parts, and a few words about it. A folder whose window has died is what a
// crash left behind; it goes only when the person says so, or when what it holds is kept elsewhere.

#include <memory>
#include <vector>

#include <QDateTime>
#include <QString>

class QLockFile;

namespace galatea {

struct Session;

/// Left behind by a window that was not closed.
struct LostState {
    QString folder;
    QString sessionFile; ///< to be opened
    QString session;     ///< the session it belongs to; empty: never saved
    QDateTime time;      ///< of the last change that was kept
};

/// What windows left behind under this folder, the newest first; states of living windows are not among them.
/// Looks at the few words alone, not at the states. For any thread.
std::vector<LostState> lostStates(const QString& root);
/// The few words about a state that has just been written to the file. Throws InputError or UsageError.
void describeState(const Session& session, const QString& file);
/// A state that is no longer needed, with its parts.
void removeState(const QString& file);

/// A lost state that no other window may touch. Letting go leaves it as it was.
class HeldState {
  public:
    /// nullptr if another window was quicker.
    static std::unique_ptr<HeldState> hold(const LostState& state);
    ~HeldState();
    const LostState& state() const { return state_; }
    void remove(); ///< for good

  private:
    HeldState(LostState state, std::unique_ptr<QLockFile> lock);
    LostState state_;
    std::unique_ptr<QLockFile> lock_;
};

class RecoveryFolder {
  public:
    /// Nothing is made before file() is asked for.
    explicit RecoveryFolder(QString root);
    ~RecoveryFolder(); ///< the window is closed as it should be: its state is removed

    /// Where this window keeps its state; the folder is there and locked. Throws UsageError.
    QString file();

  private:
    QString root_, folder_;
    std::unique_ptr<QLockFile> lock_;
};

} // namespace galatea
