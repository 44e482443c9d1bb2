#include "io/table_file.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "io/csv.h"
#include "io/regular_file.h"

namespace galatea {

Table readTableFile(const std::string& path, std::vector<std::string>& notes, const std::string& /*name*/) {
    CsvTable csv = readCsv(path);
    notes.insert(notes.end(), csv.notes.begin(), csv.notes.end());
    return tableFromCsv(std::move(csv), notes);
}

const std::vector<std::string>& tableFormats() {
    static const std::vector<std::string> formats = {"csv"};
    return formats;
}

void writeTableFile(const std::string& path, const Table& table, const TableProvenance& /*provenance*/,
                    std::vector<std::string>& /*notes*/) {
    const std::string extension = lowerCase(std::filesystem::path(path).extension().string());
    const auto& formats = tableFormats();
    if (extension.empty() || std::find(formats.begin(), formats.end(), extension.substr(1)) == formats.end())
        throw UsageError(path, "its extension names no table format",
                         "end its name in ." + joined(formats, " or ."));
    writeCsv(path, table);
}

void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance) {
    std::vector<std::string> notes;
    writeTableFile(path, table, provenance, notes);
}

} // namespace galatea
