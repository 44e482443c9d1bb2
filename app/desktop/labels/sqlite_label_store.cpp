#include "app/desktop/labels/sqlite_label_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QSqlDriver>
#include <QSqlError>
#include <QThread>
#include <QVariant>

#include "core/error.h"
#include "core/text.h"
#include "io/regular_file.h"

namespace galatea {

namespace {

constexpr int patienceAtOpen = 5000, patience = 60000; ///< ms that other writers may take

const char* const metaTable = "CREATE TABLE meta(key text primary key, value text)";
const char* const objectTable = "CREATE TABLE object(id integer primary key, path text not null unique)";
const char* const labelIndex = "CREATE INDEX label_obj on label(object_id)";
const char* const classTable =
    "CREATE TABLE class(id integer primary key, key text not null, name text not null, colour text not null, "
    "digit integer, removed integer not null, user text, ts real, writer text, step integer)";

/// As it was in each version; a column that is added lands at the end of the text.
QString labelTable(qint64 version) {
    QString columns = "id integer primary key, object_id integer not null references object(id), user text, "
                      "label text";
    if (version >= 3)
        columns += ", ts real";
    if (version >= 4)
        columns += ", confidence real, origin text, writer text, step integer";
    return "CREATE TABLE label(" + columns + ")";
}

std::set<QString> statementsOf(qint64 version) {
    std::set<QString> all{metaTable, objectTable, labelTable(version), labelIndex};
    if (version >= 4)
        all.insert(classTable);
    return all;
}

void syncFolder(const QString& folder) {
    const int descriptor = ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

/// Holds on to a file, so that no other gets its number, without touching it or its locks.
struct SqliteLabelStore::HeldFile {
    explicit HeldFile(const QString& path)
        : descriptor(::open(QFile::encodeName(path).constData(), O_PATH | O_CLOEXEC)) {
        known = descriptor >= 0 && ::fstat(descriptor, &status) == 0;
    }
    ~HeldFile() {
        if (descriptor >= 0)
            ::close(descriptor);
    }
    HeldFile(const HeldFile&) = delete;
    HeldFile& operator=(const HeldFile&) = delete;
    bool is(const struct stat& file) const {
        return known && status.st_dev == file.st_dev && status.st_ino == file.st_ino;
    }

    int descriptor = -1;
    bool known = false;
    struct stat status {};
};

SqliteLabelStore::SqliteLabelStore(const QString& path, const QString& who)
    : SqlLabelStore("QSQLITE", who), path_(QFileInfo(path).absoluteFilePath()) {}

std::string SqliteLabelStore::cureOf(const QSqlError& error) const {
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "close the other program that holds it, or try again";
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return "make room on the disk or choose another place";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "choose a place where you may write";
    default:
        return "the file is damaged or no label database: take it from a backup, or choose another";
    }
}

bool SqliteLabelStore::mayPass(const QSqlError& error) const {
    const int code = error.nativeErrorCode().toInt() & 0xff;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL || code == SQLITE_IOERR;
}

SqliteLabelStore::~SqliteLabelStore() {
    SqliteLabelStore::close();
}

/// Where the file has been removed or replaced, the log that lies there must not be taken for its follower's.
void SqliteLabelStore::close() {
    if (open_ && !isInPlace())
        QSqlQuery(database()).exec("pragma wal_checkpoint(truncate)");
    SqlLabelStore::close();
}

bool SqliteLabelStore::isInPlace() const {
    struct stat now {};
    return ::stat(QFile::encodeName(path_).constData(), &now) == 0 && held_ && held_->is(now);
}

void SqliteLabelStore::open() {
    close();
    notes_.clear();
    writable_ = true;
    if (!QFileInfo::exists(path_) && !QFileInfo(path_).isSymLink())
        create();
    {
        const RegularFile file = openRegular(path_.toStdString());
        if (file.size() == 0)
            refuse("the file is empty, where labels should be", "take it from a backup, or remove it");
        if (file.firstBytes(16) != std::string("SQLite format 3\0", 16))
            refuse("it is no SQLite database", "choose a label database (*.labels.db)");
    }
    auto held = std::make_shared<const HeldFile>(path_);
    const QString usable = copyOfReadOnly();
    try {
        connectTo(usable);
        inspect();
    } catch (...) {
        database().close();
        throw;
    }
    other_ = held_ && !held_->is(held->status);
    held_ = std::move(held);
    open_ = true;
}

/// Made aside and put in place whole; who comes second uses the first one's.
void SqliteLabelStore::create() const {
    const QFileInfo info(path_);
    if (!QFileInfo(info.path()).isDir())
        refuse("its folder does not exist", "choose a folder that does");
    const QString aside = QString("%1.new-%2").arg(path_).arg(::getpid());
    QFile::remove(aside);
    const QString name = connection_ + "-new";
    QSqlError error;
    {
        QSqlDatabase fresh = QSqlDatabase::addDatabase("QSQLITE", name);
        fresh.setDatabaseName(aside);
        QStringList statements{"pragma synchronous=full",
                               QString("pragma application_id=%1").arg(applicationId),
                               QString("pragma user_version=%1").arg(currentVersion), "begin"};
        for (const QString& statement : {QString(metaTable), QString(objectTable), labelTable(currentVersion),
                                         QString(labelIndex), QString(classTable)})
            statements << statement;
        statements << QString("insert into meta values('schema', '%1')").arg(currentVersion) << "commit"
                   << "pragma journal_mode=wal"; // here, where no other can be in the way
        bool done = fresh.open();
        QSqlQuery query(fresh);
        for (const QString& statement : statements)
            done = done && query.exec(statement);
        if (!done)
            error = fresh.isOpen() ? query.lastError() : fresh.lastError();
        query.finish();
        fresh.close();
    }
    QSqlDatabase::removeDatabase(name);
    if (error.isValid()) {
        QFile::remove(aside);
        for (const char* suffix : {"-journal", "-wal", "-shm"})
            QFile::remove(aside + suffix);
        const std::string fault =
            "it cannot be made: " + escaped(error.databaseText().simplified().toStdString());
        if (mayPass(error))
            throw PassingFault(place().toStdString(), fault, cureOf(error));
        refuse(fault, cureOf(error));
    }
    const bool linked =
        ::link(QFile::encodeName(aside).constData(), QFile::encodeName(path_).constData()) == 0;
    const int fault = errno;
    // Where there are no hard links, a rename is as good unless two begin in the same instant.
    const bool there = linked || fault == EEXIST || QFile::rename(aside, path_);
    QFile::remove(aside);
    if (!there)
        refuse(std::string("it cannot be made: ") + std::strerror(fault),
               "choose a place where you may write");
    syncFolder(info.path());
}

/// SQLite needs to write even to read (journals left over, shared memory): of what cannot be written it gets
/// a copy. Returns the file to use.
QString SqliteLabelStore::copyOfReadOnly() {
    const QFileInfo info(path_);
    const bool mayWrite = ::access(QFile::encodeName(path_).constData(), W_OK) == 0 &&
                          ::access(QFile::encodeName(info.path()).constData(), W_OK) == 0;
    if (mayWrite)
        return path_;
    copies_ = std::make_unique<QTemporaryDir>();
    const QString copy = copies_->filePath("labels.db");
    if (!copies_->isValid() || !QFile::copy(path_, copy))
        throw PassingFault(path_.toStdString(),
                           "it lies where nothing can be written, and there is no room for a copy",
                           "make room for temporary files");
    QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner);
    for (const char* suffix : {"-wal", "-journal"})
        if (QFile::exists(path_ + suffix) && QFile::copy(path_ + suffix, copy + suffix))
            QFile::setPermissions(copy + suffix, QFile::ReadOwner | QFile::WriteOwner);
    writable_ = false;
    notes_ << "it lies where you may not write: its labels are shown, new ones are not kept there";
    return copy;
}

void SqliteLabelStore::connectTo(const QString& file) {
    QSqlDatabase sqlite = database();
    sqlite.setDatabaseName(file);
    sqlite.setConnectOptions(QString("QSQLITE_BUSY_TIMEOUT=%1").arg(patienceAtOpen));
    if (!sqlite.open())
        fail(sqlite.lastError());
    harden();
    for (const char* pragma : {"trusted_schema=off", "cell_size_check=on", "foreign_keys=on",
                               "synchronous=full", "temp_store=memory", "mmap_size=0"})
        run(QString("pragma ") + pragma);
}

/// What has no pragma is reached through the library, if it is the very one that Qt uses.
void SqliteLabelStore::harden() const {
    const QVariant handle = database().driver()->handle();
    if (!handle.isValid() || std::strcmp(handle.typeName(), "sqlite3*") != 0)
        return;
    QSqlQuery source = run("select sqlite_source_id()");
    if (!source.next() || source.value(0).toString() != QString(sqlite3_sourceid()))
        return;
    sqlite3* raw = *static_cast<sqlite3* const*>(handle.data());
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, 64 << 20);
    sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 1); // VACUUM INTO attaches one
}

