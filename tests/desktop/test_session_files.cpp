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
    void listsAreCheckedAgainstTheObjects();
    void longRankingsArePacked();
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
    latents->score = {1.0 / 3, 2, std::nan(""), 4};
    snapshot.parts.scored = snapshot.parts.latents = latents;
    SessionWriter writer;
    writer.write(snapshot, path);
    QVERIFY(readLatents(snapshot.session.latents.toStdString()).score.empty()); // they are kept apart
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
    QVERIFY(lostStates(root.path()).empty()); // its window lives

    // A copy whose lock belongs to a process that is gone, one that holds nothing, one nobody can read.
    const QString dead = root.filePath("dead"), hollow = root.filePath("hollow"), odd = root.filePath("odd");
    writeBytes(dead + "/state.galatea", {});
    writeSession(session, dead + "/state.galatea");
    describeState(session, dead + "/state.galatea");
    writeBytes(odd + "/state.galatea", "written by a newer version, perhaps");
    writeLock(dead + "/lock", deadProcess(), QSysInfo::machineHostName());
    QDir().mkpath(hollow);
    auto lost = lostStates(root.path());
    QCOMPARE(lost.size(), size_t(2));
    std::sort(lost.begin(), lost.end(), [](const auto& x, const auto& y) { return x.folder < y.folder; });
    QCOMPARE(lost[0].session, QString("/somewhere/mine.galatea"));
    QCOMPARE(lost[0].time.toSecsSinceEpoch(), session.recoveredAt.toSecsSinceEpoch());
    QCOMPARE(lost[1].sessionFile, odd + "/state.galatea"); // it stays: it may be read another time
    QVERIFY(!QFileInfo::exists(hollow));

    {
        const auto held = HeldState::hold(lost[0]);
        QVERIFY(held);
        QCOMPARE(lostStates(root.path()).size(), size_t(1));
        QVERIFY(!HeldState::hold(lost[0])); // one was quicker
    }
    QVERIFY(QFileInfo::exists(lost[0].sessionFile)); // let go as it was
    HeldState::hold(lost[0])->remove();
    QVERIFY(!QFileInfo::exists(dead));
    QVERIFY(!HeldState::hold(lost[0]));
    living.reset(); // closed as it should be
    QVERIFY(!QFileInfo::exists(file));
}

void TestSessionFiles::listsAreCheckedAgainstTheObjects() {
    const auto said = [](const QJsonObject& view) { return listsOf(view, {}, 10).notes.join("; "); };
    const ViewLists good = listsOf(
        {{"selection", QJsonArray{1, 9, 3}},
         {"opinions", QJsonArray{4, -1}},
         {"ranking", QJsonObject{{"name", "near"}, {"rows", QJsonArray{2}}, {"distances", QJsonArray{0.5}}}}},
        {}, 10);
    QVERIFY2(good.notes.isEmpty(), qPrintable(good.notes.join("; ")));
    QCOMPARE(good.selection, (std::vector<int64_t>{1, 3, 9}));
    QCOMPARE(good.opinions, (std::vector<Opinion>{{4, true}, {0, false}}));
    QCOMPARE(good.ranking->distance[2], 0.5);
    for (const QJsonArray& bad :
         {QJsonArray{1, 1}, QJsonArray{10}, QJsonArray{-1}, QJsonArray{0.5}, QJsonArray{1e300}})
        QVERIFY(said({{"selection", bad}}).contains("the selection"));
    for (const QJsonArray& bad : {QJsonArray{3, 3}, QJsonArray{3, -4}, QJsonArray{10}, QJsonArray{-11},
                                  QJsonArray{"x"}, QJsonArray{1e300}, QJsonArray{-9.3e18}})
        QVERIFY(said({{"opinions", bad}}).contains("interesting"));
    const QString long64 = QString(400 << 10, 'A');
    QVERIFY(said({{"selection", QJsonObject{{"bits", long64}}}}).contains("more objects"));
    QVERIFY(said({{"ranking", QJsonObject{{"from", QJsonArray{1}}}}}).contains("dimension"));
    QVERIFY(said({{"ranking", QJsonObject{{"rows", QJsonArray{1, 2}}, {"distances", QJsonArray{1}}}}})
                .contains("add up"));
    // As many opinions as objects: no time at all.
    QJsonArray many;
    for (int64_t row = 0; row < 200000; ++row)
        many.append(qint64(row));
    QCOMPARE(listsOf({{"opinions", many}}, {}, 200000).opinions.size(), size_t(200000));
    // Maps without end are no session.
    QTemporaryDir folder;
    QJsonArray maps;
    for (int i = 0; i < 5000; ++i)
        maps.append("map");
    const QString path = folder.filePath("x.galatea");
    writeBytes(path, QJsonDocument(QJsonObject{{"galatea-session", 2}, {"kept maps", maps}}).toJson());
    QVERIFY_EXCEPTION_THROWN(readSession(path), InputError);
}

void TestSessionFiles::longRankingsArePacked() {
    auto ranking = std::make_shared<Ranking>();
    ranking->name = "Distance on the sky (arcsec)";
    for (int64_t row = 0; row < 60000; ++row)
        ranking->distance.push_back(row % 2 ? std::nan("") : 1.0 / static_cast<double>(row + 3));
    const QJsonObject json = rankingToJson(ranking);
    QVERIFY(json["distances"].isObject());
    const RankingPtr back = listsOf({{"ranking", json}}, {}, 60000).ranking;
    QVERIFY(back);
    QCOMPARE(back->name, ranking->name);
    for (size_t row = 0; row < back->distance.size(); ++row)
        QVERIFY(row % 2 ? std::isnan(back->distance[row]) : back->distance[row] == ranking->distance[row]);
}

QTEST_GUILESS_MAIN(TestSessionFiles)
#include "test_session_files.moc"
