// Sessions as files: nothing lost on the way, moved and changed files noticed, locks and left-over states
// told apart.

#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLockFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/clustering.h"
#include "app/desktop/session.h"
#include "app/desktop/sessions/recovery.h"
#include "app/desktop/sessions/session_files.h"
#include "app/desktop/sessions/session_lock.h"
#include "app/desktop/sessions/session_parts.h"
#include "core/error.h"
#include "tests/desktop/made_content.h"

using namespace galatea;

namespace {

void writeBytes(const QString& path, const QByteArray& bytes) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

/// A process that has come and gone.
qint64 deadProcess() {
    QProcess process;
    process.start("true", QStringList());
    process.waitForStarted();
    const qint64 id = process.processId();
    process.waitForFinished();
    return id;
}

void writeLock(const QString& path, qint64 process, const QString& host) {
    writeBytes(
        path,
        QString("%1\n%2\n%3\n\n\n").arg(process).arg(QCoreApplication::applicationName(), host).toUtf8());
}

} // namespace

class TestSessionFiles : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everythingComesBackExactly();
    void mergedMixturesComeBack();
    void theFirstFormatIsStillRead();
    void newerAndDamagedOnesAreRefused();
    void manySelectedRowsArePacked();
    void filesThatMovedAlongAreFound();
    void oneAnswerFindsTheSiblings();
    void changedFilesAreNoticed();
    void partsAreWrittenOnceAndSwept();
    void aFailedSaveLeavesTheOldSession();
    void locksTellWhoHoldsThem();
    void onlyTheDeadLeaveStates();
};

void TestSessionFiles::everythingComesBackExactly() {
    QTemporaryDir folder;
    const QString path = folder.filePath("a.galatea");
    FittedMixture fitted;
    fitted.mixture = made::LinearModel().card().mixture;
    fitted.mixture.weights = {1.0 / 3, 0.1, 1 - 1.0 / 3 - 0.1};
    fitted.how = QString::fromUtf8("3 components, naïve “start”");
    Session session;
    session.data = folder.filePath("sub/data.h5");
    session.model = "/elsewhere/model.safetensors";
    session.map = folder.filePath("a.galatea.d/map-0123456789abcdef.h5");
    session.keptMaps = {{"t-SNE", folder.filePath("t.h5")}, {"", folder.filePath("u.h5")}};
    session.layer = folder.filePath("layer.h5");
    session.layerLook = {{"name", "second"}, {"opacity", 0.25}};
    session.marks["data"] = {12345678901234, "abcdef"};
    session.transform = {.crop = 48, .gray = true, .average = 2, .size = 24, .rescale = true};
    session.mixture = mixtureToJson(fitted);
    session.components = {QJsonObject{{"name", "discs"}}};
    session.view = {{"selection", QJsonArray{1, 2}}};
    session.mapView = {{"zoom", 2.5}};
    session.panels = {{"fitDock", QJsonObject{{"steps", 3}}}};
    session.extras = {{"labels", "x"}};
    session.drewSamples = true;
    writeSession(session, path);
    const Session again = readSession(path);
    QCOMPARE(sessionToJson(again, path), sessionToJson(session, path));
    QCOMPARE(again.files(), session.files());
    QCOMPARE(again.keptMaps.size(), size_t(2));
    QCOMPARE(again.marks["data"], session.marks["data"]);
    QCOMPARE(again.transform.average, 2);
    const auto stored = mixtureFromJson(again.mixture);
    QVERIFY(stored);
    QVERIFY(stored->mixture.weights == fitted.mixture.weights); // to the last bit
    QVERIFY(stored->mixture.means == fitted.mixture.means);
    QCOMPARE(stored->how, fitted.how);
    // Relative where that is possible: the text holds no path of this folder.
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(folder.path().toUtf8()));
}

void TestSessionFiles::mergedMixturesComeBack() {
    FittedMixture fitted;
    fitted.parts = made::LinearModel().card().mixture;
    fitted.mixture = restrictedMixture(fitted.parts, {0, 1});
    fitted.mixture.covariances.assign(32, 0.0);
    for (size_t k = 0; k < 2; ++k)
        for (size_t d = 0; d < 4; ++d) {
            fitted.mixture.covariances[k * 16 + d * 5] = 0.5;
            fitted.mixture.variances[k * 4 + d] = 0.5;
        }
    fitted.partOf = {0, 1, 1};
    QJsonObject json = mixtureToJson(fitted);
    const auto stored = mixtureFromJson(json);
    QVERIFY(stored->partOf == fitted.partOf);
    QVERIFY(stored->mixture.covariances == fitted.mixture.covariances);
    QCOMPARE(stored->parts.components, 3);
    json["part of"] = QJsonArray{0, 1, 2};
    QVERIFY_EXCEPTION_THROWN(mixtureFromJson(json), std::invalid_argument);
}