void SqliteLabelStore::inspect() {
    version_ = number("pragma user_version");
    const bool ours = number("pragma application_id") == applicationId;
    const bool newer = version_ > currentVersion;
    if (!newer && version_ != 1 && version_ != 3 && version_ != currentVersion)
        refuse(QString("its layout %1 is unknown").arg(version_).toStdString(),
               "choose a label database (*.labels.db)");
    checkSchema(version_, !newer);
    checkIntegrity();
    if (newer)
        notes_ << "a later version of Galatea wrote it: its labels are shown, new ones are not kept there";
    if (!ours)
        notes_ << "it is marked as another program's: its labels are shown, new ones are not kept there";
    writable_ = writable_ && ours && !newer;
    std::set<QString> columns;
    for (QSqlQuery query = run("pragma table_info(label)"); query.next();)
        columns.insert(query.value(1).toString());
    dated_ = columns.contains("ts");
    extended_ = version_ == currentVersion;
    if (writable_ && version_ < 3)
        upgrade(); // layout 3 is complete as it is and stays until something is written
    else if (version_ < 3)
        notes_ << "an earlier version of Galatea wrote it, without dates";
    if (writable_ && version_ == currentVersion)
        logAhead();
    noteOddities();
    run(QString("pragma busy_timeout=%1").arg(patience));
}

