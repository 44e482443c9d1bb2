// Sessions in the real window: closed and reopened, files gone and found, locks, closing, everything inside.

#include <QSignalSpy>

#include "app/desktop/panels/map_panel.h"
#include "app/desktop/session.h"
#include "app/desktop/sessions/bundle.h"
#include "tests/desktop/session_bench.h"

using namespace galatea;
using namespace galatea::made;

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
};

void TestSessions::whatWasMadeComesBack() {
    const SessionFiles files;
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
    const SessionFiles files;
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
    const SessionFiles files;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        opened.window->saveSession(files.session);
    }
    SessionFiles::writeModel(files.model, 8);
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
    const SessionFiles files;
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
    const SessionFiles files;
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
    const SessionFiles files;
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
    const SessionFiles files;
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
    const SessionFiles files;
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

QTEST_MAIN(TestSessions)
#include "test_sessions.moc"
