#include "io/table_file.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "io/byte_source.h"
#include "io/csv.h"
#include "io/fits_cards.h"
#include "io/fits_reader.h"
#include "io/fits_writer.h"
#include "io/inflate.h"
#include "io/regular_file.h"
#include "io/votable.h"

namespace galatea {

namespace {

bool isTable(const FitsHdu& hdu) {
    return hdu.fault.empty() && (hdu.kind == FitsKind::BinaryTable || hdu.kind == FitsKind::AsciiTable);
}

/// By EXTNAME (in any case) or number; without a name the first with rows, otherwise the first.
const FitsHdu& chooseTable(const FitsReader& file, const std::string& name) {
    const FitsHdu* chosen = nullptr;
    std::vector<std::string> names;
    for (const FitsHdu& hdu : file.hdus()) {
        if (!isTable(hdu))
            continue;
        names.push_back(hdu.name.empty() ? std::to_string(hdu.index) : "'" + escaped(hdu.name) + "'");
        const bool wanted = lowerCase(hdu.name) == lowerCase(name) || std::to_string(hdu.index) == name;
        if (name.empty() ? chosen == nullptr || (chosen->rows == 0 && hdu.rows > 0)
                         : chosen == nullptr && wanted)
            chosen = &hdu;
    }
    if (chosen != nullptr)
        return *chosen;
    if (names.empty())
        throw InputError(file.path(), "no table is in this FITS file", "name a file with a table");
    names.resize(std::min<size_t>(names.size(), 10));
    throw InputError(file.path(), "it has no table '" + name + "'", "name one of " + joined(names, ", "));
}

Table readFitsTable(const FitsReader& file, std::vector<std::string>& notes, const std::string& name) {
    notes.insert(notes.end(), file.notes().begin(), file.notes().end());
    const FitsHdu& hdu = chooseTable(file, name);
    const auto tables = std::count_if(file.hdus().begin(), file.hdus().end(), isTable);
    if (tables > 1 && name.empty())
        notes.push_back("of its " + std::to_string(tables) + " tables the one in HDU " +
                        std::to_string(hdu.index) + " was read");
    return file.readTable(hdu, notes);
}

/// CSV or VOTable.
Table parseText(std::string bytes, const std::string& path, std::vector<std::string>& notes,
                const std::string& name) {
    if (looksLikeVoTable(std::string_view(bytes).substr(0, 4096)))
        return parseVoTable(bytes, path, notes, name);
    CsvTable csv = parseCsv(std::move(bytes), path);
    notes.insert(notes.end(), csv.notes.begin(), csv.notes.end());
    return tableFromCsv(std::move(csv), notes);
}

} // namespace

Table readTableFile(const std::string& path, std::vector<std::string>& notes, const std::string& name) {
    const RegularFile file = openRegular(path);
    std::string firstBytes = file.firstBytes(4096);
    ByteSourcePtr unpacked;
    if (packingOf(firstBytes) != Packing::None) {
        unpacked = openUnpacked(path, notes);
        firstBytes = unpacked->bytesAt(0, 4096);
    }
    if (firstBytes.empty())
        throw InputError(path, "the file is empty", "get it again");
    if (looksLikeFits(firstBytes))
        return readFitsTable(unpacked ? FitsReader(unpacked) : FitsReader(path), notes, name);
    const bool voTable = looksLikeVoTable(firstBytes);
    const int64_t limit = voTable ? VoTableLimits().bytes : CsvLimits().bytes;
    if (!unpacked)
        return parseText(file.readAll(limit), path, notes, name);
    if (unpacked->size() > limit)
        throw InputError(path,
                         "unpacked it is larger than a table may be (" +
                             humanBytes(static_cast<double>(limit)) + ")",
                         "split it into parts");
    return parseText(unpacked->bytesAt(0, unpacked->size()), path, notes, name);
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
