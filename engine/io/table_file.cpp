#include "io/table_file.h"

#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "io/csv.h"
#include "io/regular_file.h"
#include "io/votable.h"

namespace galatea {

Table readTableFile(const std::string& path, std::vector<std::string>& notes, const std::string& name) {
    const std::string firstBytes = openRegular(path).firstBytes(4096);
    if (looksLikeVoTable(firstBytes))
        return readVoTable(path, notes, name);
    CsvTable csv = readCsv(path);
    notes.insert(notes.end(), csv.notes.begin(), csv.notes.end());
    return tableFromCsv(std::move(csv), notes);
}

const std::vector<std::string>& tableFormats() {
    static const std::vector<std::string> formats = {"csv", "vot", "xml"};
    return formats;
}

void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance,
                    std::vector<std::string>& notes) {
    std::string extension = lowerCase(std::filesystem::path(path).extension().string());
    extension.erase(0, 1);
    if (extension == "csv")
        writeCsv(path, table);
    else if (extension == "vot" || extension == "xml")
        writeVoTable(path, table, provenance, notes);
    else
        throw UsageError(path, "its extension names no table format",
                         "end its name in ." + joined(tableFormats(), " or ."));
}

void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance) {
    std::vector<std::string> notes;
    writeTableFile(path, table, provenance, notes);
}

} // namespace galatea