/// Strict: these statements and no other. Otherwise at least nothing that runs by itself.
void SqliteLabelStore::checkSchema(qint64 version, bool strict) const {
    const std::set<QString> known = statementsOf(version);
    std::set<QString> found, tables;
    for (QSqlQuery query = run("select type, name, sql from sqlite_master"); query.next();) {
        const QString type = query.value(0).toString(), name = query.value(1).toString(),
                      sql = query.value(2).toString();
        if (type == "trigger" || type == "view")
            refuse("it holds a " + type.toStdString() + " named " + escaped(name.left(60).toStdString()) +
                       ", which could change labels unseen",
                   "take the file from a source you trust");
        if (type == "table")
            tables.insert(name);
        if (type == "index" && sql.isEmpty() && name.startsWith("sqlite_autoindex_"))
            continue;
        if (strict && !known.contains(sql))
            refuse("its " + type.toStdString() + " " + escaped(name.left(60).toStdString()) +
                       " is not what a label database has",
                   "choose a label database (*.labels.db)");
        found.insert(sql);
    }
    for (const char* table : {"meta", "object", "label"})
        if (!tables.contains(table))
            refuse(std::string("it has no table ") + table, "choose a label database (*.labels.db)");
    if (strict && found != known)
        refuse("its tables are not all there", "take it from a backup");
}

void SqliteLabelStore::checkIntegrity() {
    QSqlQuery query = run("pragma integrity_check(1)");
    const QString answer = query.next() ? query.value(0).toString() : query.lastError().databaseText();
    if (answer != "ok")
        refuse("it is damaged: " + escaped(answer.section('\n', 0, 0).left(200).toStdString()),
               "take it from a backup, or choose another file");
}

void SqliteLabelStore::noteOddities() {
    const qint64 orphans =
        number("select count(*) from label where object_id not in (select id from object)");
    if (orphans > 0)
        notes_ << QString("%1 labels belong to no object and are left out").arg(orphans);
    const qint64 odd = number("select count(*) from label l left join object o on o.id = l.object_id where "
                              "typeof(l.label) <> 'text' or (o.id is not null and typeof(o.path) <> 'text') "
                              "or typeof(l.user) not in ('text', 'null')");
    if (odd > 0)
        notes_ << QString("%1 labels are no text and are left out").arg(odd);
}

