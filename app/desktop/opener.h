#pragma once
// Brings files into the document: reads them in a job, then makes what the views need (latents, a map) in
// further jobs. A file that cannot be opened is one message and leaves the document as it is.

#include <functional>
#include <optional>

#include <QObject>
#include <QStringList>

#include "app/desktop/session.h"
#include "app/desktop/sessions/session_files.h"
#include "app/desktop/workspace.h"

namespace galatea {

class Opener : public QObject {
    Q_OBJECT
  public:
    explicit Opener(Workspace& workspace, QObject* parent = nullptr);

    /// Any mix of data sets, models, latents, maps; one session at most.
    void open(const QStringList& paths);
    /// False if it is not even tried: the person said no, or another session is on its way.
    bool openSession(const QString& path);
    void openDemonstration(); ///< the built-in one
    /// Content made elsewhere (a simulation, a test).
    void adopt(DataContent data, ModelContent model);

    /// Asks the person whether a file may be read without walls enough around it; for tests to replace.
    using AllowQuestion = std::function<bool(const QString& path, const QString& fault)>;
    void setAllowQuestion(AllowQuestion question) { mayBeAllowed_ = std::move(question); }

    /// Asked before a session is opened; false: it stays closed.
    void setSessionGate(std::function<bool(const QString& path)> gate) { mayOpen_ = std::move(gate); }
    /// Asked before something takes the place of what is open; false: it does not.
    void setReplaceGate(std::function<bool()> gate) { mayReplace_ = std::move(gate); }
    /// Where a session's file is now; its old path: take it as it is; empty: leave it out.
    using LocateQuestion = std::function<QString(const SessionFileFault& fault)>;
    void setLocateQuestion(LocateQuestion question) { locate_ = std::move(question); }

    bool demonstrationOpen() const { return demonstration_; }
    bool busy() const { return pending_ > 0; }           ///< opening or preparing
    QString sessionPath() const { return sessionPath_; } ///< of the session that is open; empty: none
    void setSessionPath(const QString& path);
    /// Asks for latents and map again, as after the person cancelled them.
    void embedAgain();
    void projectAgain();

  Q_SIGNALS:
    void busyChanged(bool busy);
    void opened(const QString& path); ///< a file or session, successfully
    void sessionPathChanged(const QString& path);
    /// Something of another origin is in the document now; no session is open.
    void replaced();
    /// A session's document is ready; the window puts its own part back.
    void sessionRestored(const galatea::Session& session);
    /// After the window's part. `whole`: nothing of it was left out.
    void sessionOpened(const galatea::Session& session, bool whole);
    /// It failed, was cancelled, or something else was opened over it; nothing of the kind is on its way now.
    void sessionNotOpened(const QString& path);
    void failed(const QString& path, const QString& text);
    /// Among what was to be opened are survey frames: there is something to choose before they become
    /// objects.
    void framesFound(const QStringList& paths);

  private:
    struct Files {
        std::optional<DataContent> data;
        std::optional<Rendering> rendering;
        std::optional<ModelContent> model;
        std::optional<LatentsPtr> latents;
        QString latentsPath;
        std::optional<LatentMap> map;
        QString mapPath;
        std::vector<std::pair<QString, JobError>> failures;
        struct Refused {
            QString path, fault, cure, sha256;
        };
        std::vector<Refused> refused; ///< read only behind walls, which are missing
        QStringList notes, done, frames;
        bool empty() const { return !data && !model && !latents && !map; }
    };
    /// A session on its way.
    struct Opening {
        QString path;
        Session session;      ///< once it has been read
        bool inPlace = false; ///< the document's files are its own
        bool whole = true;    ///< nothing was left out so far
    };
    struct Restored {
        std::vector<double> scores;
        FittedMixturePtr fitted;
        ViewLists lists;
        std::vector<KeptMap> keptMaps;
        DataLayerPtr layer;
        QStringList notes;
    };
    static Restored restoreParts(const Opening& opening, const LatentsPtr& latents, int64_t objects);
    static Files read(const QStringList& paths, const StopToken& stop, ProgressSink& progress);
    static void readOne(const QString& path, Files& files);
    static Files readAll(const Opening& opening, const StopToken& stop, ProgressSink& progress);

    void apply(Files files, const TransformOptions& transform = {});
    QStringList askAboutRefused(const std::vector<Files::Refused>& refused);
    void fitDataToModel();
    void prepare();
    void embedJob();
    void describeJob(LatentsPtr latents, const QString& path);
    void mapJob();
    bool mayReplace() const { return !mayReplace_ || mayReplace_(); }
    void replace(); ///< what is open is gone
    void readSessionFiles();
    void putInPlace(Files files);
    void askForFiles(Session& session, const std::vector<SessionFileFault>& faults);
    bool restoring() const { return opening_ && opening_->inPlace; }
    void leaveOut(const QString& sentence); ///< of the session on its way
    void restore();
    void restoreView(Restored parts);
    void abandonSession();
    void begin();
    void end();
    void report(const QString& path, const JobError& error);

    AllowQuestion mayBeAllowed_;
    std::function<bool(const QString& path)> mayOpen_;
    std::function<bool()> mayReplace_;
    LocateQuestion locate_;
    Workspace& workspace_;
    Document& document_;
    int pending_ = 0;
    bool demonstration_ = false, mayEmbed_ = true;
    QString sessionPath_;
    std::optional<Opening> opening_;
    std::optional<LatentMap> waitingMap_; ///< a map file whose latents are still being made
    QString waitingMapPath_;
};

} // namespace galatea
