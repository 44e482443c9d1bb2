// Sessions in the real window: closed and reopened, files gone and found, locks, closing, everything inside,
// and what a killed window leaves.

#include <csignal>

#include <QComboBox>
#include <QJsonDocument>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>

#include "app/desktop/clustering.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/session.h"
#include "app/desktop/sessions/bundle.h"
#include "app/desktop/sessions/session_keeper.h"
#include "data/dataset_file.h"
#include "models/astrovader/astrovader.h"
#include "models/model_file.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;
using made::OpenedWindow;

namespace {

constexpr int64_t objects = 120;

/// Answers for every question; what was asked is counted.
struct Answers {
    SessionQuestions::Unsaved unsaved = SessionQuestions::Unsaved::Discard;
    SessionQuestions::Elsewhere elsewhere = SessionQuestions::Elsewhere::Cancel;
    QString place; ///< of a file that is asked for
    int askedUnsaved = 0, askedElsewhere = 0;
    std::vector<SessionFileFault> faults;

    SessionQuestions questions() {
        SessionQuestions all;
        all.unsaved = [this](const QString&) {
            ++askedUnsaved;
            return unsaved;
        };
        all.elsewhere = [this](const QString&, const LockOwner&) {
            ++askedElsewhere;
            return elsewhere;
        };
        all.locate = [this](const SessionFileFault& fault) {
            faults.push_back(fault);
            return place;
        };
        all.saveAs = [](const QString&) { return QString(); };
        return all;
    }
};

struct Files {
    QTemporaryDir folder;
    QString data = folder.filePath("home/images/data.h5"), model = folder.filePath("home/model.safetensors"),
            session = folder.filePath("home/view.galatea");

    Files() {
        QDir().mkpath(folder.filePath("home/images"));
        writeDataset(*made::galaxies(objects).data, data.toStdString());
        writeModel(model, 3);
    }
    static void writeModel(const QString& path, uint64_t seed) {
        ModelInput input;
        input.channels = made::bands;
        input.height = input.width = made::side;
        const Json small = {{"filters", {4, 4, 4}}, {"latent", 5}, {"components", 3}};
        saveModel(*randomAstroVaDEr(input, small, seed), path.toStdString());
    }
};

bool ready(OpenedWindow& opened) {
    return QTest::qWaitFor(
               [&] { return opened.window->settled() && !opened.document().map().map.coordinates.empty(); },
               60000) &&
           opened.settles();
}

/// Everything a person can have made: fits, maps, names, scores, choices.
void makeThings(OpenedWindow& opened) {
    Document& document = opened.document();
    const Array& z = document.latents().latents->mean;
    MixtureWish wish;
    wish.components = 4;
    const auto outcome = fitMixtures(z, wish, {}, silentProgress());
    commands::adoptMixture(document, outcome.candidates[0].fitted);
    commands::mergeComponents(document, {0, 1, 1, 2});
    commands::renameComponent(document, 1, "two in one");
    commands::keepMap(document, "first");
    MapContent other;
    other.map.coordinates = Array({objects, 2});
    for (int64_t n = 0; n < objects; ++n) {
        other.map.coordinates.at(n, 0) = static_cast<float>(n % 11) + 0.25F;
        other.map.coordinates.at(n, 1) = static_cast<float>(n / 11);
    }
    other.map.method = "umap";
    other.map.parameters = {{"seed", 9}};
    commands::setMap(document, document.map(), other, "a map");
    std::vector<double> scores;
    for (int64_t n = 0; n < objects; ++n)
        scores.push_back(1.0 / static_cast<double>(n + 1));
    opened.window->anomalyPanel().restore(scores, RegionThresholds{0.01, 0.02, 0.1, 0.4});
    commands::colourBy(document, {ColourBy::Kind::Component, {}});
    commands::hideClasses(document, {2});
    commands::select(document, {3, 5, 8, 40, 41});
    document.setCurrent(5);
    opened.find<QSpinBox>("mapSeed")->setValue(77);
    opened.find<QComboBox>("mapMethod")->setCurrentText("UMAP");
    opened.window->galleryPanel().orderByLikeness(7);
}

} // namespace