/// Changes the file's header; SQLite itself does not wait here where another does the same.
void SqliteLabelStore::logAhead() {
    QElapsedTimer waited;
    waited.start();
    QSqlQuery query(database());
    while (!query.exec("pragma journal_mode=wal")) {
        if (!mayPass(query.lastError()) || waited.elapsed() > patienceAtOpen)
            fail(query.lastError());
        query.finish();
        QThread::msleep(5);
    }
}

/// One transaction, after a copy of the whole file has been put beside it.
void SqliteLabelStore::upgrade() {
    const qint64 from = version_;
    QString backup = QString("%1.layout-%2").arg(path_).arg(from);
    for (int n = 2; QFileInfo::exists(backup); ++n)
        backup = QString("%1.layout-%2-%3").arg(path_).arg(from).arg(n);
    run("vacuum into ?", {backup});
    const int descriptor = ::open(QFile::encodeName(backup).constData(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || ::fsync(descriptor) != 0)
        refuse("a copy of it could not be kept", "make room on the disk");
    ::close(descriptor);
    syncFolder(QFileInfo(path_).path());
    run("begin immediate");
    try {
        if (number("pragma user_version") != from) {
            QFile::remove(backup); // whoever does it has kept one
            throw PassingFault(place().toStdString(), "another program is just bringing it up to date",
                               "try again");
        }
        if (from < 3)
            run("alter table label add column ts real");
        for (const char* column : {"confidence real", "origin text", "writer text", "step integer"})
            run(QString("alter table label add column ") + column);
        run(classTable);
        run("insert into meta(key, value) values('schema', ?) on conflict(key) do update set value = "
            "excluded.value",
            {QString::number(currentVersion)});
        run(QString("pragma user_version=%1").arg(currentVersion));
        run("commit");
    } catch (...) {
        QSqlQuery(database()).exec("rollback");
        throw;
    }
    version_ = currentVersion;
    extended_ = dated_ = true;
    checkSchema(currentVersion, true);
    logAhead();
    notes_ << QString(
                  "an earlier version of Galatea wrote it: it was brought up to date, and a copy of it as "
                  "it was is kept as %1")
                  .arg(QString::fromStdString(escaped(QFileInfo(backup).fileName().toStdString())));
}

void SqliteLabelStore::beginWriting() {
    // What is written now would be lost with the old file.
    if (!isInPlace())
        refuse("the file has been removed or replaced",
               "this session's labels go into the new one; what was said before is in the old one alone");
    if (version_ < currentVersion)
        upgrade();
    run("begin immediate");
}

void SqliteLabelStore::insertLabels(const LabelAction& action) {
    QSqlQuery object(database()), label(database());
    if (!object.prepare("insert into object(path) values(?) on conflict(path) do nothing"))
        fail(object.lastError());
    if (!label.prepare("insert into label(object_id, user, label, ts, confidence, origin, writer, step) "
                       "values((select id from object where path = ?), ?, ?, ?, ?, ?, ?, ?)"))
        fail(label.lastError());
    for (const LabelEvent& event : action.labels) {
        const QString path = QString::fromStdString(event.object);
        object.bindValue(0, path);
        if (!object.exec())
            fail(object.lastError());
        label.bindValue(0, path);
        label.bindValue(1, event.mark.who);
        label.bindValue(2, QString::fromStdString(event.label));
        label.bindValue(3, event.mark.when);
        label.bindValue(4, event.mark.confidence);
        label.bindValue(5, labelOriginName(event.mark.origin));
        label.bindValue(6, writer_);
        label.bindValue(7, qlonglong(action.step));
        if (!label.exec())
            fail(label.lastError());
    }
}

QStringList SqliteLabelStore::others() {
    QStringList names;
    if (!extended_)
        return names;
    const double shortWhileAgo = static_cast<double>(QDateTime::currentSecsSinceEpoch()) - 600;
    for (QSqlQuery query = run("select distinct \"user\" from (select * from label "
                               "order by id desc limit 20000) where ts > ? and writer <> ?",
                               {shortWhileAgo, writer_});
         query.next();)
        names << query.value(0).toString().left(200);
    names.sort();
    return names;
}

} // namespace galatea