void TestSessionFiles::theFirstFormatIsStillRead() {
    QTemporaryDir folder;
    const QString path = folder.filePath("old.galatea");
    writeBytes(path, R"({"galatea-session": 1, "demonstration": false,
        "files": {"data": "data.h5", "model": "../m.safetensors", "latents": "", "map": ""},
        "transform": {"crop": 9, "gray": false, "size": 3, "rescale": true}, "samples": true,
        "view": {"current": 4}, "map": {"a": 1}, "window": {"dimensions": 3}})");
    const Session session = readSession(path);
    QCOMPARE(session.data, folder.filePath("data.h5"));
    QCOMPARE(session.model, QDir::cleanPath(folder.filePath("../m.safetensors")));
    QVERIFY(session.latents.isEmpty() && session.marks.isEmpty() && session.mixture.isEmpty());
    QCOMPARE(session.transform.crop, 9);
    QCOMPARE(session.transform.average, 1);
    QCOMPARE(session.view["current"].toInt(), 4);
    QVERIFY(session.drewSamples);
}

void TestSessionFiles::newerAndDamagedOnesAreRefused() {
    QTemporaryDir folder;
    const QString path = folder.filePath("x.galatea");
    for (const QByteArray& text :
         {QByteArray(R"({"galatea-session": 3})"), QByteArray(R"({"galatea-session": 2)"), QByteArray("[]"),
          QByteArray("\0\0\0", 3)}) {
        writeBytes(path, text);
        QVERIFY_EXCEPTION_THROWN(readSession(path), InputError);
    }
    QVERIFY_EXCEPTION_THROWN(readSession(folder.path()), InputError);
}

void TestSessionFiles::manySelectedRowsArePacked() {
    Document document;
    auto latents = std::make_shared<Latents>();
    latents->mean = Array({300000, 2});
    document.setLatents({latents, {}, {}, {}, "file"});
    std::vector<int64_t> rows;
    for (int64_t row = 1; row < 300000; row += 3)
        rows.push_back(row);
    document.setSelection(rows);
    const QJsonObject view = viewOf(document);
    QVERIFY(QJsonDocument(view).toJson().size() < 100000);
    document.setSelection({});
    applyView(document, view);
    QVERIFY(document.selection() == rows);
    // Bits beyond the objects there are select nothing.
    QJsonObject lying = view;
    lying["selection"] =
        QJsonObject{{"bits", QString::fromLatin1((QByteArray(40000, '\0') + "\x05").toBase64())}};
    applyView(document, lying);
    QVERIFY(document.selection().empty());
    lying["selection"] = QJsonObject{{"bits", "no base 64 \x01"}};
    applyView(document, lying);
    QVERIFY(document.selection().size() < 100);
}

void TestSessionFiles::filesThatMovedAlongAreFound() {
    QTemporaryDir folder;
    writeBytes(folder.filePath("old/data/images.h5"), "images");
    writeBytes(folder.filePath("old/model.safetensors"), "model");
    Session session;
    session.data = folder.filePath("old/data/images.h5");
    session.model = folder.filePath("old/model.safetensors");
    for (const QString& kind : {QString("data"), QString("model")})
        session.marks[kind] = markOf(*session.file(kind));
    // The session alone was kept, with the old absolute places; the files now lie beside it.
    QVERIFY(QDir().rename(folder.filePath("old"), folder.filePath("new")));
    const Session before = session;
    QStringList notes;
    QVERIFY(findSessionFiles(session, folder.filePath("new/s.galatea"), notes).empty());
    QCOMPARE(session.data, folder.filePath("new/data/images.h5"));
    QCOMPARE(session.model, folder.filePath("new/model.safetensors"));
    QCOMPARE(notes.size(), 2);
    // One of the same name with other bytes is not taken for it.
    writeBytes(folder.filePath("new/model.safetensors"), "another model");
    Session other = before;
    const auto faults = findSessionFiles(other, folder.filePath("new/s.galatea"), notes);
    QCOMPARE(faults.size(), size_t(1));
    QCOMPARE(faults[0].kind, QString("model"));
    QVERIFY(!faults[0].changed);
}