class TestSessions : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void whatWasMadeComesBack();
    void oneAnswerLocatesAll();
    void changedFilesAreAskedAbout();
    void nothingLeftIsSaidNotFatal();
    void twoWindowsDoNotShareASession();
    void closingAsksForWhatIsUnsaved();
    void everythingInsideOpensElsewhere();
    void cancelledBundlesLeaveNothing();
    void theStartPageOffersWhatWasLost();
    void killedWindowsLoseSecondsAtMost();
};

void TestSessions::whatWasMadeComesBack() {
    const Files files;
    QJsonObject view, mapView;
    FittedMixturePtr fitted;
    std::vector<int64_t> gallery;
    Array map, kept;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        makeThings(opened);
        QVERIFY(opened.settles());
        opened.window->mapPanel().view().setPointSize(9);
        opened.window->saveSession(files.session);
        view = viewOf(opened.document());
        mapView = opened.window->mapPanel().view().viewState();
        fitted = opened.document().latents().fitted;
        gallery = opened.window->galleryPanel().model().rows();
        map = opened.document().map().map.coordinates.copy();
        kept = opened.document().keptMaps().at(0).content->map.coordinates.copy();
    }
    OpenedWindow again;
    Answers answers;
    again.window->sessions().setQuestions(answers.questions());
    again.window->opener().openSession(files.session);
    QVERIFY(ready(again));
    QTRY_COMPARE(viewOf(again.document()), view);
    QCOMPARE(again.window->mapPanel().view().viewState(), mapView);
    QVERIFY(std::ranges::equal(again.document().map().map.coordinates.values(), map.values()));
    QVERIFY(again.document().map().path.isEmpty()); // it is still nobody's file
    QCOMPARE(again.document().map().map.parameters["seed"].get<int>(), 9);
    QCOMPARE(again.document().keptMaps().size(), size_t(1));
    QCOMPARE(again.document().keptMaps()[0].name, QString("first"));
    QVERIFY(
        std::ranges::equal(again.document().keptMaps()[0].content->map.coordinates.values(), kept.values()));
    const FittedMixturePtr& back = again.document().latents().fitted;
    QVERIFY(back);
    QCOMPARE(back->how, fitted->how);
    QVERIFY(back->mixture.means == fitted->mixture.means);
    QVERIFY(back->component == fitted->component);
    QVERIFY(std::ranges::equal(back->responsibility.values(), fitted->responsibility.values()));
    QCOMPARE(again.document().componentName(1), QString("two in one"));
    QCOMPARE(again.window->galleryPanel().model().rows(), gallery);
    QCOMPARE(again.document().latents().latents->score.at(3), 0.25);
    QVERIFY(again.window->anomalyPanel().thresholds() == (RegionThresholds{0.01, 0.02, 0.1, 0.4}));
    QCOMPARE(again.find<QSpinBox>("mapSeed")->value(), 77);
    QCOMPARE(again.find<QComboBox>("mapMethod")->currentText(), QString("UMAP"));
    QCOMPARE(again.document().undoStack().count(), 0);
    QVERIFY(!again.window->sessions().unsaved());
    QVERIFY(answers.faults.empty());
    // What the latents came with is still underneath: this model gave no components.
    commands::adoptMixture(again.document(), {});
    QVERIFY(again.document().mixture().empty());
    QVERIFY(again.document().latents().latents->component.empty());
    again.keep("session-reopened");
}

