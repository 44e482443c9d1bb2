#pragma once
// Catalogues on disk: one way in, by content, and one way out, by extension. docs/formats.md tells what each
// format keeps.

#include <string>
#include <utility>
#include <vector>

#include "core/table.h"

namespace galatea {

/// CSV (also semicolons and tabs), a FITS binary or ASCII table, or a VOTable, told apart by the file's first
/// bytes; packed with gzip or bzip2 they are unpacked by the decode worker first. Of a file with several
/// tables `name` picks one (FITS: EXTNAME or HDU number; VOTable: name or ID); empty takes the first that has
/// rows. Whole numbers stay whole; NaN and "" stand for missing values; a whole-number column with gaps
/// becomes numbers with NaN or, where those would lose digits, text. What was odd, skipped or renamed is
/// appended to `notes`. Throws InputError naming file, fault and cure.
Table readTableFile(const std::string& path, std::vector<std::string>& notes, const std::string& name = {});

/// Where a written table comes from. FITS: cards or HISTORY, VOTable: INFO; CSV has no place for it.
struct TableProvenance {
    std::string title{};                                      ///< EXTNAME, the VOTable's table name
    std::vector<std::pair<std::string, std::string>> facts{}; ///< e.g. {"model", "m.safetensors"}
};

/// The extensions that can be written, without the dot: csv, fits, vot, xml.
const std::vector<std::string>& tableFormats();

/// Writes by extension, whole or not at all. Text that the format cannot hold is written escaped, with an
/// entry in `notes`. Throws UsageError for another extension, otherwise as AtomicFile does.
void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance,
                    std::vector<std::string>& notes);
void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance = {});

} // namespace galatea
