#pragma once
// VOTable (IVOA Recommendation 1.4; earlier versions are read too): the XML tables of the Virtual
// Observatory. Read by a streaming parser that follows no entity, no stylesheet and no address.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/table.h"
#include "io/table_file.h"

namespace galatea {

struct VoTableLimits {
    int64_t bytes = int64_t{1} << 30; ///< of the file
    int64_t cells = 50'000'000;       ///< in all; text counts four times
    int64_t columns = 4000;           ///< more are left out with a note
    int64_t expand = 16;         ///< vector columns up to this length become name_1 …; longer are left out
    int64_t cellBytes = 1 << 20; ///< longer text is cut with a note
    int64_t depth = 64;          ///< of the elements
};

/// The first table with rows, or the one whose name or ID is `name`. TABLEDATA, BINARY and BINARY2 with data
/// in the document; every primitive datatype. Whole numbers and booleans (0, 1) become int64, float and
/// double become double (a float as the float it stands for), complex numbers two columns _re and _im.
/// Nulls as readTableFile() says. Throws InputError if the document is damaged, passes the limits, declares
/// entities, or keeps its data elsewhere or as FITS.
Table readVoTable(const std::string& path, std::vector<std::string>& notes, const std::string& name = {},
                  const VoTableLimits& limits = {});
/// The same of bytes in memory; `path` is for messages.
Table parseVoTable(std::string_view bytes, const std::string& path, std::vector<std::string>& notes,
                   const std::string& name = {}, const VoTableLimits& limits = {});

/// True if these first bytes of a file are XML that names a VOTABLE.
bool looksLikeVoTable(std::string_view firstBytes);

/// VOTable 1.4 with TABLEDATA: columns double, long, and char or (beyond ASCII) unicodeChar; unit, ucd and
/// description where set. Numbers keep every bit. Characters that XML cannot hold are escaped visibly, with
/// a note. Whole or not at all; errors as AtomicFile.
void writeVoTable(const std::string& path, const Table& table, const TableProvenance& provenance,
                  std::vector<std::string>& notes);

} // namespace galatea
