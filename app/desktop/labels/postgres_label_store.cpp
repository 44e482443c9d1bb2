#include "app/desktop/labels/postgres_label_store.h"

#include <algorithm>

#include <QProcess>
#include <QSqlDriver>
#include <QSqlError>
#include <QStandardPaths>
#include <QUrlQuery>
#include <QVariant>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

constexpr qint64 lockNumber = 0x47414c58; ///< of the advisory lock: "GALX"
const char* const channel = "galatea_labels";

/// An array as PostgreSQL reads it from text.
template <class Values, class Text>
QString arrayOf(const Values& values, size_t from, size_t to, Text text) {
    QString array = "{";
    for (size_t i = from; i < to; ++i) {
        QString cell = text(values[i]);
        cell.remove(QChar(0)).replace(QChar(92), "\\\\").replace('"', "\\\"");
        array += (i == from ? "\"" : ",\"") + cell + '"';
    }
    return array + '}';
}

} // namespace

PostgresLabelStore::PostgresLabelStore(const QUrl& url, const QString& who)
    : SqlLabelStore("QPSQL", who), url_(url) {
    const std::string shown = escaped(url.toString(QUrl::RemovePassword | QUrl::RemoveQuery).toStdString());
    if (!url.isValid() || url.path().size() < 2)
        throw UsageError(shown, "it names no database", "write it like postgresql://person@host/database");
    if (!url.password().isEmpty() || QUrlQuery(url).hasQueryItem("password"))
        throw UsageError(shown, "it holds a password, which others could read",
                         "leave it out: it is taken from PGPASSWORD, ~/.pgpass or the keyring");
}

QString PostgresLabelStore::place() const {
    return url_.toString(QUrl::RemovePassword | QUrl::RemoveQuery);
}

std::string PostgresLabelStore::cureOf(const QSqlError& error) const {
    if (error.type() == QSqlError::ConnectionError)
        return "check that the server runs and can be reached, and the name and password";
    if (error.nativeErrorCode().startsWith("53")) // out of disk, memory, connections
        return "make room on the server";
    return error.nativeErrorCode().startsWith("42501") || error.nativeErrorCode().startsWith("25006")
               ? "ask the database's owner for the right to write"
               : "check the server's log";
}

QString PostgresLabelStore::passwordFromKeyring() const {
    const QString program = QStandardPaths::findExecutable("secret-tool");
    if (program.isEmpty() || qEnvironmentVariableIsSet("PGPASSWORD"))
        return {};
    QProcess tool;
    tool.start(program, {"lookup", "service", "galatea-labels", "url", place()});
    constexpr int patience = 5000;
    return tool.waitForFinished(patience) && tool.exitCode() == 0
               ? QString::fromUtf8(tool.readAllStandardOutput()).remove('\n')
               : QString();
}

void PostgresLabelStore::connectToServer() {
    QSqlDatabase server = database();
    const QUrlQuery query(url_);
    const auto item = [&](const char* name, const QString& fallback) {
        return query.hasQueryItem(name) ? query.queryItemValue(name, QUrl::FullyDecoded) : fallback;
    };
    server.setDatabaseName(url_.path().mid(1));
    server.setHostName(item("host", url_.host()));
    server.setUserName(item("user", url_.userName()));
    if (const int port = item("port", QString::number(url_.port(0))).toInt(); port > 0)
        server.setPort(port);
    QStringList options{"connect_timeout=10"};
    for (const char* name : {"sslmode", "sslrootcert", "options"})
        if (query.hasQueryItem(name))
            options << QString("%1=%2").arg(name, item(name, {}).remove(';'));
    server.setConnectOptions(options.join(';'));
    if (server.open())
        return;
    const QSqlError first = server.lastError();
    if (const QString password = passwordFromKeyring(); !password.isEmpty()) {
        server.setPassword(password);
        const bool opened = server.open();
        server.setPassword({});
        if (opened)
            return;
    }
    fail(first);
}

void PostgresLabelStore::open() {
    close();
    notes_.clear();
    connectToServer();
    try {
        run("select set_config('application_name', ?, false)", {("galatea: " + who_).left(60)});
        run("set synchronous_commit = on"); // "saved" means: on disk
        run("set client_min_messages = error");
        writable_ =
            number("select case when pg_is_in_recovery() or "
                   "current_setting('default_transaction_read_only')::boolean then 0 else 1 end") == 1;
        makeTables();
    } catch (...) {
        database().close();
        throw;
    }
    open_ = true;
    if (news_)
        watch(news_);
}

