#include "commands/evaluate/catalogue.h"

#include <map>

#include "core/error.h"
#include "core/text.h"

namespace galatea::cli {

std::vector<int64_t> rowsById(const std::vector<std::string>& ids, const Table& catalogue) {
    const Column* column = catalogue.find("id");
    std::map<std::string, int64_t> rowOf;
    for (int64_t row = 0; row < catalogue.rowCount(); ++row)
        rowOf.emplace(column ? column->text(row) : std::to_string(row), row);
    std::vector<int64_t> rows;
    for (const std::string& id : ids) {
        const auto found = rowOf.find(id);
        rows.push_back(found == rowOf.end() ? -1 : found->second);
    }
    return rows;
}

const Column& columnNamed(const Table& catalogue, const std::string& name, const std::string& source) {
    for (const Column& column : catalogue.columns())
        if (lowerCase(column.name) == lowerCase(name))
            return column;
    throw UsageError(source, "has no column '" + name + "'", "name another");
}

KnownClasses classesIn(const Column& column, const std::vector<int64_t>& rows) {
    const auto nameOf = [&](int64_t row) { return row < 0 ? std::string() : column.text(row); };
    std::map<std::string, int64_t> numbers;
    for (const int64_t row : rows)
        if (!nameOf(row).empty())
            numbers.emplace(nameOf(row), 0);
    KnownClasses classes;
    for (auto& [name, number] : numbers) {
        number = static_cast<int64_t>(classes.names.size());
        classes.names.push_back(name);
    }
    for (const int64_t row : rows)
        classes.of.push_back(nameOf(row).empty() ? -1 : numbers.at(nameOf(row)));
    return classes;
}

} // namespace galatea::cli
