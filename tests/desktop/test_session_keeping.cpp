// What is unsaved is not lost: openings that fail, questions, and what a killed window leaves.

#include <csignal>

#include <QJsonDocument>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>

#include "app/desktop/session.h"
#include "tests/desktop/session_bench.h"

using namespace galatea;
using namespace galatea::made;

class TestSessionKeeping : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void aFailedOpeningChangesNothing();
    void whatFailsLeavesTheRest();
    void openingAsksForWhatIsUnsaved();
    void scoresAreWork();
    void largeThingsAreShared();
    void nothingIsKeptAfterTheEnd();
    void whatCannotBeRestoredStays();
    void theStartPageOffersWhatWasLost();
    void killedWindowsLoseSecondsAtMost();
};

/// Its path and its lock stay those of the session before.
void TestSessionKeeping::aFailedOpeningChangesNothing() {
    const SessionFiles files;
    const QString other = files.folder.filePath("home/other.galatea"),
                  empty = files.folder.filePath("apart/empty.galatea");
    OpenedWindow opened;
    Answers answers; // leaves out what is missing
    opened.window->sessions().setQuestions(answers.questions());
    opened.window->opener().open({files.data, files.model});
    QVERIFY(ready(opened));
    opened.window->saveSession(files.session);
    QVERIFY(QFile::copy(files.session, other));
    const DatasetPtr data = opened.document().data().data;
    const auto asBefore = [&](const QString& path) {
        return opened.settles() && opened.window->opener().sessionPath() == files.session &&
               opened.document().data().data == data && QFile::exists(SessionLock::lockFile(files.session)) &&
               !QFile::exists(SessionLock::lockFile(path));
    };
    for (const int job : {0, 1}) { // while it is looked at, while its files are read
        QVERIFY(openCancelling(opened, other, "Opening other.galatea", job));
        QVERIFY(asBefore(other));
    }

    QDir().mkpath(files.folder.filePath("apart"));
    Session gone;
    gone.data = "/nowhere/data.h5";
    writeSession(gone, empty);
    opened.window->opener().openSession(empty); // nothing of it is left
    QVERIFY(asBefore(empty));
    QFile broken(empty);
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("{}");
    broken.close();
    opened.window->opener().openSession(empty);
    QVERIFY(asBefore(empty));

    opened.window->opener().openSession(other);
    QVERIFY(opened.window->opener().sessionPath() == files.session); // until it is open
    QVERIFY(!opened.window->opener().openSession(files.session));    // one after another
    QVERIFY(ready(opened));
    QTRY_COMPARE(opened.window->opener().sessionPath(), other);
    QVERIFY(!QFile::exists(SessionLock::lockFile(files.session)));
    QVERIFY(QFile::exists(SessionLock::lockFile(other)));
    opened.window->opener().openSession(other); // once more: as it was saved
    QVERIFY(ready(opened));
    QVERIFY(QFile::exists(SessionLock::lockFile(other)));
}

void TestSessionKeeping::whatFailsLeavesTheRest() {
    const SessionFiles files;
    {
        OpenedWindow opened;
        opened.window->opener().open({files.data, files.model});
        QVERIFY(ready(opened));
        opened.document().setSelection({3, 5, 8});
        opened.window->saveSession(files.session);
    }
    for (const QString& title : {QString("Reading latents"), QString("Embedding"), QString("Drawing the map"),
                                 QString("Restoring the session")}) {
        if (title == "Embedding") { // needed only where no latents lie with the session
            Session session = readSession(files.session);
            session.latents.clear();
            writeSession(session, files.folder.filePath("home/bare.galatea"));
        }
        OpenedWindow again;
        const QString path =
            title == "Embedding" ? files.folder.filePath("home/bare.galatea") : files.session;
        QVERIFY2(openCancelling(again, path, title), qPrintable(title));
        QCOMPARE(again.window->opener().sessionPath(), path);
        QCOMPARE(again.document().selection(), (std::vector<int64_t>{3, 5, 8}));
    }
    // A map of other objects: the first map instead, and everything else.
    Session session = readSession(files.session);
    session.map = files.folder.filePath("home/map.h5");
    LatentMap ofOthers;
    ofOthers.coordinates = Array({7, 2});
    ofOthers.method = "umap";
    writeMap(ofOthers, session.map.toStdString());
    writeSession(session, files.session);
    OpenedWindow again;
    again.window->opener().openSession(files.session);
    QTRY_COMPARE_WITH_TIMEOUT(again.window->opener().sessionPath(), files.session, 60000);
    QVERIFY(ready(again));
    QCOMPARE(again.document().selection(), (std::vector<int64_t>{3, 5, 8}));
    QString all;
    for (const MessageLog::Entry& entry : again.workspace.log.entries())
        all += entry.text + '\n';
    QVERIFY2(all.contains("view.galatea: it opens without its map"), qPrintable(all));
}

