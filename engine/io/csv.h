#pragma once
// Comma-separated tables (RFC 4180, forgiving): quoted fields, CRLF, byte-order mark, semicolons or tabs.

#include <cstdint>
#include <string>
#include <vector>

#include "core/table.h"

namespace galatea {

struct CsvTable {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> columns; ///< columns[c][row]; as many as the header, equally long
    char delimiter = ',';
    std::vector<std::string> notes; ///< ragged rows, other encodings, cut cells, dropped columns
    int64_t rowCount() const { return columns.empty() ? 0 : static_cast<int64_t>(columns.front().size()); }
    /// Index of the column of exactly this name, -1 if there is none.
    int64_t find(const std::string& name) const;
};

struct CsvLimits {
    int64_t bytes = int64_t{256} << 20; ///< of the file
    int64_t columns = 2000;             ///< more are left out with a note
    int64_t cellBytes = 64 << 10;       ///< longer cells are cut with a note
    int64_t cells = 20'000'000;         ///< in all
};

/// Throws InputError if the file is missing, binary (NUL bytes, UTF-16), has an unclosed quote or passes
/// the limits. Text that is not UTF-8 is taken as Latin-1, with a note.
CsvTable readCsv(const std::string& path, const CsvLimits& limits = {});
/// The same of bytes in memory; `path` is for messages.
CsvTable parseCsv(std::string bytes, const std::string& path, const CsvLimits& limits = {});

/// The columns as a typed table: names made unique and non-empty, decimal commas understood where the
/// delimiter is a semicolon (with a note), the apostrophe before a formula taken off again.
Table tableFromCsv(CsvTable csv, std::vector<std::string>& notes);

/// One cell as it is written: quoted where needed; text that a spreadsheet would run as a formula (it starts
/// with = + - @, tab or return, and is no number) gets a leading apostrophe; text that already has one gets
/// another, so that reading restores every text exactly. NUL and malformed bytes are escaped visibly.
std::string csvCell(const std::string& text);

/// Header and rows, CRLF as RFC 4180 says, UTF-8. Whole or not at all. Columns of numbers are written so that
/// they come back with every bit and as the same type (1.0, not 1); NaN is an empty cell.
void writeCsv(const std::string& path, const Table& table);

} // namespace galatea