void TestSessionFiles::oneAnswerFindsTheSiblings() {
    QTemporaryDir folder;
    for (const char* file : {"disk/survey/data.h5", "disk/survey/deep/map.h5", "disk/models/m.safetensors"})
        writeBytes(folder.filePath(file), file);
    Session session;
    session.data = folder.filePath("home/survey/data.h5");
    session.map = folder.filePath("home/survey/deep/map.h5");
    session.model = folder.filePath("home/models/m.safetensors");
    session.latents = folder.filePath("home/survey/gone.h5");
    QStringList notes;
    auto faults = findSessionFiles(session, folder.filePath("s.galatea"), notes);
    QCOMPARE(faults.size(), size_t(4));
    const auto data =
        std::find_if(faults.begin(), faults.end(), [](const auto& f) { return f.kind == "data"; });
    const SessionFileFault first = *data;
    faults.erase(data);
    faults = settleFault(session, first, folder.filePath("disk/survey/data.h5"), faults);
    QCOMPARE(faults.size(), size_t(1));
    QCOMPARE(faults[0].kind, QString("latents"));
    QCOMPARE(session.map, folder.filePath("disk/survey/deep/map.h5"));
    QCOMPARE(session.model, folder.filePath("disk/models/m.safetensors"));
    QVERIFY(settleFault(session, faults[0], {}, {}).empty());
    QVERIFY(session.latents.isEmpty());
}

void TestSessionFiles::changedFilesAreNoticed() {
    QTemporaryDir folder;
    const QString path = folder.filePath("data.npy");
    QByteArray bytes(3 << 20, 'a');
    writeBytes(path, bytes);
    Session session;
    session.data = path;
    session.marks["data"] = markOf(path);
    QCOMPARE(session.marks["data"].bytes, bytes.size());
    QStringList notes;
    QVERIFY(findSessionFiles(session, folder.filePath("s.galatea"), notes).empty());
    bytes[bytes.size() - 1] = 'b';
    writeBytes(path, bytes);
    const auto faults = findSessionFiles(session, folder.filePath("s.galatea"), notes);
    QCOMPARE(faults.size(), size_t(1));
    QVERIFY(faults[0].changed);
    settleFault(session, faults[0], path, {});
    QCOMPARE(session.data, path);
    QVERIFY(!markOf(folder.path()).known()); // of folders nothing is known
}

void TestSessionFiles::partsAreWrittenOnceAndSwept() {
    QTemporaryDir folder;
    const QString path = folder.filePath("s.galatea"), parts = partsFolder(path);
    SessionSnapshot snapshot;
    snapshot.parts.map = LatentMap{Array({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7}), "umap", {{"seed", 3}}};
    auto latents = std::make_shared<Latents>();
    latents->mean = Array({4, 1}, {1, 2, 3, 4});
    latents->id = {"a", "b", "c", "d"};
    snapshot.parts.holder = snapshot.parts.latents = latents;
    snapshot.parts.scores = {1.0 / 3, 2, std::nan(""), 4};
    SessionWriter writer;
    writer.write(snapshot, path);
    const QString map = snapshot.session.map, scores = snapshot.session.scores;
    QVERIFY(isPart(map, path) && isPart(scores, path) && isPart(snapshot.session.latents, path));
    QCOMPARE(readMap(map.toStdString()).coordinates.at(3, 1), 7.0F);
    QCOMPARE(readScores(scores)[0], 1.0 / 3);
    QVERIFY(std::isnan(readScores(scores)[2]));
    writeBytes(parts + "/notes.txt", "a person's own");

    // Unchanged parts are not written again, by this writer or by another.
    QFile(map).setPermissions(QFile::ReadOwner);
    const auto written = QFileInfo(map).lastModified();
    writer.write(snapshot, path);
    SessionWriter().write(snapshot, path);
    QCOMPARE(QFileInfo(map).lastModified(), written);
    QCOMPARE(snapshot.session.map, map);

    snapshot.parts.map->coordinates = Array({4, 2}, {0, 1, 2, 3, 4, 5, 6, 8});
    writer.write(snapshot, path);
    QVERIFY(snapshot.session.map != map);
    QVERIFY(!QFileInfo::exists(map));
    QVERIFY(QFileInfo::exists(parts + "/notes.txt"));
    QCOMPARE(readSession(path).map, snapshot.session.map);
}