void TestSessionKeeping::openingAsksForWhatIsUnsaved() {
    using Unsaved = SessionQuestions::Unsaved;
    const SessionFiles files;
    const QString other = files.folder.filePath("home/other.galatea"),
                  data = files.folder.filePath("home/more.h5");
    writeDataset(*made::galaxies(50).data, data.toStdString());
    OpenedWindow opened;
    Answers answers;
    opened.window->sessions().setQuestions(answers.questions());
    opened.window->opener().open({files.data, files.model});
    QVERIFY(ready(opened));
    opened.window->saveSession(files.session);
    QVERIFY(QFile::copy(files.session, other));
    commands::select(opened.document(), {1, 2});
    answers.unsaved = Unsaved::Cancel;
    QVERIFY(!opened.window->opener().openSession(other));
    opened.window->opener().open({data});
    QVERIFY(opened.settles());
    QCOMPARE(answers.askedUnsaved, 2);
    QCOMPARE(opened.document().selection(), (std::vector<int64_t>{1, 2}));
    QCOMPARE(opened.document().objectCount(), objects);
    QCOMPARE(opened.window->opener().sessionPath(), files.session);
    QVERIFY(opened.window->sessions().unsaved());

    answers.unsaved = Unsaved::Save;
    opened.window->opener().openSession(other);
    QVERIFY(ready(opened));
    QTRY_COMPARE(opened.window->opener().sessionPath(), other);
    QCOMPARE(answers.askedUnsaved, 3); // once
    QCOMPARE(readSession(files.session).view["selection"].toArray(), (QJsonArray{1, 2}));
    QVERIFY(!opened.window->sessions().unsaved());

    commands::select(opened.document(), {4});
    answers.unsaved = Unsaved::Discard;
    opened.window->opener().open({data});
    QVERIFY(ready(opened));
    QCOMPARE(answers.askedUnsaved, 4);
    QCOMPARE(opened.document().objectCount(), 50);
    QVERIFY(opened.window->opener().sessionPath().isEmpty()); // other data are no part of it
    QVERIFY(!QFile::exists(SessionLock::lockFile(other)));
    QVERIFY(!opened.window->sessions().unsaved());
    QVERIFY(readSession(other).view["selection"].toArray().isEmpty());
}

void TestSessionKeeping::scoresAreWork() {
    const SessionFiles files;
    OpenedWindow opened;
    opened.window->opener().open({files.data, files.model});
    QVERIFY(ready(opened));
    QVERIFY(!opened.window->sessions().unsaved());
    opened.window->anomalyPanel().restore(std::vector<double>(objects, 0.5), {});
    QVERIFY(opened.window->sessions().unsaved());
    opened.window->opener().projectAgain(); // work of the window's own saves nothing
    QVERIFY(ready(opened));
    QVERIFY(opened.window->sessions().unsaved());
    opened.window->saveSession(files.session);
    QVERIFY(!opened.window->sessions().unsaved());
}

/// What is taken every two seconds costs nothing that grows with the objects.
void TestSessionKeeping::largeThingsAreShared() {
    OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(60)));
    opened.window->galleryPanel().orderByLikeness(7);
    QVERIFY(opened.settles());
    const SessionSnapshot now = opened.window->sessions().snapshot();
    QVERIFY(now.parts.latents == opened.document().latents().latents);
    QVERIFY(now.parts.scored == opened.document().latents().latents);
    QVERIFY(now.parts.ranking && now.parts.ranking == opened.document().ranking());
    QVERIFY(!now.session.view.contains("ranking"));
}

