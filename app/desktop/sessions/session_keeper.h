#pragma once
// Nothing a person did is lost: saves the session, keeps its unsaved state in a recovery file while the
// window is open, holds the session's lock, asks before closing, and brings back what a crash left.

#include <array>
#include <memory>

#include <QObject>
#include <QTimer>

#include "app/desktop/opener.h"
#include "app/desktop/sessions/recovery.h"
#include "app/desktop/sessions/session_lock.h"
#include "app/desktop/sessions/session_parts.h"
#include "app/desktop/sessions/session_questions.h"
#include "app/desktop/workspace.h"

namespace galatea {

class SessionKeeper : public QObject {
    Q_OBJECT
  public:
    /// `look` fills in what only the window knows: layout, the map's view, panels.
    SessionKeeper(Workspace& workspace, Opener& opener, std::function<void(Session&)> look,
                  SessionQuestions questions, QObject* parent = nullptr);
    ~SessionKeeper() override;

    /// Something else that belongs into sessions, under its own name. Never a password.
    struct Extra {
        QString name;
        std::function<QJsonObject()> save;
        std::function<void(const QJsonObject&)> restore; ///< gets an empty object where nothing was saved
    };
    void addExtra(Extra extra) { extras_.push_back(std::move(extra)); }
    void setQuestions(SessionQuestions questions) { questions_ = std::move(questions); }
    SessionSnapshot snapshot() const; ///< of what is shown now
    void save(const QString& path);   ///< and waits for it; throws InputError or UsageError
    void saveInBackground(const QString& path);
    void askAndSave(bool always); ///< always: under another name
    void askAndBundle();
    void bundle(const QString& folder); ///< as a job
    bool unsaved() const;
    bool readOnly() const { return readOnly_; } ///< another window holds the session
    bool busy() const { return saving_.busy(); }
    /// Asks about what is unsaved; false: the window stays open. Afterwards nothing is kept for recovery.
    bool mayClose();

    /// From now on the unsaved state is kept under this folder, every few seconds where it has changed.
    void startRecovery(const QString& root);
    void keepNow(); ///< what the timer does
    const std::vector<LostState>& lost() const { return lost_; }
    void restoreLost(); ///< the newest
    void discardLost(); ///< all
    /// Where recovery files of this person lie.
    static QString recoveryRoot();
    static constexpr int keepEvery = 2000; ///< ms

  Q_SIGNALS:
    void saved(const QString& path);
    void kept(); ///< the unsaved state is on the disk
    void lostChanged();
    void bundled(const QString& folder);

  private:
    /// What makes a session another one: compared, never written. Large things by identity: nobody changes
    /// them.
    struct State {
        QJsonObject choices;
        QStringList files;
        std::array<int64_t, 5> transform{};
        FittedMixturePtr mixture;
        RankingPtr ranking;
        quint64 scores = 0; ///< how often they have changed
        const float* map = nullptr;
        std::vector<KeptMap> maps;
        DataLayerPtr layer;
        std::vector<ComponentLook> looks;
        bool operator==(const State&) const = default;
    };
    State state() const;
    const QJsonObject& choices() const;
    void watchDocument();
    void watchOpener();
    bool askAboutUnsaved();
    bool mayReplace();
    bool admit(const QString& path);
    void replaced();
    void opened(const Session& session, bool whole);
    void notOpened();
    void keepState(const QString& file);
    void sayNotKept(const QString& fault);
    void finishSave(const QString& path, const State& state, SessionLock& lock);
    std::shared_ptr<SessionLock> lockForSaving(const QString& path);
    void settle();
    QString proposedName() const;
    QString withSuffix(const QString& path) const;

    Workspace& workspace_;
    Document& document_;
    Opener& opener_;
    std::function<void(Session&)> look_;
    SessionQuestions questions_;
    std::vector<Extra> extras_;
    State saved_;                                ///< as it was saved, opened or first shown
    mutable std::optional<QJsonObject> choices_; ///< of the document; nothing after a change
    quint64 scoresChanged_ = 0;
    quint64 replaced_ = 0; ///< how often something else was opened
    bool readOnly_ = false, recovered_ = false;
    std::optional<quint64> fresh_; ///< what is being opened counts as saved unless scores change from here
    std::optional<State> allowed_; ///< may be replaced by what is being opened: the person said so
    QString copyOf_;
    SessionLock lock_;                                    ///< of the session that is open
    SessionLock next_;                                    ///< of the one on its way
    std::weak_ptr<SessionLock> target_;                   ///< of the place that is being saved to
    std::optional<SessionQuestions::Elsewhere> admitted_; ///< how that is opened
    QString admittedPath_;

    QTimer timer_;
    std::unique_ptr<RecoveryFolder> recovery_;
    std::shared_ptr<SessionWriter> keeper_;
    QJsonObject lastKept_; ///< empty: nothing is kept
    State lastState_;      ///< with what JSON does not hold: maps and mixtures by identity
    bool saidNotKept_ = false;
    std::vector<LostState> lost_;
    std::unique_ptr<HeldState> restoring_; ///< on its way into the document
    std::unique_ptr<HeldState> restored_;  ///< in the document, not yet kept or saved again

    // Last, so that nothing is being written any more when what it is written into goes.
    LiveThread thread_{"sessions"};
    LatestWins saving_, keeping_, looking_;
};

} // namespace galatea
