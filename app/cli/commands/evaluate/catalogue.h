#pragma once
// What a catalogue knows of objects that are named by their identifiers.

#include <cstdint>
#include <string>
#include <vector>

#include "core/table.h"

namespace galatea::cli {

/// Row of the catalogue for each identifier, by its column `id` or else its row numbers; −1 where it has
/// none.
std::vector<int64_t> rowsById(const std::vector<std::string>& ids, const Table& catalogue);

/// The column of that name, whatever its capitals. Throws UsageError naming `source`.
const Column& columnNamed(const Table& catalogue, const std::string& name, const std::string& source);

struct KnownClasses {
    std::vector<std::string> names; ///< in alphabetical order
    std::vector<int64_t> of;        ///< per object, −1 where nothing is known
};
/// The classes that a column tells of the objects in these rows.
KnownClasses classesIn(const Column& column, const std::vector<int64_t>& rows);

} // namespace galatea::cli