void TestSessions::oneAnswerLocatesAll() {
    const Files files;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        opened.document().setSelection({3, 5, 8});
        // The session lies apart from what it names.
        opened.window->saveSession(files.folder.filePath("apart.galatea"));
    }
    QVERIFY(QDir().rename(files.folder.filePath("home"), files.folder.filePath("attic")));
    OpenedWindow again;
    Answers answers;
    answers.place = files.folder.filePath("attic/images/data.h5");
    again.window->sessions().setQuestions(answers.questions());
    again.window->opener().openSession(files.folder.filePath("apart.galatea"));
    QVERIFY(ready(again));
    QCOMPARE(answers.faults.size(), size_t(1)); // the model was found by that answer
    QVERIFY(!answers.faults[0].changed);
    QCOMPARE(again.document().data().path, answers.place);
    QCOMPARE(again.document().model().path, files.folder.filePath("attic/model.safetensors"));
    QCOMPARE(again.document().selection(), (std::vector<int64_t>{3, 5, 8}));
}

void TestSessions::changedFilesAreAskedAbout() {
    const Files files;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        opened.window->saveSession(files.session);
    }
    Files::writeModel(files.model, 8);
    OpenedWindow again;
    Answers answers;
    answers.place = files.model;
    again.window->sessions().setQuestions(answers.questions());
    again.window->opener().openSession(files.session);
    QVERIFY(ready(again));
    QCOMPARE(answers.faults.size(), size_t(1));
    QCOMPARE(answers.faults[0].kind, QString("model"));
    QVERIFY(answers.faults[0].changed);
    QVERIFY(again.document().model().model != nullptr);
}

void TestSessions::nothingLeftIsSaidNotFatal() {
    const Files files;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        opened.document().setSelection({3, 5, 8});
        opened.window->saveSession(files.session);
    }
    QVERIFY(QFile::remove(files.model));
    OpenedWindow again;
    Answers answers; // leaves it out
    again.window->sessions().setQuestions(answers.questions());
    again.window->opener().openSession(files.session);
    QVERIFY(QTest::qWaitFor([&] { return again.document().objectCount() == objects; }, 30000));
    QVERIFY(again.settles());
    QVERIFY(!again.document().model().model);
    QVERIFY(again.document().latents().latents); // they lay with the session
    QCOMPARE(again.document().selection(), (std::vector<int64_t>{3, 5, 8}));
    QVERIFY(QDir(files.folder.filePath("home/images")).removeRecursively());
    QVERIFY(QDir(partsFolder(files.session)).removeRecursively());
    OpenedWindow bare;
    bare.window->sessions().setQuestions(answers.questions());
    bare.window->opener().openSession(files.session);
    QVERIFY(bare.settles());
    QVERIFY(bare.document().isEmpty());
}

void TestSessions::twoWindowsDoNotShareASession() {
    const Files files;
    OpenedWindow first;
    first.window->opener().open({files.data, files.model});
    QVERIFY(ready(first));
    first.window->saveSession(files.session);
    const auto open = [&](OpenedWindow& second, Answers& answers) {
        second.window->sessions().setQuestions(answers.questions());
        second.window->opener().openSession(files.session);
        second.settles();
        QTest::qWait(50);
    };
    Answers answers;
    {
        OpenedWindow second;
        open(second, answers);
        QCOMPARE(answers.askedElsewhere, 1);
        QVERIFY(second.document().isEmpty());
    }
    answers.elsewhere = SessionQuestions::Elsewhere::Copy;
    {
        OpenedWindow second;
        open(second, answers);
        QCOMPARE(second.document().objectCount(), objects);
        QVERIFY(second.window->opener().sessionPath().isEmpty());
        second.window->saveSession(files.folder.filePath("copy.galatea"));
        QVERIFY(QFileInfo::exists(files.folder.filePath("copy.galatea")));
    }
    answers.elsewhere = SessionQuestions::Elsewhere::ReadOnly;
    {
        OpenedWindow second;
        open(second, answers);
        QVERIFY(second.window->sessions().readOnly());
        QVERIFY_EXCEPTION_THROWN(second.window->saveSession(files.session), Error);
    }
    first.window.reset(); // lets go
    OpenedWindow third;
    const int asked = answers.askedElsewhere;
    open(third, answers);
    QCOMPARE(answers.askedElsewhere, asked);
    QCOMPARE(third.window->opener().sessionPath(), files.session);
}

