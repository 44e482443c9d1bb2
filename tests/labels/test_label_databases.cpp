// Label databases that are damaged, strange, old, locked or out of room.

#include <unistd.h>

#include <QDirIterator>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStandardPaths>

#include "core/error.h"
#include "tests/labels/label_programs.h"

using namespace galatea;
using namespace galatea::labels_test;

class TestLabelDatabases : public QObject {
    Q_OBJECT
  private:
    Places places_;

    static QString corpus() { return QString(GALATEA_SOURCE_DIR) + "/../shared/data/hostile/"; }
    static QByteArray contents(const QString& path) {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }
    /// Without a right to write where it is forbidden: root may write everywhere.
    static QByteArray look(const QString& path, bool asNobody) {
        QStringList words{writerProgram(), path, "ann", "look"};
        if (asNobody)
            words = QStringList{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"} + words;
        QProcess process;
        process.start(words.front(), words.mid(1));
        return process.waitForFinished(60000)
                   ? process.readAllStandardOutput() + process.readAllStandardError()
                   : QByteArray("it did not end");
    }
    static void execute(const QString& path, const QStringList& statements) {
        {
            QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", "made by a test");
            database.setDatabaseName(path);
            QVERIFY(database.open());
            for (const QString& statement : statements) {
                QSqlQuery query(database);
                QVERIFY2(query.exec(statement), qPrintable(statement));
            }
        }
        QSqlDatabase::removeDatabase("made by a test");
    }
    QString ownDatabase(const QString& name) const {
        const QString path = places_.file(name);
        auto store = makeLabelStore(path, "ann");
        store->open();
        LabelAction action;
        for (int i = 0; i < 600; ++i)
            action.labels.push_back(labelOf("object " + std::to_string(i), i % 2 ? "spiral" : "merger"));
        store->commit(action);
        store->close(); // the log goes into the file
        return path;
    }

  private Q_SLOTS:
    void corpusGetsWhatTheManifestExpects_data() {
        QTest::addColumn<QString>("expected");
        QFile manifest(corpus() + "MANIFEST.tsv");
        if (!manifest.open(QIODevice::ReadOnly))
            return;
        for (const QByteArray& line : manifest.readAll().split('\n'))
            if (const auto cells = line.split('\t'); cells.size() > 3 && cells[1] == "sqlite")
                QTest::newRow(cells[0].constData()) << QString(cells[3]);
    }
    void corpusGetsWhatTheManifestExpects() {
        if (!QFile::exists(corpus() + "MANIFEST.tsv"))
            QSKIP("the hostile files are not here");
        QFETCH(QString, expected);
        const QString name = QTest::currentDataTag(), source = corpus() + name;
        QTemporaryDir folder;
        QFile::setPermissions(folder.path(), QFile::Permissions(0x7777));
        const QString copy = folder.filePath("labels.db");
        QVERIFY(QFile::copy(source, copy));
        QFile::setPermissions(copy, QFile::Permissions(name.contains("readonly") ? 0x4444 : 0x6666));
        for (const char* suffix : {"-journal", "-wal"})
            if (QFile::exists(source + suffix)) {
                QVERIFY(QFile::copy(source + suffix, copy + suffix));
                QFile::setPermissions(copy + suffix, QFile::Permissions(0x6666));
            }
        if (name.contains("readonly_dir"))
            QFile::setPermissions(folder.path(), QFile::Permissions(0x5555));
        const QByteArray before = contents(copy);
        QProcess holder;
        if (name.contains("locked")) {
            holder.start("python3", {corpus() + "hold_lock.py", copy});
            QVERIFY(holder.waitForReadyRead(20000));
        }
        const bool asNobody = ::geteuid() == 0;
        const QByteArray answer = look(copy, asNobody);
        holder.kill();
        holder.waitForFinished();
        QFile::setPermissions(folder.path(), QFile::Permissions(0x7777));
        const QString kindOfAnswer = answer.startsWith("loads\n")   ? "loads"
                                     : answer.startsWith("note: ")  ? "loads with note"
                                     : answer.startsWith("error: ") ? "error"
                                                                    : "something else";
        QVERIFY2(kindOfAnswer == expected, answer.constData());
        if (expected != "error") {
            QVERIFY2(answer.contains("labels: 600\n") || answer.contains("labels: 500\n") ||
                         name.contains("types_wrong") || name.contains("killed"),
                     answer.constData());
            return;
        }
        QVERIFY(answer.contains("labels.db: ")); // file, fault; cure
        QVERIFY(answer.contains("; "));
        QVERIFY2(contents(copy) == before, "a refused file was written to");
        QVERIFY(!QFile::exists(copy + "-wal"));
    }
    void ourOwnFilesDamaged_data() {
        QTest::addColumn<QStringList>("statements");
        QTest::addColumn<QString>("expected");
        QTest::newRow("as it was") << QStringList{} << "loads";
        QTest::newRow("a trigger") << QStringList{"create trigger t after insert on label begin delete from "
                                                  "label where id < 99; end"}
                                   << "error";
        QTest::newRow("a view") << QStringList{"create view v as select 1"} << "error";
        QTest::newRow("another table") << QStringList{"create table extra(x)"} << "error";
        QTest::newRow("another column") << QStringList{"alter table label add column more text"} << "error";
        QTest::newRow("a table less") << QStringList{"drop table class"} << "error";
        QTest::newRow("a later version") << QStringList{"pragma user_version=5"} << "note";
        QTest::newRow("later, with a trigger")
            << QStringList{"pragma user_version=5",
                           "create trigger t after insert on label begin delete from label; end"}
            << "error";
        QTest::newRow("another program's") << QStringList{"pragma application_id=77"} << "note";
        QTest::newRow("orphans") << QStringList{"pragma foreign_keys=off", "delete from object where id < 9"}
                                 << "note";
        QTest::newRow("blobs") << QStringList{"update label set label = x'00ff' where id = 3"} << "note";
    }
    void ourOwnFilesDamaged() {
        QFETCH(QStringList, statements);
        QFETCH(QString, expected);
        const QString path = ownDatabase(QString(QTest::currentDataTag()).replace(' ', '_') + ".labels.db");
        execute(path, statements);
        const QByteArray answer = look(path, false);
        QVERIFY2(answer.startsWith(expected.toUtf8()), answer.constData());
    }
    void ourOwnFilesCutShort() {
        const QString path = ownDatabase("whole.labels.db");
        const QByteArray whole = contents(path);
        for (const double part : {0.0, 0.001, 0.1, 0.5, 0.9, 0.999}) {
            QFile cut(places_.file(QString("cut%1.labels.db").arg(part)));
            QVERIFY(cut.open(QIODevice::WriteOnly));
            cut.write(whole.left(static_cast<qsizetype>(part * static_cast<double>(whole.size()))));
            cut.close();
            const QByteArray answer = look(cut.fileName(), false);
            QVERIFY2(answer.startsWith("error: "), answer.constData());
        }
    }
    void numbersOutOfBounds() {
        const QString path = ownDatabase("numbers.labels.db");
        execute(path, {"update label set confidence = 9e999, ts = -9e999 where id = 3",
                       "update label set confidence = -4, ts = 9e999 where id = 4"});
        auto store = makeLabelStore(path, "reader");
        store->open();
        const LabelNews news = store->present();
        QCOMPARE(news.labels[2].mark.confidence, 1.0);
        QCOMPARE(news.labels[2].mark.when, 0.0);
        QCOMPARE(news.labels[3].mark.confidence, 0.0);
        QCOMPARE(news.labels[3].mark.when, 0.0);
    }
    void removedAndReplacedFilesAreNoticed() {
        const QString path = ownDatabase("mine.labels.db"), other = ownDatabase("other.labels.db");
        auto store = makeLabelStore(path, "ann");
        store->open();
        QVERIFY(!store->isOther());
        LabelAction action;
        action.labels = {labelOf("object 1", "odd")};
        store->commit(action);
        store->open();
        QVERIFY(!store->isOther());
        for (const bool replaced : {false, true}) {
            action.labels = {labelOf("object 1", "even")};
            store->commit(action); // lies in the log, which must not get into the new file
            QVERIFY(QFile::remove(path));
            if (replaced)
                QVERIFY(QFile::rename(other, path));
            action.labels = {labelOf("new", "spiral")};
            QVERIFY_EXCEPTION_THROWN(store->commit(action), InputError);
            store->open();
            QVERIFY(store->isOther());
            store->checkIntegrity();
            QCOMPARE(store->present().labels.size(), size_t(replaced ? 600 : 0));
            store->commit(action);
            QCOMPARE(store->history("object 1").size(), size_t(replaced ? 1 : 0));
            store->open();
            QVERIFY(!store->isOther());
        }
        store->close();
        QVERIFY(look(path, false).startsWith("loads\nlabels: 601\n"));
    }
    void aLockMayPass() {
        const QString path = ownDatabase("locked.labels.db");
        {
            QSqlDatabase holder = QSqlDatabase::addDatabase("QSQLITE", "holds a lock");
            holder.setDatabaseName(path);
            QVERIFY(holder.open());
            QVERIFY(QSqlQuery(holder).exec("pragma locking_mode=exclusive"));
            QVERIFY(QSqlQuery(holder).exec("begin exclusive"));
            QVERIFY(QSqlQuery(holder).exec("insert into object(path) values('held')"));
            auto store = makeLabelStore(path, "ann");
            QVERIFY_EXCEPTION_THROWN(store->open(), PassingFault);
            QVERIFY(QSqlQuery(holder).exec("rollback"));
            holder.close();
            store->open();
        }
        QSqlDatabase::removeDatabase("holds a lock");
    }
    void earlierLayoutsAreBackedUpFirst() {
        const QString source = corpus() + "sqlite/";
        if (!QFile::exists(source + "older_user_version.db"))
            QSKIP("the hostile files are not here");
        for (const char* name : {"older_user_version.db", "ok.db"}) {
            QTemporaryDir folder;
            const QString copy = folder.filePath("labels.db");
            QVERIFY(QFile::copy(source + name, copy));
            QFile::setPermissions(copy, QFile::Permissions(0x6666));
            auto store = makeLabelStore(copy, "ann");
            store->open();
            const size_t before = store->present().labels.size();
            LabelAction action;
            action.labels = {labelOf("new", "spiral")};
            action.seen = store->present().position;
            store->commit(action);
            QVERIFY(!store->notes().isEmpty()); // says where the copy is
            store->open();
            QCOMPARE(store->present().labels.size(), before + 1);
            store->close();
            QVERIFY(look(copy, false).startsWith("loads"));
            const QStringList backups = QDir(folder.path()).entryList({"labels.db.layout-*"});
            QCOMPARE(backups.size(), 1);
            QProcess python; // an independent reader of the copy
            python.start("python3", {"-c",
                                     "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("
                                     "'select count(*) from label').fetchone()[0])",
                                     folder.filePath(backups.front())});
            QVERIFY(python.waitForFinished());
            QCOMPARE(python.readAllStandardOutput().trimmed().toULongLong(), qulonglong(before));
        }
    }
    void fullDisk() {
        const QString path = places_.file("full.labels.db");
        QProcess person;
        person.start(writerProgram(), {path, "ann", "12", "2000", "room", "300000"});
        QVERIFY(person.waitForFinished(60000));
        const QByteArray said = person.readAllStandardOutput();
        QVERIFY2(person.exitCode() == 0, said.constData());
        QVERIFY2(said.contains("failed: "), said.constData()); // a message,
        QVERIFY(said.contains("make room on the disk"));
        QVERIFY(said.contains("saved 11")); // and it went on once there was room
        auto store = makeLabelStore(path, "reader");
        store->open();
        store->checkIntegrity();
        QCOMPARE(store->present().labels.size(), size_t(24000));
        QCOMPARE(store->history("object-0").size(), size_t(1)); // tried again, written once
    }
    void placesWhereNothingCanBeWritten() {
        const bool root = ::geteuid() == 0;
        QTemporaryDir folder;
        const QString path = folder.filePath("labels.db");
        QFile::setPermissions(folder.path(), QFile::Permissions(0x5555));
        const QByteArray answer = look(path, root);
        QVERIFY2(answer.startsWith("error: ") && answer.contains("choose a place where you may write"),
                 answer.constData());
        QVERIFY(!QFile::exists(path));
        QFile::setPermissions(folder.path(), QFile::Permissions(0x7777));
    }
};

QTEST_GUILESS_MAIN(TestLabelDatabases)
#include "test_label_databases.moc"
