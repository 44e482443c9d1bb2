// CSV: what parses is rectangular, and every cell survives being written and read once more.

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "io/csv.h"

using namespace galatea;

namespace {

/// The texts of one column through csvCell() and back.
void writeAndReadAgain(const Column& column) {
    std::string text = "t\r\n";
    for (int64_t row = 0; row < column.size(); ++row)
        text += (column.text(row).empty() ? std::string("\"\"") : csvCell(column.text(row))) + "\r\n";
    std::vector<std::string> notes;
    const Table back = tableFromCsv(parseCsv(text, "again"), notes);
    if (back.rowCount() != column.size())
        std::abort();
    if (!back.columns().front().isText())
        return; // text that looks like numbers
    for (int64_t row = 0; row < column.size(); ++row)
        if (back.columns().front().text(row) != column.text(row))
            std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        std::vector<std::string> notes;
        CsvTable csv = parseCsv(std::string(reinterpret_cast<const char*>(data), size), "input",
                                {.columns = 50, .cellBytes = 1000, .cells = 100'000});
        for (const auto& column : csv.columns)
            if (static_cast<int64_t>(column.size()) != csv.rowCount())
                std::abort();
        const Table table = tableFromCsv(std::move(csv), notes);
        for (const Column& column : table.columns())
            if (column.isText() && column.size() > 0)
                writeAndReadAgain(column);
    } catch (const InputError&) {
    }
    return 0;
}