void TestSessions::closingAsksForWhatIsUnsaved() {
    const Files files;
    OpenedWindow opened;
    Answers answers;
    answers.unsaved = SessionQuestions::Unsaved::Cancel;
    opened.window->sessions().setQuestions(answers.questions());
    opened.window->opener().open({files.data, files.model});
    QVERIFY(ready(opened));
    opened.document().setCurrent(4); // looking is no change
    QVERIFY(!opened.window->sessions().unsaved());
    commands::select(opened.document(), {1, 2});
    QVERIFY(opened.window->sessions().unsaved());
    QVERIFY(!opened.window->close());
    QVERIFY(opened.window->isVisible());
    QCOMPARE(answers.askedUnsaved, 1);
    opened.document().undoStack().undo(); // back where it was: nothing is unsaved
    QVERIFY(!opened.window->sessions().unsaved());
    opened.document().undoStack().redo();
    opened.window->saveSession(files.session);
    QVERIFY(!opened.window->sessions().unsaved());
    commands::select(opened.document(), {7});
    answers.unsaved = SessionQuestions::Unsaved::Save;
    QVERIFY(opened.window->close());
    QCOMPARE(answers.askedUnsaved, 2);
    QCOMPARE(readSession(files.session).view["selection"].toArray(), (QJsonArray{7}));
}

void TestSessions::everythingInsideOpensElsewhere() {
    const Files files;
    const QString folder = files.folder.filePath("all of it"), moved = files.folder.filePath("usb/stick");
    QJsonObject view;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        makeThings(opened);
        QVERIFY(opened.settles());
        const BundlePlan plan = planBundle(opened.window->currentSession(), opened.document().data().source);
        QCOMPARE(plan.bytes, QFileInfo(files.data).size() + QFileInfo(files.model).size());
        QSignalSpy done(&opened.window->sessions(), &SessionKeeper::bundled);
        opened.window->sessions().bundle(folder);
        QTRY_COMPARE(done.size(), 1);
        view = viewOf(opened.document());
    }
    QVERIFY(QDir(files.folder.filePath("home")).removeRecursively());
    QDir().mkpath(files.folder.filePath("usb"));
    QVERIFY(QDir().rename(folder, moved));
    OpenedWindow again;
    Answers answers;
    again.window->sessions().setQuestions(answers.questions());
    again.window->opener().openSession(moved + "/all of it.galatea");
    QVERIFY(ready(again));
    QTRY_COMPARE(viewOf(again.document()), view);
    QVERIFY(answers.faults.empty());
    QVERIFY(again.document().data().path.startsWith(moved));
    QVERIFY(again.document().latents().fitted);
}

