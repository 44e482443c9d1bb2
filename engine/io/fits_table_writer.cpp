#include "io/fits_table_writer.h"

#include <algorithm>
#include <bit>
#include <set>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

constexpr size_t mostColumns = 999;

void appendBigEndian(std::string& bytes, uint64_t bits) {
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(bits >> shift & 0xFF);
}

/// Letters, digits and _, not taken yet in any case.
std::string columnName(const std::string& given, size_t number, std::set<std::string>& taken) {
    std::string name = fitsText(given).substr(0, 60);
    for (char& c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        c = plain ? c : '_';
    }
    if (name.empty())
        name = "column_" + std::to_string(number);
    const std::string stem = name;
    for (int n = 2; !taken.insert(lowerCase(name)).second; ++n)
        name = stem + "_" + std::to_string(n);
    return name;
}

std::string withoutEndBlanks(std::string text) {
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace

FitsTableLayout::FitsTableLayout(const Table& table, const std::string& path) {
    if (table.columns().empty())
        throw std::invalid_argument("a FITS table needs a column");
    if (table.columns().size() > mostColumns)
        throw UsageError(path,
                         "a FITS table holds at most 999 columns, these are " +
                             std::to_string(table.columns().size()),
                         "write .csv or .vot");
    std::set<std::string> taken;
    for (const Column& column : table.columns()) {
        Field field{&column, columnName(column.name, fields_.size() + 1, taken), 8};
        if (column.isText())
            measureTexts(field);
        rowBytes_ += static_cast<int64_t>(field.width);
        fields_.push_back(std::move(field));
    }
}

void FitsTableLayout::measureTexts(Field& field) {
    field.width = 1;
    for (const std::string& given : std::get<std::vector<std::string>>(field.column->values)) {
        const std::string text = fitsText(given);
        escapedTexts_ += text != given;
        const size_t length = withoutEndBlanks(text).size();
        shortenedTexts_ += length != text.size();
        field.width = std::max(field.width, length);
    }
}

void FitsTableLayout::addCards(FitsCardText& text) const {
    text.add({"TFIELDS", static_cast<int64_t>(fields_.size()), "columns"});
    for (size_t i = 0; i < fields_.size(); ++i) {
        const Column& column = *fields_[i].column;
        const std::string number = std::to_string(i + 1);
        const auto add = [&](const char* key, const std::string& value) {
            if (!value.empty())
                text.add({key + number, value, ""});
        };
        add("TTYPE", fields_[i].name);
        add("TFORM", column.isText() ? std::to_string(fields_[i].width) + "A"
                     : std::holds_alternative<std::vector<double>>(column.values) ? "D"
                                                                                  : "K");
        add("TUNIT", column.unit);
        add("TUCD", column.ucd);
        add("TCOMM", column.description);
        if (fields_[i].name != column.name)
            add("TNAME", column.name);
    }
}

void FitsTableLayout::appendRow(int64_t row, std::string& bytes) const {
    const auto at = static_cast<size_t>(row);
    for (const Field& field : fields_) {
        if (const auto* numbers = std::get_if<std::vector<double>>(&field.column->values)) {
            appendBigEndian(bytes, std::bit_cast<uint64_t>((*numbers)[at]));
        } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&field.column->values)) {
            appendBigEndian(bytes, static_cast<uint64_t>((*integers)[at]));
        } else {
            const size_t end = bytes.size() + field.width;
            bytes += withoutEndBlanks(fitsText(std::get<std::vector<std::string>>(field.column->values)[at]));
            bytes.resize(end, ' ');
        }
    }
}

void FitsTableLayout::note(std::vector<std::string>& notes) const {
    if (escapedTexts_ > 0)
        notes.push_back(std::to_string(escapedTexts_) +
                        " texts hold characters that FITS cannot; they were written escaped");
    if (shortenedTexts_ > 0)
        notes.push_back(std::to_string(shortenedTexts_) + " texts end in blanks, which FITS does not keep");
}

} // namespace galatea
