#include "app/desktop/labels/sql_label_store.h"

#include <unordered_map>

#include <QSqlError>
#include <QUuid>
#include <QVariant>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {
constexpr int longestText = 1000; ///< characters of a label, a name or an id; longer ones are no labels
}

SqlLabelStore::SqlLabelStore(const char* driver, QString who)
    : connection_("labels-" + QUuid::createUuid().toString(QUuid::WithoutBraces)), who_(std::move(who)),
      writer_(QUuid::createUuid().toString(QUuid::WithoutBraces)) {
    if (!QSqlDatabase::isDriverAvailable(driver))
        throw UsageError(driver, "Qt's database driver is not installed",
                         "install Debian's packages libqt6sql6-sqlite and libqt6sql6-psql");
    QSqlDatabase::addDatabase(driver, connection_);
}

SqlLabelStore::~SqlLabelStore() {
    QSqlDatabase::database(connection_, false).close();
    QSqlDatabase::removeDatabase(connection_);
}

void SqlLabelStore::close() {
    database().close();
    open_ = false;
}

QSqlDatabase SqlLabelStore::database() const {
    return QSqlDatabase::database(connection_, false);
}

void SqlLabelStore::refuse(const std::string& fault, const std::string& cure) const {
    throw InputError(place().toStdString(), fault, cure);
}

void SqlLabelStore::fail(const QSqlError& error) const {
    QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    text = text.section('\n', 0, 0).simplified();
    const std::string fault = "the database says: " + escaped(text.toStdString());
    if (mayPass(error))
        throw PassingFault(place().toStdString(), fault, cureOf(error));
    refuse(fault, cureOf(error));
}

QSqlQuery SqlLabelStore::run(const QString& statement, const QVariantList& values) const {
    QSqlQuery query(database());
    query.setForwardOnly(true);
    bool done = false;
    if (values.isEmpty()) {
        done = query.exec(statement);
    } else {
        done = query.prepare(statement);
        for (const QVariant& value : values)
            query.addBindValue(value);
        done = done && query.exec();
    }
    if (!done)
        fail(query.lastError());
    return query;
}

qint64 SqlLabelStore::number(const QString& statement, const QVariantList& values) const {
    QSqlQuery query = run(statement, values);
    return query.next() ? query.value(0).toLongLong() : 0;
}

QString SqlLabelStore::eventColumns() const {
    return QString(
               "l.id, o.path, l.label, l.\"user\", %1, %2 from label l join object o on o.id = l.object_id ")
        .arg(dated_ ? "l.ts" : "0.0", extended_ ? "l.confidence, l.origin" : "1.0, 'person'");
}

std::vector<LabelEvent> SqlLabelStore::events(const QString& condition, const QVariantList& values) const {
    // Types are only a wish in SQLite: what is no text of a reasonable length is no label.
    const QString honest = database().driverName() == "QSQLITE"
                               ? "typeof(l.label) = 'text' and typeof(o.path) = 'text' and "
                               : QString();
    QSqlQuery query =
        run("select " + eventColumns() + "where " + honest +
                QString("length(l.label) <= %1 and length(o.path) <= %1 and ").arg(longestText) + condition +
                " order by l.id",
            values);
    std::vector<LabelEvent> found;
    while (query.next()) {
        LabelEvent event;
        event.sequence = query.value(0).toLongLong();
        event.object = query.value(1).toString().toStdString();
        event.label = query.value(2).toString().toStdString();
        event.mark.who = query.value(3).toString().left(longestText);
        event.mark.when = labelTimeFrom(query.value(4).toDouble());
        event.mark.confidence = query.value(5).isNull() ? 1 : labelConfidenceFrom(query.value(5).toDouble());
        event.mark.origin = labelOriginFrom(query.value(6).toString().toStdString());
        found.push_back(std::move(event));
    }
    if (query.lastError().isValid())
        fail(query.lastError());
    return found;
}

