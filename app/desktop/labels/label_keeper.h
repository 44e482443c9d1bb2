#pragma once
// Keeps the document's labels: finds the place, brings in what is kept there, hands on every change and takes
// what others do. The window never waits for it.

#include <memory>
#include <vector>

#include <QObject>
#include <QStringList>

#include "app/desktop/labels/label_connection.h"
#include "app/desktop/message_log.h"
#include "app/desktop/settings.h"

namespace galatea {

class LabelKeeper : public QObject {
    Q_OBJECT
  public:
    enum class State {
        Memory,   ///< no place, or none before the first label
        Opening,  ///< what is there is being read
        Saved,    ///< everything is on disk
        Saving,   ///< on its way
        Waiting,  ///< it could not be written; it will be tried again
        ReadOnly, ///< the place is shown, changes stay in memory
        Refused   ///< the place cannot be used; labels stay in memory
    };

    LabelKeeper(Document& document, MessageLog& log, Settings& settings, QObject* parent = nullptr);
    ~LabelKeeper() override; ///< waits some seconds for what is on its way

    /// Beside the data, or the team's database where the settings name one; empty where there is no place.
    QString defaultLocation() const;
    /// A path, a URL, or nothing: in memory. What is labelled already goes there too.
    void keepIn(const QString& location);
    const QString& location() const { return location_; } ///< fit for a session: without a password
    State state() const { return state_; }
    QString stateText() const; ///< a sentence for people
    /// True if nothing is on its way to or from the store.
    bool idle() const;
    /// Handles events until everything is saved, or is known to need more than a moment. False: see
    /// hasUnsaved().
    bool settle(int milliseconds) const;
    /// Labels that would be lost if the program ended now, also those of objects that were open before.
    bool hasUnsaved() const;

    const QStringList& others() const { return others_; }
    const std::vector<LabelConflict>& conflicts() const { return conflicts_; }
    void clearConflicts();
    /// The labels of others in place of one's own, where both were given at once; one undo step.
    void takeTheirs();
    void askHistory(int64_t row, QObject* context, std::function<void(std::vector<LabelEvent>)> answer);

    /// The person's name, also for later starts.
    void setPerson(const QString& name);
    /// The team's database, for later starts too; empty: none. Throws UsageError.
    void setTeamUrl(const QString& url);
    QString teamUrl() const;

  Q_SIGNALS:
    void changed(); ///< state, others or conflicts

  private:
    void begin();
    void edited(const LabelChange& change);
    void opened(const QString& place, bool writable, const QStringList& notes, const LabelRowNews& news);
    void take(const LabelRowNews& news, bool onlyUnlabelled);
    LabelChange ownLabels() const;
    LabelJob jobOf(LabelChange change);
    LabelConnection::Listener listener();
    void setState(State state, const QString& why = {});
    void retire();

    Document& document_;
    MessageLog& log_;
    Settings& settings_;
    State state_ = State::Memory;
    QString location_, place_, why_;
    bool lazy_ = false;     ///< the place is made with the first label
    bool writable_ = false; ///< what is there is known, and more may go there
    bool pending_ = false;  ///< something was labelled that went to no store
    int64_t issued_ = 0, saved_ = 0;
    int generation_ = 0;
    QStringList others_;
    std::vector<LabelConflict> conflicts_;
    std::unique_ptr<LabelConnection> connection_;
    std::vector<std::unique_ptr<LabelConnection>> retired_; ///< still writing for objects that were open
};

} // namespace galatea