void PostgresLabelStore::makeTables() {
    const bool there = number("select count(to_regclass('meta'))") > 0;
    if (!there && !writable_)
        refuse("it holds no labels and can only be read", "choose another database");
    if (!there) {
        beginWriting();
        try {
            for (const char* statement :
                 {"create table if not exists meta(key text primary key, value text)",
                  "create table if not exists object(id bigserial primary key, path text not null unique)",
                  "create table if not exists label(id bigserial primary key, object_id bigint not null "
                  "references object(id), \"user\" text, label text not null, ts double precision, "
                  "confidence double precision, origin text, writer text, step bigint)",
                  "create index if not exists label_obj on label(object_id)",
                  "create table if not exists class(id bigserial primary key, key text not null, name text "
                  "not null, colour text not null, digit integer, removed integer not null, \"user\" text, "
                  "ts double precision, writer text, step bigint)"})
                run(statement);
            run("insert into meta(key, value) values('schema', ?) on conflict(key) do nothing",
                {QString::number(currentVersion)});
            run("commit");
        } catch (...) {
            QSqlQuery(database()).exec("rollback");
            throw;
        }
    }
    QSqlQuery query = run("select value from meta where key = 'schema'");
    const int version = query.next() ? query.value(0).toInt() : 0;
    if (version > currentVersion) {
        notes_ << "a later version of Galatea made it: its labels are shown, new ones are not kept there";
        writable_ = false;
    } else if (version != currentVersion) {
        refuse("its tables are not Galatea's labels", "choose another database or schema");
    }
    if (writable_ && number("select has_table_privilege('label', 'INSERT')::int") == 0) {
        notes_ << "you may read it but not write: new labels are not kept there";
        writable_ = false;
    }
}

void PostgresLabelStore::beginWriting() {
    run("begin");
    run(QString("select pg_advisory_xact_lock(%1)").arg(lockNumber));
}

void PostgresLabelStore::insertLabels(const LabelAction& action) {
    constexpr size_t atOnce = 5000;
    for (size_t from = 0; from < action.labels.size(); from += atOnce) {
        const size_t to = std::min(from + atOnce, action.labels.size());
        const auto array = [&](auto text) { return arrayOf(action.labels, from, to, text); };
        const QString paths = array([](const LabelEvent& e) { return QString::fromStdString(e.object); });
        run("insert into object(path) select distinct unnest(?::text[]) on conflict do nothing", {paths});
        run("insert into label(object_id, \"user\", label, ts, confidence, origin, writer, step) "
            "select o.id, n.who, n.label, n.ts, n.confidence, n.origin, ?, ?::bigint from "
            "unnest(?::text[], ?::text[], ?::text[], ?::float8[], ?::float8[], ?::text[]) with ordinality "
            "as n(path, who, label, ts, confidence, origin, place) join object o on o.path = n.path "
            "order by n.place",
            {writer_, qlonglong(action.step), paths, array([](const LabelEvent& e) { return e.mark.who; }),
             array([](const LabelEvent& e) { return QString::fromStdString(e.label); }),
             array([](const LabelEvent& e) { return QString::number(e.mark.when, 'g', 17); }),
             array([](const LabelEvent& e) { return QString::number(e.mark.confidence, 'g', 17); }),
             array([](const LabelEvent& e) { return QString(labelOriginName(e.mark.origin)); })});
    }
}

void PostgresLabelStore::announce() {
    run(QString("notify %1").arg(channel));
}

bool PostgresLabelStore::watch(std::function<void()> news) {
    news_ = std::move(news);
    if (!open_)
        return true;
    QSqlDriver* driver = database().driver();
    QObject::disconnect(driver, &QSqlDriver::notification, nullptr, nullptr);
    QObject::connect(driver, &QSqlDriver::notification, driver, [this] {
        if (news_)
            news_();
    });
    return driver->subscribedToNotifications().contains(channel) || driver->subscribeToNotification(channel);
}

QStringList PostgresLabelStore::others() {
    QStringList names;
    for (QSqlQuery query = run("select distinct substr(application_name, 10) from pg_stat_activity where "
                               "application_name like 'galatea: %' and datname = current_database() and pid "
                               "<> pg_backend_pid() order by 1");
         query.next();)
        names << query.value(0).toString().left(200);
    return names;
}

void PostgresLabelStore::checkIntegrity() {
    const qint64 orphans =
        number("select count(*) from label l left join object o on o.id = l.object_id where o.id is null");
    if (orphans > 0)
        refuse("labels belong to no object", "restore the database from a backup");
}

} // namespace galatea