std::vector<ClassEvent> SqlLabelStore::classEvents(const QString& condition,
                                                   const QVariantList& values) const {
    std::vector<ClassEvent> found;
    if (!extended_)
        return found;
    QSqlQuery query = run("select id, key, name, colour, digit, removed, \"user\", ts from class where " +
                              condition + " order by (select min(c.id) from class c where c.key = class.key)",
                          values);
    while (query.next()) {
        ClassEvent event;
        event.sequence = query.value(0).toLongLong();
        event.value.key = query.value(1).toString().left(longestText).toStdString();
        event.value.name = query.value(2).toString().left(longestText).simplified();
        event.value.colour = QColor::isValidColor(query.value(3).toString())
                                 ? QColor(query.value(3).toString())
                                 : QColor(Qt::gray);
        const int digit = query.value(4).toInt();
        event.value.digit = digit >= 1 && digit <= 9 ? digit : -1;
        event.value.removed = query.value(5).toInt() != 0;
        event.who = query.value(6).toString().left(longestText);
        event.when = labelTimeFrom(query.value(7).toDouble());
        found.push_back(std::move(event));
    }
    if (query.lastError().isValid())
        fail(query.lastError());
    return found;
}

LabelPosition SqlLabelStore::position() const {
    return {number("select coalesce(max(id), -1) from label"),
            extended_ ? number("select coalesce(max(id), -1) from class") : -1};
}

LabelNews SqlLabelStore::present() {
    LabelNews news;
    news.position = position();
    news.labels = events("l.id in (select max(id) from label where id <= ? group by object_id)",
                         {qlonglong(news.position.labels)});
    news.classes = classEvents("id in (select max(id) from class where id <= ? group by key)",
                               {qlonglong(news.position.classes)});
    return news;
}

LabelNews SqlLabelStore::since(LabelPosition seen) {
    LabelNews news;
    news.position = position();
    if (news.position.labels > seen.labels)
        news.labels =
            events(QString("l.id in (select max(id) from label where id > ? and id <= ? group by "
                           "object_id)%1")
                       .arg(extended_ ? " and l.writer <> ?" : ""),
                   extended_ ? QVariantList{qlonglong(seen.labels), qlonglong(news.position.labels), writer_}
                             : QVariantList{qlonglong(seen.labels), qlonglong(news.position.labels)});
    if (news.position.classes > seen.classes)
        news.classes = classEvents("id in (select max(id) from class where id > ? and id <= ? group by key) "
                                   "and writer <> ?",
                                   {qlonglong(seen.classes), qlonglong(news.position.classes), writer_});
    return news;
}

std::vector<LabelEvent> SqlLabelStore::history(const std::string& object) {
    return events("o.path = ?", {QString::fromStdString(object)});
}

bool SqlLabelStore::alreadyWritten(const LabelAction& action) const {
    const QVariantList values{qlonglong(action.seen.labels), writer_, qlonglong(action.step)};
    if (number("select count(*) from label where id > ? and writer = ? and step >= ?", values) > 0)
        return true;
    return number("select count(*) from class where id > ? and writer = ? and step >= ?",
                  {qlonglong(action.seen.classes), writer_, qlonglong(action.step)}) > 0;
}

std::vector<LabelConflict> SqlLabelStore::conflictsOf(const LabelAction& action) const {
    std::vector<LabelConflict> conflicts;
    if (action.labels.empty() || !run("select id from label where id > ? and writer <> ? limit 1",
                                      {qlonglong(action.seen.labels), writer_})
                                      .next())
        return conflicts;
    std::unordered_map<std::string, LabelEvent> theirs;
    for (LabelEvent& event : events("l.id > ? and l.writer <> ?", {qlonglong(action.seen.labels), writer_}))
        theirs.insert_or_assign(event.object, event);
    for (const LabelEvent& mine : action.labels)
        if (const auto other = theirs.find(mine.object);
            other != theirs.end() && other->second.label != mine.label)
            conflicts.push_back({mine, other->second});
    return conflicts;
}

void SqlLabelStore::insertClasses(const LabelAction& action) {
    for (const ClassEvent& event : action.classes)
        run("insert into class(key, name, colour, digit, removed, \"user\", ts, writer, step) "
            "values(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {QString::fromStdString(event.value.key), event.value.name,
             event.value.colour.name(QColor::HexRgb), event.value.digit, event.value.removed ? 1 : 0,
             event.who, event.when, writer_, qlonglong(action.step)});
}

std::vector<LabelConflict> SqlLabelStore::commit(const LabelAction& action) {
    if (!open_)
        refuse("it is not open", "open it again");
    if (!writable_)
        refuse("it can only be read", "keep the labels in another place");
    beginWriting();
    try {
        std::vector<LabelConflict> conflicts;
        if (!action.again || !alreadyWritten(action)) {
            conflicts = conflictsOf(action);
            insertClasses(action);
            insertLabels(action);
            announce();
        }
        run("commit");
        return conflicts;
    } catch (...) {
        QSqlQuery(database()).exec("rollback");
        throw;
    }
}

} // namespace galatea
