#pragma once
// Helpers for the catalogues of data sets.

#include <string>
#include <vector>

#include "core/table.h"

namespace galatea {

/// Makes the catalogue's first column "id", one value per row and each only once. Taken, in this order, from
/// a column id, GalaxyID or objid (any case) of whole numbers or text without repeats, from the names' stems,
/// from the names themselves, or the row number. `names` holds one file name per row or nothing. A column
/// "id" that repeats values is kept as "given_id", with a note.
Table withIds(const Table& catalog, int64_t rows, const std::vector<std::string>& names,
              std::vector<std::string>& notes);

/// The same table with one column called otherwise.
Table renamed(const Table& table, const std::string& from, const std::string& to);

/// Rows of all parts one below the other. Columns missing in a part are empty there (NaN or ""); columns of
/// different types become numbers or, if any is text, text.
Table stacked(const std::vector<Table>& parts);

} // namespace galatea