void TestSessionFiles::aFailedSaveLeavesTheOldSession() {
    QTemporaryDir folder;
    const QString path = folder.filePath("s.galatea");
    SessionSnapshot snapshot;
    snapshot.parts.map = LatentMap{Array({2, 2}, {0, 1, 2, 3}), "umap", {}};
    SessionWriter writer;
    writer.write(snapshot, path);
    const Session before = readSession(path);
    // The parts' folder is in the way of nothing; the session itself cannot be written.
    SessionSnapshot next = snapshot;
    next.parts.map->coordinates = Array({2, 2}, {9, 1, 2, 3});
    writeBytes(folder.filePath("blocked"), "a file");
    QVERIFY_EXCEPTION_THROWN(writer.write(next, folder.filePath("blocked/s.galatea")), Error);
    QCOMPARE(readSession(path).map, before.map);
    QVERIFY(QFileInfo::exists(before.map));
}

void TestSessionFiles::locksTellWhoHoldsThem() {
    QTemporaryDir folder;
    const QString path = folder.filePath("s.galatea"), file = SessionLock::lockFile(path);
    {
        SessionLock first, second;
        QCOMPARE(first.take(path), SessionLock::State::Held);
        QCOMPARE(first.take(path), SessionLock::State::Held); // again: still ours
        QCOMPARE(second.take(path), SessionLock::State::Elsewhere);
        QCOMPARE(second.owner().process, QCoreApplication::applicationPid());
        QVERIFY(second.owner().thisHost);
        // Another session can be taken without letting the first go before it is held.
        QCOMPARE(first.take(folder.filePath("t.galatea")), SessionLock::State::Held);
        QCOMPARE(second.take(path), SessionLock::State::Held);
    }
    QVERIFY(!QFile::exists(file));

    writeLock(file, deadProcess(), QSysInfo::machineHostName());
    SessionLock afterCrash;
    QCOMPARE(afterCrash.take(path), SessionLock::State::Held);
    afterCrash.release();

    writeLock(file, 4711, "atlas.example");
    SessionLock other;
    QCOMPARE(other.take(path), SessionLock::State::Elsewhere);
    QVERIFY(!other.owner().thisHost);
    QVERIFY(other.owner().sentence().contains("atlas.example"));
    QVERIFY(other.owner().sentence().contains("4711"));
    QCOMPARE(other.takeOver(path), SessionLock::State::Held);
}

void TestSessionFiles::onlyTheDeadLeaveStates() {
    QTemporaryDir root;
    Session session;
    session.recoveredAt = QDateTime::currentDateTimeUtc();
    session.recoveredFrom = "/somewhere/mine.galatea";
    auto living = std::make_unique<RecoveryFolder>(root.path());
    const QString file = living->file();
    writeSession(session, file);
    RecoveryFolder other(root.path());
    QVERIFY(other.lost().empty()); // its window lives

    // A copy whose lock belongs to a process that is gone, and one that holds nothing.
    const QString dead = root.filePath("dead"), hollow = root.filePath("hollow");
    writeBytes(dead + "/state.galatea", {});
    writeSession(session, dead + "/state.galatea");
    writeLock(dead + "/lock", deadProcess(), QSysInfo::machineHostName());
    QDir().mkpath(hollow);
    const auto lost = other.lost();
    QCOMPARE(lost.size(), size_t(1));
    QCOMPARE(lost[0].session, QString("/somewhere/mine.galatea"));
    QCOMPARE(lost[0].time.toSecsSinceEpoch(), session.recoveredAt.toSecsSinceEpoch());
    QVERIFY(!QFileInfo::exists(hollow));

    QVERIFY(other.adopt(lost[0]));
    QVERIFY(other.holds(lost[0].sessionFile));
    RecoveryFolder third(root.path());
    QVERIFY(third.lost().empty());
    QVERIFY(!third.adopt(lost[0])); // one was quicker
    living.reset();                 // closed as it should be
    QVERIFY(!QFileInfo::exists(file));
}

QTEST_GUILESS_MAIN(TestSessionFiles)
#include "test_session_files.moc"
