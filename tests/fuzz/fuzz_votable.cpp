// VOTables: what parses has columns of equal length and unlike names.

#include <cstdlib>
#include <set>
#include <string>

#include "core/error.h"
#include "io/votable.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        std::vector<std::string> notes;
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        const Table table = parseVoTable(bytes, "input", notes, {}, {.cells = 1'000'000});
        std::set<std::string> names;
        for (const Column& column : table.columns())
            if (column.size() != table.rowCount() || !names.insert(column.name).second)
                std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
