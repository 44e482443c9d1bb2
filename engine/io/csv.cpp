#include "io/csv.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/regular_file.h"

namespace galatea {

namespace {

char sniffDelimiter(std::string_view text) {
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == '\n' || c == '\r')
            break;
        commas += c == ',';
        semicolons += c == ';';
        tabs += c == '\t';
    }
    if (semicolons > commas && semicolons >= tabs)
        return ';';
    return tabs > commas ? '\t' : ',';
}

class Parser {
  public:
    Parser(const std::string& path, std::string_view text, const CsvLimits& limits)
        : path_(path), text_(text), limits_(limits) {
        table_.delimiter = sniffDelimiter(text);
    }

    CsvTable parse() {
        while (at_ < text_.size()) {
            const size_t line = line_;
            std::vector<std::string> cells = record();
            if (cells.size() == 1 && cells.front().empty() && !quoted_)
                continue; // an empty line
            if (table_.header.empty())
                takeHeader(std::move(cells));
            else
                takeRow(std::move(cells), line);
        }
        if (table_.header.empty())
            fail("the list is empty", "give it a header line and rows");
        noteOddities();
        return std::move(table_);
    }

  private:
    [[noreturn]] void fail(const std::string& fault, const std::string& cure) const {
        throw InputError(path_, fault, cure);
    }

    std::vector<std::string> record() {
        std::vector<std::string> cells;
        quoted_ = false;
        for (;;) {
            cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quotedCell() : plainCell());
            if (at_ >= text_.size())
                return cells;
            const char end = text_[at_++];
            if (end == table_.delimiter)
                continue;
            if (end == '\r' && at_ < text_.size() && text_[at_] == '\n')
                ++at_;
            ++line_;
            return cells;
        }
    }

    bool atEnd(char c) const { return c == table_.delimiter || c == '\n' || c == '\r'; }

    std::string plainCell() {
        const size_t begin = at_;
        while (at_ < text_.size() && !atEnd(text_[at_]))
            ++at_;
        return limited(std::string(text_.substr(begin, at_ - begin)));
    }

    std::string quotedCell() {
        const size_t firstLine = line_;
        quoted_ = true;
        std::string cell;
        for (++at_;; ++at_) {
            if (at_ >= text_.size())
                fail("the quote opened on line " + std::to_string(firstLine) + " is never closed",
                     "close it or remove it");
            if (text_[at_] == '"') {
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"')
                    break;
                ++at_;
            }
            line_ += text_[at_] == '\n';
            cell += text_[at_];
        }
        ++at_;
        return limited(std::move(cell) + plainCell()); // what follows a closing quote is kept
    }

    std::string limited(std::string cell) {
        const auto most = static_cast<size_t>(limits_.cellBytes);
        if (cell.size() > most) {
            size_t end = most;
            while (end > 0 && (static_cast<unsigned char>(cell[end]) >> 6) == 2)
                --end;
            cell.resize(end);
            ++cutCells_;
        }
        return cell;
    }

    void takeHeader(std::vector<std::string> cells) {
        if (static_cast<int64_t>(cells.size()) > limits_.columns) {
            droppedColumns_ = cells.size() - static_cast<size_t>(limits_.columns);
            cells.resize(static_cast<size_t>(limits_.columns));
        }
        for (std::string& cell : cells)
            cell = trimmed(cell);
        table_.header = std::move(cells);
        table_.columns.resize(table_.header.size());
    }

    void takeRow(std::vector<std::string> cells, size_t line) {
        const size_t expected = table_.header.size() + droppedColumns_;
        if (cells.size() != expected && raggedRows_++ == 0)
            firstRagged_ = line;
        cells_ += static_cast<int64_t>(table_.header.size());
        if (cells_ > limits_.cells)
            fail("the list has more than " + std::to_string(limits_.cells) + " cells", "split it");
        cells.resize(table_.header.size());
        for (size_t i = 0; i < cells.size(); ++i)
            table_.columns[i].push_back(std::move(cells[i]));
    }

    void noteOddities() {
        if (raggedRows_ > 0)
            table_.notes.push_back(std::to_string(raggedRows_) +
                                   " rows have more or fewer cells than the header " + "(first on line " +
                                   std::to_string(firstRagged_) + ")");
        if (droppedColumns_ > 0)
            table_.notes.push_back("only the first " + std::to_string(limits_.columns) +
                                   " columns are used, " + std::to_string(droppedColumns_) +
                                   " were left out");
        if (cutCells_ > 0)
            table_.notes.push_back(std::to_string(cutCells_) + " cells were cut to " +
                                   std::to_string(limits_.cellBytes) + " bytes");
    }

    const std::string& path_;
    std::string_view text_;
    CsvLimits limits_;
    CsvTable table_;
    size_t at_ = 0, line_ = 1, raggedRows_ = 0, firstRagged_ = 0, droppedColumns_ = 0, cutCells_ = 0;
    int64_t cells_ = 0;
    bool quoted_ = false; // the record at hand has a quoted cell
};

