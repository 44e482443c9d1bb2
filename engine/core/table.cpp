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

namespace {

constexpr int64_t exactInDouble = int64_t{1} << 53;

/// What kind of numbers cells are.
struct CellSurvey {
    bool allWhole = true, allNumbers = true, anyNumber = false, anyEmpty = false;
    bool anyHuge = false; ///< a whole number that a double may not hold exactly
    bool tooLong = false; ///< one with more digits than 64 bits hold

    void see(const std::string& cell) {
        const std::string bare = trimmed(cell);
        long long integer = 0;
        double number = 0;
        if (bare.empty()) {
            anyEmpty = true;
        } else if (parseInteger(bare, integer)) {
            anyNumber = true;
            anyHuge = anyHuge || integer > exactInDouble || integer < -exactInDouble;
        } else if (parseNumber(bare, number)) {
            anyNumber = true;
            if (bare.find_first_not_of("+-0123456789") == std::string::npos)
                anyHuge = tooLong = true; // more digits than 64 bits hold
            else
                allWhole = false;
        } else {
            allNumbers = false;
        }
    }
};

std::vector<double> numbersOf(const std::vector<std::string>& cells) {
    std::vector<double> values;
    values.reserve(cells.size());
    for (const std::string& cell : cells) {
        double number = std::numeric_limits<double>::quiet_NaN();
        parseNumber(trimmed(cell), number);
        values.push_back(number);
    }
    return values;
}

std::vector<int64_t> integersOf(const std::vector<std::string>& cells) {
    std::vector<int64_t> values;
    values.reserve(cells.size());
    for (const std::string& cell : cells) {
        long long integer = 0;
        parseInteger(trimmed(cell), integer);
        values.push_back(integer);
    }
    return values;
}

} // namespace

Column integersWithGaps(std::string name, std::vector<int64_t> values, const std::vector<bool>& present) {
    bool gaps = false, huge = false;
    for (size_t row = 0; row < values.size(); ++row) {
        gaps = gaps || !present[row];
        huge = huge || (present[row] && (values[row] > exactInDouble || values[row] < -exactInDouble));
    }
    if (!gaps)
        return {std::move(name), std::move(values)};
    if (huge) {
        std::vector<std::string> texts(values.size());
        for (size_t row = 0; row < values.size(); ++row)
            if (present[row])
                texts[row] = std::to_string(values[row]);
        return {std::move(name), std::move(texts)};
    }
    std::vector<double> numbers(values.size(), std::numeric_limits<double>::quiet_NaN());
    for (size_t row = 0; row < values.size(); ++row)
        if (present[row])
            numbers[row] = static_cast<double>(values[row]);
    return {std::move(name), std::move(numbers)};
}

Column columnFromText(std::string name, const std::vector<std::string>& cells) {
    CellSurvey survey;
    for (size_t row = 0; row < cells.size() && survey.allNumbers; ++row)
        survey.see(cells[row]);
    if (!survey.allNumbers || !survey.anyNumber)
        return {std::move(name), cells};
    if (!survey.allWhole)
        return {std::move(name), numbersOf(cells)};
    if (survey.tooLong || (survey.anyHuge && survey.anyEmpty))
        return {std::move(name), cells};
    if (survey.anyEmpty)
        return {std::move(name), numbersOf(cells)};
    return {std::move(name), integersOf(cells)};
}

} // namespace galatea