void TestSessionKeeping::nothingIsKeptAfterTheEnd() {
    const SessionFiles files;
    const QString root = files.folder.filePath("state");
    const auto kept = [&root] {
        QStringList found;
        for (const QFileInfo& folder : QDir(root).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
            found << QDir(folder.filePath()).entryList({"state*"}, QDir::AllEntries);
        return found;
    };
    OpenedWindow opened;
    Answers answers;
    opened.window->sessions().setQuestions(answers.questions());
    opened.window->opener().open({files.data, files.model});
    QVERIFY(ready(opened));
    opened.window->sessions().startRecovery(root);
    makeThings(opened);
    QVERIFY(opened.settles());
    opened.window->sessions().keepNow(); // on its way while the session is saved
    opened.window->saveSession(files.session);
    QTRY_VERIFY(kept().isEmpty());
    QTest::qWait(300);
    QVERIFY(kept().isEmpty());
    commands::select(opened.document(), {1});
    opened.window->sessions().keepNow(); // on its way while the window closes
    QVERIFY(opened.window->close());
    QCOMPARE(answers.askedUnsaved, 1);
    QTest::qWait(300);
    QCOMPARE(QDir(root).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList());
}

void TestSessionKeeping::whatCannotBeRestoredStays() {
    const SessionFiles files;
    const QString root = files.folder.filePath("state"), dead = root + "/9-dead",
                  state = dead + "/state.galatea";
    QDir().mkpath(dead);
    QFile damaged(state);
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write("written by a newer version, perhaps");
    damaged.close();
    OpenedWindow opened;
    SessionKeeper& keeper = opened.window->sessions();
    keeper.startRecovery(root);
    QTRY_COMPARE(keeper.lost().size(), size_t(1));
    opened.click("restoreLost");
    QTRY_VERIFY(!opened.window->opener().busy());
    QVERIFY(opened.document().isEmpty());
    QCOMPARE(keeper.lost().size(), size_t(1)); // still offered
    // One that opens without some of its files is shown, and stays too.
    Session session;
    session.model = files.model;
    session.scores = dead + "/state.galatea.d/scores-0123456789abcdef.h5";
    session.view = {{"selection", QJsonArray{5}}};
    session.data = files.data;
    session.map = "/nowhere/map.h5";
    session.recoveredAt = QDateTime::currentDateTimeUtc();
    writeSession(session, state);
    Answers answers;
    keeper.setQuestions(answers.questions());
    keeper.restoreLost();
    QVERIFY(ready(opened));
    QTRY_COMPARE(opened.document().selection(), (std::vector<int64_t>{5}));
    QVERIFY(keeper.unsaved());
    QCOMPARE(keeper.lost().size(), size_t(1));
    QVERIFY(opened.window->close());
    QVERIFY(QFileInfo::exists(state));
}

void TestSessionKeeping::theStartPageOffersWhatWasLost() {
    const SessionFiles files;
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
        describeState(now.session, dead + "/state.galatea");
        view = viewOf(opened.document());
    }
    OpenedWindow again;
    Answers answers;
    again.window->sessions().setQuestions(answers.questions());
    again.window->sessions().startRecovery(root);
    auto* card = again.find<QWidget>("lostState");
    QTRY_VERIFY(card->isVisible());
    QVERIFY(again.find<QLabel>("lostStateText")->text().contains("view.galatea"));
    again.keep("start-lost");
    again.click("restoreLost");
    QVERIFY(ready(again));
    QTRY_COMPARE(viewOf(again.document()), view);
    QCOMPARE(again.window->opener().sessionPath(), files.session);
    QVERIFY(again.window->sessions().unsaved()); // restored, not saved
    again.window->sessions().keepNow();
    QTRY_VERIFY(!QFileInfo::exists(dead)); // it is kept as this window's own now
    QCOMPARE(QDir(root).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 1);
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
    QTRY_VERIFY(third.find<QWidget>("lostState")->isVisible());
    third.click("discardLost");
    QVERIFY(!third.find<QWidget>("lostState")->isVisible());
    QVERIFY(!QFileInfo::exists(dead));
}

/// A window that changes all the time is killed at random moments; the next one has a state that was there,
/// and none older than what had been kept.
void TestSessionKeeping::killedWindowsLoseSecondsAtMost() {
    const SessionFiles files;
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

QTEST_MAIN(TestSessionKeeping)
#include "test_session_keeping.moc"
