#include "core/table.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/text.h"

namespace galatea {

int64_t Column::size() const {
    return std::visit([](const auto& v) { return static_cast<int64_t>(v.size()); }, values);
}

double Column::number(int64_t row) const {
    const auto i = static_cast<size_t>(row);
    if (const auto* numbers = std::get_if<std::vector<double>>(&values))
        return (*numbers)[i];
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&values))
        return static_cast<double>((*integers)[i]);
    double value = 0;
    return parseNumber(std::get<std::vector<std::string>>(values)[i], value)
               ? value
               : std::numeric_limits<double>::quiet_NaN();
}

std::string Column::text(int64_t row) const {
    const auto i = static_cast<size_t>(row);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&values))
        return (*texts)[i];
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&values))
        return std::to_string((*integers)[i]);
    const double value = std::get<std::vector<double>>(values)[i];
    if (std::isnan(value))
        return {};
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

const Column* Table::find(const std::string& name) const {
    for (const Column& column : columns_)
        if (column.name == name)
            return &column;
    return nullptr;
}

void Table::set(Column column) {
    if (!columns_.empty() && column.size() != rowCount() &&
        !(columns_.size() == 1 && columns_.front().name == column.name))
        throw std::length_error("column '" + escaped(column.name) + "' differs in length from its table");
    for (Column& existing : columns_) {
        if (existing.name == column.name) {
            existing = std::move(column);
            return;
        }
    }
    columns_.push_back(std::move(column));
}

Table Table::select(std::span<const int64_t> rows) const {
    Table result;
    for (const Column& column : columns_) {
        Column picked = column;
        picked.values = std::visit(
            [&](const auto& source) -> Column::Values {
                std::decay_t<decltype(source)> out;
                out.reserve(rows.size());
                for (const int64_t row : rows)
                    out.push_back(source.at(static_cast<size_t>(row)));
                return out;
            },
            column.values);
        result.set(std::move(picked));
    }
    return result;
}

Column columnFromText(std::string name, const std::vector<std::string>& cells) {
    bool allIntegers = !cells.empty(), allNumbers = !cells.empty(), anyNumber = false;
    for (const std::string& cell : cells) {
        long long integer = 0;
        double number = 0;
        if (!parseInteger(cell, integer))
            allIntegers = false;
        if (parseNumber(cell, number))
            anyNumber = true;
        else if (!cell.empty())
            allNumbers = false;
        if (!allNumbers)
            break;
    }
    if (allNumbers && allIntegers) {
        std::vector<int64_t> values;
        values.reserve(cells.size());
        for (const std::string& cell : cells) {
            long long integer = 0;
            parseInteger(cell, integer);
            values.push_back(integer);
        }
        return {std::move(name), std::move(values)};
    }
    if (allNumbers && anyNumber) {
        std::vector<double> values;
        values.reserve(cells.size());
        for (const std::string& cell : cells) {
            double number = std::numeric_limits<double>::quiet_NaN();
            parseNumber(cell, number);
            values.push_back(number);
        }
        return {std::move(name), std::move(values)};
    }
    return {std::move(name), cells};
}

} // namespace galatea
