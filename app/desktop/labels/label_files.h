#pragma once
// Labels as tables other programs read: id, label, confidence, by, time, origin.

#include <QString>

#include "app/desktop/labels/label_store.h"
#include "app/desktop/labels/object_ids.h"
#include "core/stop_token.h"
#include "core/table.h"

namespace galatea {

/// One row for each labelled object, with UCDs; times as ISO 8601, UTC. This and readLabels() throw
/// Interrupted on stop.
Table tableOfLabels(const LabelBook& book, const ObjectIds& ids, const StopToken& stop = {});
/// By extension: CSV, FITS or VOTable, with where the labels come from. Notes tell what the format cannot
/// hold.
std::vector<std::string> exportLabels(const Table& labels, const QString& from, const QString& path);

/// Labels of a file with the columns id and label (or class); the others may lack. Throws InputError.
struct ImportedLabels {
    std::vector<LabelEvent> labels; ///< `label` is the class's name
    std::vector<uint32_t> rows;     ///< of the open objects, as long as `labels`
    int64_t unknown = 0;            ///< ids that are not among the open objects
    std::vector<std::string> notes;
};
ImportedLabels readLabels(const QString& path, const ObjectIds& ids, const StopToken& stop = {});

/// The change that brings them in: classes are found by name, or made.
LabelEdit editOf(Document& document, ImportedLabels imported);

} // namespace galatea
