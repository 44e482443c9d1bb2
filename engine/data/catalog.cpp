#include "data/catalog.h"

#include <filesystem>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "core/text.h"

namespace galatea {

namespace {

bool allDifferent(const std::vector<std::string>& values) {
    std::unordered_set<std::string> seen;
    for (const std::string& value : values)
        if (value.empty() || !seen.insert(value).second)
            return false;
    return true;
}

bool usableAsId(const Column& column) {
    if (std::holds_alternative<std::vector<double>>(column.values))
        return false;
    std::vector<std::string> values;
    for (int64_t row = 0; row < column.size(); ++row)
        values.push_back(column.text(row));
    return allDifferent(values);
}

Column rowNumbers(int64_t rows) {
    std::vector<int64_t> numbers(static_cast<size_t>(rows));
    std::iota(numbers.begin(), numbers.end(), 0);
    return {"id", std::move(numbers)};
}

std::vector<std::string> stems(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const std::string& name : names)
        result.push_back(std::filesystem::path(name).stem().string());
    return result;
}

Column chooseId(const Table& catalog, int64_t rows, const std::vector<std::string>& names) {
    for (const char* wanted : {"id", "galaxyid", "objid"})
        for (const Column& column : catalog.columns())
            if (lowerCase(column.name) == wanted && usableAsId(column)) {
                Column id = column;
                id.name = "id";
                return id;
            }
    if (!names.empty() && allDifferent(stems(names)))
        return {"id", stems(names)};
    if (!names.empty() && allDifferent(names))
        return {"id", names};
    return rowNumbers(rows);
}

/// A part without the column gives empty cells.
template <class T>
void appendCells(std::vector<T>& out, const Table& part, const std::string& name) {
    const Column* column = part.find(name);
    for (int64_t row = 0; row < part.rowCount(); ++row) {
        if constexpr (std::is_same_v<T, std::string>)
            out.push_back(column == nullptr ? "" : column->text(row));
        else if constexpr (std::is_same_v<T, double>)
            out.push_back(column == nullptr ? std::numeric_limits<double>::quiet_NaN() : column->number(row));
        else
            out.push_back(std::get<std::vector<int64_t>>(column->values)[static_cast<size_t>(row)]);
    }
}

Column stackedColumn(const std::vector<Table>& parts, const Column& model) {
    bool anyText = false, allIntegers = true;
    for (const Table& part : parts) {
        const Column* column = part.find(model.name);
        anyText = anyText || (column != nullptr && column->isText());
        allIntegers =
            allIntegers && column != nullptr && std::holds_alternative<std::vector<int64_t>>(column->values);
    }
    Column result = model;
    if (anyText)
        result.values = std::vector<std::string>();
    else if (allIntegers)
        result.values = std::vector<int64_t>();
    else
        result.values = std::vector<double>();
    std::visit(
        [&](auto& out) {
            for (const Table& part : parts)
                appendCells(out, part, model.name);
        },
        result.values);
    return result;
}

} // namespace

Table withIds(const Table& catalog, int64_t rows, const std::vector<std::string>& names,
              std::vector<std::string>& notes) {
    Table result;
    const Column id = chooseId(catalog, rows, names);
    result.set(id);
    for (Column column : catalog.columns()) {
        if (column.name == "id") {
            if (usableAsId(column))
                continue;
            notes.emplace_back(
                "the column 'id' is not one different value per row; it is kept as 'given_id'");
            column.name = "given_id";
        }
        result.set(std::move(column));
    }
    return result;
}

Table renamed(const Table& table, const std::string& from, const std::string& to) {
    Table result;
    for (Column column : table.columns()) {
        if (column.name == from)
            column.name = to;
        result.set(std::move(column));
    }
    return result;
}

Table stacked(const std::vector<Table>& parts) {
    Table result;
    for (const Table& part : parts)
        for (const Column& column : part.columns())
            if (result.find(column.name) == nullptr)
                result.set(stackedColumn(parts, column));
    return result;
}

} // namespace galatea