/// "12,5" → "12.5"; false if any cell is neither empty nor such a number, or none is.
bool readDecimalCommas(const std::vector<std::string>& cells, std::vector<std::string>& points) {
    bool any = false;
    points.clear();
    for (const std::string& cell : cells) {
        std::string text = cell;
        double value = 0;
        const size_t comma = text.find(',');
        if (comma != std::string::npos)
            text[comma] = '.';
        if (!text.empty() && !parseNumber(text, value))
            return false;
        any = any || comma != std::string::npos;
        points.push_back(std::move(text));
    }
    return any;
}

/// Text that a spreadsheet would run, or that was made harmless already: any number of apostrophes before it.
bool looksLikeFormula(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
    double value = 0;
    return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos &&
           !parseNumber(text, value);
}

void takeApostropheOff(std::string& text) {
    if (text.starts_with('\'') && looksLikeFormula(text))
        text.erase(0, 1);
}

/// Shortest exact form, always recognisable as no integer.
std::string numberCell(const Column& column, int64_t row) {
    std::string text = column.text(row);
    if (std::holds_alternative<std::vector<double>>(column.values) && !text.empty() &&
        text.find_first_of(".en") == std::string::npos)
        text += ".0";
    return text;
}

} // namespace

int64_t CsvTable::find(const std::string& name) const {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? -1 : found - header.begin();
}

CsvTable readCsv(const std::string& path, const CsvLimits& limits) {
    return parseCsv(openRegular(path).readAll(limits.bytes), path, limits);
}

CsvTable parseCsv(std::string text, const std::string& path, const CsvLimits& limits) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        throw InputError(path, "the list is written in UTF-16", "save it as UTF-8");
    if (text.find('\0') != std::string::npos)
        throw InputError(path, "this is no text: it holds NUL bytes", "name a CSV list");
    std::vector<std::string> notes;
    if (text.starts_with("\xef\xbb\xbf"))
        text.erase(0, 3);
    if (!isUtf8(text)) {
        text = latin1ToUtf8(text);
        notes.emplace_back("the list is not UTF-8; it was read as Latin-1");
    }
    CsvTable table = Parser(path, text, limits).parse();
    table.notes.insert(table.notes.begin(), notes.begin(), notes.end());
    return table;
}

Table tableFromCsv(CsvTable csv, std::vector<std::string>& notes) {
    Table table;
    std::set<std::string> names;
    std::vector<std::string> withCommas;
    for (size_t i = 0; i < csv.header.size(); ++i) {
        takeApostropheOff(csv.header[i]);
        for (std::string& cell : csv.columns[i])
            takeApostropheOff(cell);
        const std::string given = csv.header[i].empty() ? "column_" + std::to_string(i + 1) : csv.header[i];
        std::string name = given;
        for (int n = 2; !names.insert(name).second; ++n)
            name = given + "_" + std::to_string(n);
        if (name != csv.header[i])
            notes.push_back("column " + std::to_string(i + 1) + " is called '" + escaped(name) + "' here");
        std::vector<std::string> points;
        if (csv.delimiter == ';' && readDecimalCommas(csv.columns[i], points)) {
            withCommas.push_back(escaped(name));
            csv.columns[i] = std::move(points);
        }
        table.set(columnFromText(name, csv.columns[i]));
        csv.columns[i] = {};
    }
    if (!withCommas.empty())
        notes.push_back("decimal commas were read as points in " + joined(withCommas, ", "));
    return table;
}

std::string csvCell(const std::string& text) {
    std::string safe = escapedWhere(text, [](uint32_t c) { return c == 0; });
    if (looksLikeFormula(safe))
        safe.insert(safe.begin(), '\'');
    if (safe.find_first_of(",;\t\"\r\n") == std::string::npos && trimmed(safe) == safe)
        return safe;
    std::string cell = "\"";
    for (const char c : safe) {
        cell += c;
        if (c == '"')
            cell += c;
    }
    return cell + '"';
}

void writeCsv(const std::string& path, const Table& table) {
    AtomicFile file(path);
    std::string text;
    const auto& columns = table.columns();
    for (size_t c = 0; c < columns.size(); ++c) {
        text += c == 0 ? "" : ",";
        text += csvCell(columns[c].name);
    }
    text += "\r\n";
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        const size_t begin = text.size();
        for (size_t c = 0; c < columns.size(); ++c) {
            text += c == 0 ? "" : ",";
            text += columns[c].isText() ? csvCell(columns[c].text(row)) : numberCell(columns[c], row);
        }
        if (columns.size() == 1 && text.size() == begin)
            text += "\"\""; // an empty line would not count as a row
        text += "\r\n";
        if (text.size() > (1 << 20)) {
            file.write(text);
            text.clear();
        }
    }
    file.write(text);
    file.commit();
}

} // namespace galatea
