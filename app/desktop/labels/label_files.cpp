#include "app/desktop/labels/label_files.h"

#include <cmath>
#include <unordered_map>

#include <QDateTime>
#include <QFileInfo>

#include "app/desktop/labels/label_merge.h"
#include "core/error.h"
#include "core/text.h"
#include "io/table_file.h"

namespace galatea {

namespace {

constexpr int64_t rowsBetweenStops = 4096;

const Column* findAny(const Table& table, std::initializer_list<const char*> names) {
    for (const char* name : names)
        for (const Column& column : table.columns())
            if (lowerCase(column.name) == name)
                return &column;
    return nullptr;
}

double timeFrom(const std::string& text) {
    const QDateTime time = QDateTime::fromString(QString::fromStdString(text), Qt::ISODateWithMs);
    return time.isValid() ? labelTimeFrom(static_cast<double>(time.toMSecsSinceEpoch()) / 1000) : 0;
}

} // namespace

Table tableOfLabels(const LabelBook& book, const ObjectIds& ids, const StopToken& stop) {
    std::vector<std::string> objects, labels, who, times, origins;
    std::vector<double> confidence;
    const int64_t rows = book.labelled() > 0 ? book.rowCount() : 0;
    for (int64_t row = 0; row < rows; ++row) {
        if (row % rowsBetweenStops == 0)
            throwIfStopped(stop);
        const LabelValue value = book.at(row);
        if (value.label == LabelValue::none)
            continue;
        const LabelMark& mark = book.mark(value.mark);
        objects.push_back(ids.at(row));
        labels.push_back(book.classes()[static_cast<size_t>(value.label)].name.toStdString());
        confidence.push_back(mark.confidence);
        who.push_back(mark.who.toStdString());
        times.push_back(QDateTime::fromMSecsSinceEpoch(std::llround(mark.when * 1000), Qt::UTC)
                            .toString(Qt::ISODateWithMs)
                            .toStdString());
        origins.emplace_back(labelOriginName(mark.origin));
    }
    Table table;
    table.set({"id", objects, "", "meta.id;meta.main", "object, as in the catalogue"});
    table.set({"label", labels, "", "meta.code.class", "class the object was given"});
    table.set({"confidence", confidence, "", "stat.probability", "0 to 1; 1 where a person is sure"});
    table.set({"by", who, "", "meta.curation", "who gave the label"});
    table.set({"time", times, "", "time.creation", "when, ISO 8601, UTC"});
    table.set({"origin", origins, "", "meta.code",
               "person, proposed (by neighbours in latent space, accepted by a person) or imported"});
    return table;
}

std::vector<std::string> exportLabels(const Table& labels, const QString& from, const QString& path) {
    std::vector<std::string> notes;
    TableProvenance provenance{
        "labels",
        {{"creator", "Galatea"},
         {"date", QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toStdString()}}};
    if (!from.isEmpty())
        provenance.facts.emplace_back("data", from.toStdString());
    writeTableFile(path.toStdString(), labels, provenance, notes);
    return notes;
}

ImportedLabels readLabels(const QString& path, const ObjectIds& ids, const StopToken& stop) {
    ImportedLabels imported;
    const Table table = readTableFile(path.toStdString(), imported.notes);
    const Column* id = findAny(table, {"id", "objid", "object_id", "object", "name"});
    const Column* label = findAny(table, {"label", "class", "class_name"});
    if (!id || !label)
        throw InputError(path.toStdString(), std::string("it has no column ") + (id ? "label" : "id"),
                         "name the columns id and label");
    const Column *confidence = findAny(table, {"confidence", "probability"}),
                 *who = findAny(table, {"by", "user", "who"}), *time = findAny(table, {"time", "date"});
    std::unordered_map<std::string, std::vector<uint32_t>> rowsOf; // of the ids in the file
    for (int64_t i = 0; i < table.rowCount(); ++i)
        rowsOf[id->text(i)];
    for (int64_t row = 0; row < ids.count; ++row) {
        if (row % rowsBetweenStops == 0)
            throwIfStopped(stop);
        if (const auto found = rowsOf.find(ids.at(row)); found != rowsOf.end())
            found->second.push_back(static_cast<uint32_t>(row));
    }
    for (int64_t i = 0; i < table.rowCount(); ++i) {
        if (i % rowsBetweenStops == 0)
            throwIfStopped(stop);
        const std::string name = trimmed(label->text(i));
        if (name.empty())
            continue;
        LabelEvent event;
        event.object = id->text(i);
        event.label = name;
        event.mark.origin = LabelOrigin::Imported;
        event.mark.who = who ? QString::fromStdString(escaped(who->text(i))) : QFileInfo(path).fileName();
        event.mark.when = time ? timeFrom(time->text(i)) : 0;
        event.mark.confidence = labelConfidenceFrom(confidence ? confidence->number(i) : 1);
        const std::vector<uint32_t>& rows = rowsOf.at(event.object);
        imported.unknown += rows.empty();
        for (const uint32_t row : rows) {
            imported.labels.push_back(event);
            imported.rows.push_back(row);
        }
    }
    return imported;
}

LabelEdit editOf(Document& document, ImportedLabels imported) {
    const LabelBook& book = document.labels();
    std::unordered_map<std::string, std::string> keys; // by the name in the file
    for (LabelEvent& event : imported.labels) {
        const auto [place, isNew] = keys.try_emplace(event.label, event.label);
        if (isNew)
            if (const int16_t id = book.classOfName(QString::fromStdString(event.label).simplified());
                id != LabelValue::none)
                place->second = book.classes()[static_cast<size_t>(id)].key;
        event.label = place->second;
    }
    return mergedNews(document, {}, imported.rows, imported.labels, false);
}

} // namespace galatea
