#include "io/table_file.h"

#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "io/csv.h"
#include "io/fits_cards.h"
#include "io/fits_writer.h"
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

namespace {

/// A fact becomes a card where its name can be a keyword of its own, otherwise a line of HISTORY.
FitsCard cardOf(const std::string& name, const std::string& value) {
    std::string key = name;
    for (char& c : key)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool ownKey = isFitsKey(key) && !key.starts_with("NAXIS") && key != "BITPIX" && key != "END" &&
                        key.find_first_of("0123456789") == std::string::npos;
    if (ownKey)
        return {key, value, ""};
    return {"HISTORY", name + ": " + value, ""};
}

void writeFitsTable(const std::string& path, const Table& table, const TableProvenance& provenance,
                    std::vector<std::string>& notes) {
    FitsHeading heading;
    heading.name = provenance.title;
    for (const auto& [name, value] : provenance.facts)
        heading.cards.push_back(cardOf(name, value));
    FitsWriter file(path);
    file.addTable(table, heading, notes);
    file.commit();
}

} // namespace

const std::vector<std::string>& tableFormats() {
    static const std::vector<std::string> formats = {"csv", "fits", "vot", "xml"};
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
    else if (extension == "fits" || extension == "fit")
        writeFitsTable(path, table, provenance, notes);
    else
        throw UsageError(path, "its extension names no table format",
                         "end its name in ." + joined(tableFormats(), " or ."));
}

void writeTableFile(const std::string& path, const Table& table, const TableProvenance& provenance) {
    std::vector<std::string> notes;
    writeTableFile(path, table, provenance, notes);
}

} // namespace galatea