void TestSessions::cancelledBundlesLeaveNothing() {
    const Files files;
    SessionSnapshot snapshot;
    snapshot.session.data = files.data;
    snapshot.session.model = files.model;
    const BundlePlan plan = planBundle(snapshot.session, nullptr);
    std::stop_source stop;
    stop.request_stop();
    const QString folder = files.folder.filePath("none");
    QVERIFY_EXCEPTION_THROWN(writeBundle(snapshot, plan, folder, stop.get_token(), silentProgress()),
                             Interrupted);
    QCOMPARE(QDir(files.folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             (QStringList{"home"}));
}

void TestSessions::theStartPageOffersWhatWasLost() {
    const Files files;
    const QString root = files.folder.filePath("state"), dead = root + "/9-dead";
    QDir().mkpath(dead);
    QJsonObject view;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        makeThings(opened);
        QVERIFY(opened.settles());
        SessionSnapshot now = opened.window->sessions().snapshot();
        now.session.recoveredFrom = files.session;
        now.session.recoveredAt = QDateTime::currentDateTimeUtc();
        SessionWriter().write(now, dead + "/state.galatea"); // as the timer does, and then the window died
        view = viewOf(opened.document());
    }
    OpenedWindow again;
    Answers answers;
    again.window->sessions().setQuestions(answers.questions());
    again.window->sessions().startRecovery(root);
    auto* card = again.find<QWidget>("lostState");
    QVERIFY(card->isVisible());
    QVERIFY(again.find<QLabel>("lostStateText")->text().contains("view.galatea"));
    again.keep("start-lost");
    again.click("restoreLost");
    QVERIFY(ready(again));
    QTRY_COMPARE(viewOf(again.document()), view);
    QCOMPARE(again.window->opener().sessionPath(), files.session);
    QVERIFY(again.window->sessions().unsaved()); // restored, not saved
    again.window->saveSession(files.session);
    QVERIFY(!again.window->sessions().unsaved());
    QVERIFY(again.window->close()); // as it should be: nothing is left
    QCOMPARE(QDir(root).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList());

    QDir().mkpath(dead);
    Session empty;
    empty.recoveredAt = QDateTime::currentDateTimeUtc();
    writeSession(empty, dead + "/state.galatea");
    OpenedWindow third;
    third.window->sessions().startRecovery(root);
    QVERIFY(third.find<QWidget>("lostState")->isVisible());
    third.click("discardLost");
    QVERIFY(!third.find<QWidget>("lostState")->isVisible());
    QVERIFY(!QFileInfo::exists(dead));
}

/// A window that changes all the time is killed at random moments; the next one has a state that was there,
/// and none older than what had been kept.
void TestSessions::killedWindowsLoseSecondsAtMost() {
    const Files files;
    const QString root = files.folder.filePath("state"), program = CRASHED_WINDOW;
    RandomStream random(11, "moments of death");
    std::vector<qint64> losses;
    for (int round = 0; round < 6; ++round) {
        QProcess window;
        window.start(program, {"change", root, QString::number(round), files.data, files.model});
        QByteArray said;
        const auto listen = [&](const std::function<bool()>& enough) {
            while (!enough() && window.waitForReadyRead(60000))
                said += window.readAllStandardOutput();
            return enough();
        };
        QVERIFY2(listen([&] { return said.count("kept\n") >= 2; }), window.readAllStandardError());
        QTest::qSleep(static_cast<int>(random.uniform(0, 2500)));
        const qint64 death = QDateTime::currentMSecsSinceEpoch();
        ::kill(static_cast<pid_t>(window.processId()), SIGKILL);
        window.waitForFinished();
        said += window.readAllStandardOutput();

        QProcess next;
        next.start(program, {"restore", root});
        QVERIFY2(next.waitForFinished(60000), "the next window did not come up");
        const QByteArray restored = next.readAllStandardOutput().trimmed();
        QVERIFY2(!restored.isEmpty(), next.readAllStandardError());
        // Lines: "MILLISECONDS VIEW" after every change, "kept" when a state is on the disk.
        qint64 at = -1, place = -1, count = 0;
        std::vector<qint64> keptAfter;
        for (const QByteArray& line : said.split('\n')) {
            if (line == "kept")
                keptAfter.push_back(count);
            const qsizetype blank = line.indexOf(' ');
            if (blank < 0)
                continue;
            ++count;
            if (line.mid(blank + 1) == restored) {
                place = count;
                at = line.left(blank).toLongLong();
            }
        }
        QVERIFY2(place > 0, "the restored state is none that the window ever had");
        // A state is taken after the one before it has been kept.
        QVERIFY(place >= keptAfter.at(keptAfter.size() - 2));
        losses.push_back(death - at);
    }
    std::sort(losses.begin(), losses.end());
    qInfo("lost at a kill: median %lld ms, at most %lld ms", losses[losses.size() / 2], losses.back());
}

QTEST_MAIN(TestSessions)
#include "test_sessions.moc"
